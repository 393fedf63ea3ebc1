/**
 * From values as a snapshot's serializer gives them to values as the program's serializer does.
 *
 * Two types with the same bytes may differ in JavaScript: a long is a number or a bigint.
 */
import { isDeepStrictEqual } from 'node:util';
import { DataInputView, DataOutputView, type TypeSerializer } from '@millrace/core';

/** True when values of one may be used as values of the other. */
export function haveSameForm<T>(from: TypeSerializer<T>, to: TypeSerializer<T>): boolean {
  return from === to || isDeepStrictEqual(from, to);
}

/** Through the bytes, which both agree on; nothing at all when the serializers are equal. */
export function converter<T>(from: TypeSerializer<T>, to: TypeSerializer<T>): (value: T) => T {
  if (haveSameForm(from, to)) {
    return (value) => value;
  }
  const bytes = new DataOutputView();
  return (value) => {
    from.serialize(value, bytes.reset());
    return to.deserialize(new DataInputView(bytes.copyBytes()));
  };
}
