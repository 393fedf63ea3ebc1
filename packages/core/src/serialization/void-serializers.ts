/**
 * The types of one value: nothing, and the namespace of state that has none.
 *
 * Flink: VoidSerializer, NullValueSerializer, VoidNamespaceSerializer.
 */
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { keyTypeUnsupported } from './not-of-type.ts';
import {
  baseSnapshotClass,
  registerSimpleSerializer,
  SimpleTypeSerializer,
} from './simple-type-serializer.ts';

/** The namespace of state that is kept per key alone. */
export interface VoidNamespace {
  readonly kind: 'void-namespace';
}

export const VOID_NAMESPACE: VoidNamespace = Object.freeze({ kind: 'void-namespace' });

const VOID_NAMESPACE_HASH = 99;

export class VoidSerializer extends SimpleTypeSerializer<null> {
  readonly length = 1;
  readonly snapshotClassName: string;

  constructor(snapshotClassName: string = baseSnapshotClass('Void')) {
    super();
    this.snapshotClassName = snapshotClassName;
  }

  serialize(_value: null, target: DataOutputView): void {
    target.writeByte(0);
  }

  deserialize(source: DataInputView): null {
    source.readByte();
    return null;
  }

  hashCode(_value: null): number {
    throw keyTypeUnsupported('Void', 'key by a value');
  }
}

/** One byte is written, and yet the declared length is 0: row keys of Flink depend on it. */
export class VoidNamespaceSerializer extends SimpleTypeSerializer<VoidNamespace> {
  readonly length = 0;
  readonly snapshotClassName: string =
    'org.apache.flink.runtime.state.VoidNamespaceSerializer$VoidNamespaceSerializerSnapshot';

  serialize(_value: VoidNamespace, target: DataOutputView): void {
    target.writeByte(0);
  }

  deserialize(source: DataInputView): VoidNamespace {
    source.readByte();
    return VOID_NAMESPACE;
  }

  hashCode(_value: VoidNamespace): number {
    return VOID_NAMESPACE_HASH;
  }

  keyIdentity(_value: VoidNamespace): number {
    return 0;
  }
}

export const VOID_SERIALIZER: VoidSerializer = registerSimpleSerializer(new VoidSerializer());
export const NULL_VALUE_SERIALIZER: VoidSerializer = registerSimpleSerializer(
  new VoidSerializer(baseSnapshotClass('NullValue')),
);
export const VOID_NAMESPACE_SERIALIZER: VoidNamespaceSerializer = registerSimpleSerializer(
  new VoidNamespaceSerializer(),
);
