/**
 * Copies records, so that whoever changes one in place changes it for nobody else.
 *
 * Flink: CopyingChainingOutput, CopyingBroadcastingOutputCollector.
 */
// Hot path.

import { copyGeneric } from './copy-generic.ts';
import { GenericSerializer } from './generic-serializer.ts';
import type { TypeInformation } from './type-information.ts';

export type RecordCopier<T> = (record: T) => T;

/**
 * What copies records of a type; `undefined` when they cannot be changed in place.
 *
 * Of records without a declared type, the data is copied to any depth: plain objects, arrays, maps,
 * sets, dates, buffers, instances of classes that have fields only. What is no data, such as an
 * object with methods, is shared: declare its type. A record that contains itself is refused, with
 * `VALUE_NOT_SERIALIZABLE`.
 */
export function recordCopierOf<T>(type: TypeInformation<T>): RecordCopier<T> | undefined {
  const serializer = type.createSerializer();
  if (serializer.isImmutableType) {
    return undefined;
  }
  return serializer instanceof GenericSerializer
    ? (shareForeign as RecordCopier<T>)
    : (record) => (record === null || record === undefined ? record : serializer.copy(record));
}

function shareForeign(record: unknown): unknown {
  return typeof record === 'object' && record !== null ? copyGeneric(record, 'share') : record;
}
