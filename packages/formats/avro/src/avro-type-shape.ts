/**
 * What codecs know of Avro types, and how they fail.
 */
import {
  CheckpointError,
  type DataInputView,
  type DataOutputView,
  describeValue,
  TaskError,
} from '@millrace/core';
import type avro from 'avsc';

export interface AvroCodec {
  write(value: unknown, target: DataOutputView): void;
  read(source: DataInputView): unknown;
  /** A value that shares nothing changeable with `value`. */
  copy(value: unknown): unknown;
}

/** What avsc knows of a type, whichever kind it is. */
export interface TypeShape {
  readonly typeName: string;
  readonly name: string | undefined;
  readonly branchName: string | undefined;
  readonly symbols: readonly string[];
  readonly size: number;
  readonly itemsType: avro.Type;
  readonly valuesType: avro.Type;
  readonly types: readonly avro.Type[];
  readonly fields: readonly FieldShape[];
}

export interface FieldShape {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: avro.Type;
  defaultValue(): unknown;
}

export function notOfAvroType(expected: string, value: unknown): TaskError {
  return new TaskError(
    'VALUE_NOT_SERIALIZABLE',
    `${describeValue(value)} is not of the Avro type ${expected}; change it or the schema`,
  );
}

export function corruptAvro(message: string): CheckpointError {
  return new CheckpointError('SNAPSHOT_CORRUPT', message);
}
