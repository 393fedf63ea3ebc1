/**
 * Arrays of objects: a count, then a flag and a value for each element; elements may be null.
 *
 * Flink: GenericArraySerializer.
 */
import {
  type CompositeForm,
  CompositeTypeSerializerSnapshot,
  registerCompositeForm,
} from './composite-type-serializer-snapshot.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { wasAndIs } from './incompatibility.ts';
import { keyTypeUnsupported, notOfType } from './not-of-type.ts';
import { BASE_PACKAGE } from './simple-type-serializer.ts';
import type { TypeSerializer, TypeSerializerSnapshot } from './type-serializer.ts';

export class GenericArraySerializer<E> implements TypeSerializer<(E | null)[]> {
  readonly length = -1;
  readonly isImmutableType = false;
  private readonly componentClass: string;
  private readonly component: TypeSerializer<E>;

  constructor(componentClass: string, component: TypeSerializer<E>) {
    this.componentClass = componentClass;
    this.component = component;
  }

  serialize(value: (E | null)[], target: DataOutputView): void {
    if (!Array.isArray(value)) {
      throw notOfType(`${this.componentClass}[]`, value, 'use an array');
    }
    target.writeInt(value.length);
    for (const element of value) {
      if (element === null || element === undefined) {
        target.writeBoolean(false);
      } else {
        target.writeBoolean(true);
        this.component.serialize(element, target);
      }
    }
  }

  deserialize(source: DataInputView): (E | null)[] {
    const count = source.readCount();
    const array: (E | null)[] = [];
    for (let i = 0; i < count; i++) {
      array.push(source.readBoolean() ? this.component.deserialize(source) : null);
    }
    return array;
  }

  copy(value: (E | null)[]): (E | null)[] {
    return value.map((element) =>
      element === null || element === undefined ? element : this.component.copy(element),
    );
  }

  hashCode(_value: (E | null)[]): number {
    throw keyTypeUnsupported(`${this.componentClass}[]`, 'key by Types.LIST or Types.TUPLE');
  }

  snapshotConfiguration(): TypeSerializerSnapshot<(E | null)[]> {
    return new CompositeTypeSerializerSnapshot(
      ARRAY_FORM as unknown as CompositeForm<(E | null)[], string>,
      this.componentClass,
      [this.component.snapshotConfiguration()],
    );
  }
}

/** Outer part: the class of the elements. */
const ARRAY_FORM: CompositeForm<unknown[], string> = registerCompositeForm({
  className: `${BASE_PACKAGE}.GenericArraySerializerSnapshot`,
  outerVersion: 1,
  arity: 1,
  writeOuter: (componentClass, target) => target.writeUTF(componentClass),
  readOuter: (_version, source) => source.readUTF(),
  create: ([component], componentClass) =>
    new GenericArraySerializer(componentClass, component as TypeSerializer<unknown>),
  outerMismatch: (before, after) =>
    before === after ? undefined : wasAndIs(`array of ${before}`, `array of ${after}`),
  outerRule: 'the class of the elements cannot change',
  nestedName: () => 'element',
});
