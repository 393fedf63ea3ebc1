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
  /** Full names. */
  readonly aliases: readonly string[] | undefined;
  /** Of an enum. */
  readonly default: string | undefined;
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

/** The items of an array or map: blocks of a count and that many, ended by an empty one. */
export function readBlocks(source: DataInputView, readItem: () => void): void {
  for (let count = readCount(source); count > 0; count = readCount(source)) {
    for (let i = 0; i < count; i++) {
      readItem();
    }
  }
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

/** At most one for each byte that is left: only arrays of `null` take less, and they are pointless. */
export function readCount(source: DataInputView): number {
  let count = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = source.readUnsignedByte();
    count += (byte & 0x7f) * factor;
    if (byte < 0x80) {
      break;
    }
  }
  if (count > source.remaining) {
    throw corruptAvro(`a block of ${count} items with ${source.remaining} bytes left`);
  }
  return count;
}
