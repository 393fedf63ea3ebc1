/**
 * A record of one of two streams, and of which: how joins and co-groups over windows keep what they
 * have.
 *
 * Flink: CoGroupedStreams.TaggedUnion, UnionSerializer, UnionTypeInfo. Same bytes.
 */
// Hot path.

import {
  type CompositeForm,
  CompositeTypeSerializerSnapshot,
  plainForm,
} from './composite-type-serializer-snapshot.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { keyTypeUnsupported, snapshotCorrupt } from './not-of-type.ts';
import type { TypeInformation } from './type-information.ts';
import type { TypeSerializer, TypeSerializerSnapshot } from './type-serializer.ts';

export class TaggedUnion<T1, T2> {
  readonly isOne: boolean;
  /** Of the first stream when `isOne`, else of the second. */
  readonly value: T1 | T2;

  private constructor(isOne: boolean, value: T1 | T2) {
    this.isOne = isOne;
    this.value = value;
  }

  static one<T1, T2>(value: T1): TaggedUnion<T1, T2> {
    return new TaggedUnion<T1, T2>(true, value);
  }

  static two<T1, T2>(value: T2): TaggedUnion<T1, T2> {
    return new TaggedUnion<T1, T2>(false, value);
  }
}

const ONE = 1;
const TWO = 2;

export class UnionSerializer<T1, T2> implements TypeSerializer<TaggedUnion<T1, T2>> {
  readonly length = -1;
  readonly isImmutableType: boolean;
  private readonly one: TypeSerializer<T1>;
  private readonly two: TypeSerializer<T2>;

  constructor(one: TypeSerializer<T1>, two: TypeSerializer<T2>) {
    this.one = one;
    this.two = two;
    this.isImmutableType = one.isImmutableType && two.isImmutableType;
  }

  serialize(record: TaggedUnion<T1, T2>, target: DataOutputView): void {
    if (record.isOne) {
      target.writeByte(ONE);
      this.one.serialize(record.value as T1, target);
    } else {
      target.writeByte(TWO);
      this.two.serialize(record.value as T2, target);
    }
  }

  deserialize(source: DataInputView): TaggedUnion<T1, T2> {
    const tag = source.readByte();
    if (tag !== ONE && tag !== TWO) {
      throw snapshotCorrupt(`the tag of a joined record is 1 or 2, found ${tag}`);
    }
    return tag === ONE
      ? TaggedUnion.one(this.one.deserialize(source))
      : TaggedUnion.two(this.two.deserialize(source));
  }

  copy(record: TaggedUnion<T1, T2>): TaggedUnion<T1, T2> {
    return record.isOne
      ? TaggedUnion.one(this.one.copy(record.value as T1))
      : TaggedUnion.two(this.two.copy(record.value as T2));
  }

  hashCode(_record: TaggedUnion<T1, T2>): number {
    throw keyTypeUnsupported('a joined record', 'key by a part of it');
  }

  snapshotConfiguration(): TypeSerializerSnapshot<TaggedUnion<T1, T2>> {
    return new CompositeTypeSerializerSnapshot(
      UNION_FORM as unknown as CompositeForm<TaggedUnion<T1, T2>, undefined>,
      undefined,
      [this.one.snapshotConfiguration(), this.two.snapshotConfiguration()],
    );
  }
}

const UNION_FORM: CompositeForm<TaggedUnion<unknown, unknown>, undefined> = plainForm(
  {
    className: 'org.apache.flink.streaming.api.datastream.CoGroupedStreams$UnionSerializerSnapshot',
    outerVersion: 2,
    nestedNames: ['one', 'two'],
  },
  ([one, two]) =>
    new UnionSerializer(one as TypeSerializer<unknown>, two as TypeSerializer<unknown>),
);

/** Asks the two types for their serializers when it is asked for its own. */
export class UnionTypeInfo<T1, T2> implements TypeInformation<TaggedUnion<T1, T2>> {
  readonly name: string;
  readonly isKeyType = false;
  readonly javaClassName = 'org.apache.flink.streaming.api.datastream.CoGroupedStreams$TaggedUnion';
  private readonly one: TypeInformation<T1>;
  private readonly two: TypeInformation<T2>;

  constructor(one: TypeInformation<T1>, two: TypeInformation<T2>) {
    this.name = `TaggedUnion<${one.name}, ${two.name}>`;
    this.one = one;
    this.two = two;
  }

  createSerializer(): TypeSerializer<TaggedUnion<T1, T2>> {
    return new UnionSerializer(this.one.createSerializer(), this.two.createSerializer());
  }
}
