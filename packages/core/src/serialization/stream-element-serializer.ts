/**
 * What flows between operators: records, watermarks and the other marks.
 *
 * Flink: StreamElementSerializer. Bytes: docs/formats/types.md
 */
// Hot path.

import { MIN_TIMESTAMP } from '../time/timestamps.ts';
import {
  type CompositeForm,
  CompositeTypeSerializerSnapshot,
  plainForm,
} from './composite-type-serializer-snapshot.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { inField } from './in-field.ts';
import { keyTypeUnsupported, snapshotCorrupt } from './not-of-type.ts';
import type { TypeSerializer, TypeSerializerSnapshot } from './type-serializer.ts';

export const RECORD_WITH_TIMESTAMP = 0;
export const RECORD_WITHOUT_TIMESTAMP = 1;
const WATERMARK = 2;
const LATENCY_MARKER = 3;
const WATERMARK_STATUS = 4;
const RECORD_ATTRIBUTES = 5;
const INTERNAL_WATERMARK = 6;

const STATUS_ACTIVE = 0;
const STATUS_IDLE = -1;
const OPERATOR_ID_BYTES = 16;

export type StreamElement<T> =
  /** `MIN_TIMESTAMP` when the record has none. */
  | { readonly kind: 'record'; readonly value: T; readonly timestamp: number }
  | { readonly kind: 'watermark'; readonly timestamp: number }
  | {
      readonly kind: 'latency-marker';
      readonly markedTime: number;
      /** 32 hexadecimal digits. */
      readonly operatorId: string;
      readonly subtaskIndex: number;
    }
  | { readonly kind: 'watermark-status'; readonly isIdle: boolean }
  | { readonly kind: 'record-attributes'; readonly isBacklog: boolean }
  | {
      readonly kind: 'internal-watermark';
      readonly timestamp: number;
      readonly subpartitionIndex: number;
    };

/** Where elements go that are read without an object around each record. */
export interface StreamElementSink<T> {
  /** @param timestamp - `MIN_TIMESTAMP` when the record has none */
  record(value: T, timestamp: number): void;
  /** Everything else. */
  mark(element: Exclude<StreamElement<T>, { kind: 'record' }>): void;
}

export class StreamElementSerializer<T> implements TypeSerializer<StreamElement<T>> {
  readonly length = -1;
  readonly isImmutableType = false;
  readonly recordSerializer: TypeSerializer<T>;

  constructor(recordSerializer: TypeSerializer<T>) {
    this.recordSerializer = recordSerializer;
  }

  serialize(element: StreamElement<T>, target: DataOutputView): void {
    switch (element.kind) {
      case 'record':
        this.serializeHead(element.timestamp, target);
        this.recordSerializer.serialize(element.value, target);
        break;
      case 'watermark':
        target.writeByte(WATERMARK);
        target.writeTimestamp(element.timestamp);
        break;
      case 'latency-marker':
        target.writeByte(LATENCY_MARKER);
        target.writeTimestamp(element.markedTime);
        target.write(Buffer.from(element.operatorId, 'hex'));
        target.writeInt(element.subtaskIndex);
        break;
      case 'watermark-status':
        target.writeByte(WATERMARK_STATUS);
        target.writeInt(element.isIdle ? STATUS_IDLE : STATUS_ACTIVE);
        break;
      case 'record-attributes':
        target.writeByte(RECORD_ATTRIBUTES);
        target.writeBoolean(element.isBacklog);
        break;
      case 'internal-watermark':
        target.writeByte(INTERNAL_WATERMARK);
        target.writeInt(element.subpartitionIndex);
        target.writeTimestamp(element.timestamp);
        break;
    }
  }

  /** What is in front of the value of a record. */
  serializeHead(timestamp: number, target: DataOutputView): void {
    if (timestamp === MIN_TIMESTAMP) {
      target.writeByte(RECORD_WITHOUT_TIMESTAMP);
    } else {
      target.writeByte(RECORD_WITH_TIMESTAMP);
      try {
        target.writeTimestamp(timestamp);
      } catch (error) {
        throw inField('timestamp', error);
      }
    }
  }

  deserialize(source: DataInputView): StreamElement<T> {
    const tag = source.readUnsignedByte();
    switch (tag) {
      case RECORD_WITH_TIMESTAMP: {
        const timestamp = source.readTimestamp();
        return { kind: 'record', value: this.recordSerializer.deserialize(source), timestamp };
      }
      case RECORD_WITHOUT_TIMESTAMP: {
        const value = this.recordSerializer.deserialize(source);
        return { kind: 'record', value, timestamp: MIN_TIMESTAMP };
      }
      case WATERMARK:
        return { kind: 'watermark', timestamp: source.readTimestamp() };
      case LATENCY_MARKER: {
        const markedTime = source.readTimestamp();
        const operatorId = Buffer.from(source.readBytes(OPERATOR_ID_BYTES)).toString('hex');
        return { kind: 'latency-marker', markedTime, operatorId, subtaskIndex: source.readInt() };
      }
      case WATERMARK_STATUS:
        return { kind: 'watermark-status', isIdle: readStatus(source) };
      case RECORD_ATTRIBUTES:
        return { kind: 'record-attributes', isBacklog: source.readBoolean() };
      case INTERNAL_WATERMARK: {
        const subpartitionIndex = source.readInt();
        const timestamp = source.readTimestamp();
        return { kind: 'internal-watermark', timestamp, subpartitionIndex };
      }
    }
    throw snapshotCorrupt(`a stream element begins with 0 to 6, found ${tag}`);
  }

  /** Reads one element as `deserialize` does. */
  deserializeTo(sink: StreamElementSink<T>, source: DataInputView): void {
    const tag = source.buffer[source.position];
    if (tag === RECORD_WITH_TIMESTAMP) {
      source.position++;
      const timestamp = source.readTimestamp();
      sink.record(this.recordSerializer.deserialize(source), timestamp);
    } else if (tag === RECORD_WITHOUT_TIMESTAMP) {
      source.position++;
      sink.record(this.recordSerializer.deserialize(source), MIN_TIMESTAMP);
    } else {
      sink.mark(this.deserialize(source) as Exclude<StreamElement<T>, { kind: 'record' }>);
    }
  }

  copy(element: StreamElement<T>): StreamElement<T> {
    return element.kind === 'record'
      ? { ...element, value: this.recordSerializer.copy(element.value) }
      : element;
  }

  hashCode(_element: StreamElement<T>): number {
    throw keyTypeUnsupported('a stream element', 'key by its value');
  }

  snapshotConfiguration(): TypeSerializerSnapshot<StreamElement<T>> {
    return new CompositeTypeSerializerSnapshot(
      STREAM_ELEMENT_FORM as unknown as CompositeForm<StreamElement<T>, undefined>,
      undefined,
      [this.recordSerializer.snapshotConfiguration()],
    );
  }
}

function readStatus(source: DataInputView): boolean {
  const status = source.readInt();
  if (status !== STATUS_ACTIVE && status !== STATUS_IDLE) {
    throw snapshotCorrupt(`a watermark status is 0 or -1, found ${status}`);
  }
  return status === STATUS_IDLE;
}

const STREAM_ELEMENT_FORM: CompositeForm<StreamElement<unknown>, undefined> = plainForm(
  {
    className:
      'org.apache.flink.streaming.runtime.streamrecord.StreamElementSerializer$StreamElementSerializerSnapshot',
    outerVersion: 2,
    nestedNames: ['record'],
  },
  ([record]) => new StreamElementSerializer(record as TypeSerializer<unknown>),
);
