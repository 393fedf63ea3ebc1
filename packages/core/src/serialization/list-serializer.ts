/**
 * Lists as arrays: a count, then the elements.
 *
 * Flink: ListSerializer.
 */
// Hot path.

import {
  type CompositeForm,
  CompositeTypeSerializerSnapshot,
  plainForm,
} from './composite-type-serializer-snapshot.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { notOfType } from './not-of-type.ts';
import { BASE_PACKAGE } from './simple-type-serializer.ts';
import type { TypeSerializer, TypeSerializerSnapshot } from './type-serializer.ts';

export class ListSerializer<E> implements TypeSerializer<E[]> {
  readonly length = -1;
  readonly isImmutableType = false;
  readonly elementSerializer: TypeSerializer<E>;

  constructor(elementSerializer: TypeSerializer<E>) {
    this.elementSerializer = elementSerializer;
  }

  serialize(value: E[], target: DataOutputView): void {
    if (!Array.isArray(value)) {
      throw notOfType('List', value, 'use an array');
    }
    target.writeInt(value.length);
    for (let i = 0; i < value.length; i++) {
      this.elementSerializer.serialize(value[i] as E, target);
    }
  }

  deserialize(source: DataInputView): E[] {
    const count = source.readCount();
    const list: E[] = [];
    for (let i = 0; i < count; i++) {
      list.push(this.elementSerializer.deserialize(source));
    }
    return list;
  }

  copy(value: E[]): E[] {
    const element = this.elementSerializer;
    if (!element.isImmutableType) {
      return value.map((item) => element.copy(item));
    }
    const copy = value.slice();
    let nothing = copy.indexOf(undefined as E);
    while (nothing >= 0) {
      copy[nothing] = null as E; // As a value that was read.
      nothing = copy.indexOf(undefined as E, nothing + 1);
    }
    return copy;
  }

  hashCode(value: E[]): number {
    let hash = 1;
    for (const element of value) {
      const elementHash =
        element === null || element === undefined ? 0 : this.elementSerializer.hashCode(element);
      hash = (Math.imul(31, hash) + elementHash) | 0;
    }
    return hash;
  }

  snapshotConfiguration(): TypeSerializerSnapshot<E[]> {
    return new CompositeTypeSerializerSnapshot(
      LIST_FORM as unknown as CompositeForm<E[], undefined>,
      undefined,
      [this.elementSerializer.snapshotConfiguration()],
    );
  }
}

const LIST_FORM: CompositeForm<unknown[], undefined> = plainForm(
  {
    className: `${BASE_PACKAGE}.ListSerializerSnapshot`,
    outerVersion: 1,
    nestedNames: ['element'],
  },
  ([element]) => new ListSerializer(element as TypeSerializer<unknown>),
);
