/**
 * Code that writes and reads records as elements of a channel, made from text as that of fields is: what is
 * in front of a record and its fields are one function, which keeps its place in a variable.
 *
 * Bytes: docs/formats/channel-state.md. Flink: SpanningRecordSerializer, StreamElementSerializer.
 */
import { MIN_TIMESTAMP } from '../time/timestamps.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import {
  type CodeScope,
  codeOf,
  pojoReading,
  pojoWriting,
  type ReadingCode,
  tupleReading,
  tupleWriting,
  valueReading,
  valueWriting,
  type WritingCode,
} from './field-code.ts';
import { isOfClass } from './in-place-code.ts';
import { POJO_CLASS } from './pojo-description.ts';
import { PojoSerializer } from './pojo-serializer.ts';
import {
  RECORD_WITH_TIMESTAMP,
  RECORD_WITHOUT_TIMESTAMP,
  StreamElementSerializer,
  type StreamElementSink,
} from './stream-element-serializer.ts';
import { TupleSerializer } from './tuple-serializer.ts';
import type { TypeSerializer } from './type-serializer.ts';

const LENGTH_BYTES = 4;
/** Length, kind and timestamp. */
const HEAD_BYTES = LENGTH_BYTES + 9;

/**
 * Writes a record, its length in front.
 *
 * @throws what the serializer throws; the position of `target` is anywhere then
 */
export type ElementWriter<T> = (value: T, timestamp: number, target: DataOutputView) => void;

/**
 * Reads an element, behind its length.
 *
 * @throws what the serializer throws
 */
export type ElementReader<T> = (source: DataInputView, sink: StreamElementSink<T>) => void;

/** How a record is written and read amid other code, where that goes. */
interface RecordCode {
  /** Of `value`: whether the statements write it. */
  readonly takes: string;
  readonly writing: WritingCode;
  /** Of the byte at `at`: whether the statements read what begins with it. */
  readonly begins: string;
  readonly reading: ReadingCode;
}

export function elementWriter<T>(serializer: TypeSerializer<T>): ElementWriter<T> {
  const elements = new StreamElementSerializer(serializer);
  const { takes, writing } = recordCode(serializer as TypeSerializer<unknown>);
  const text = `(value, timestamp, target) => {
  const start = target.position;
  target.reserve(${HEAD_BYTES + writing.bytes});
  let bytes = target.buffer;
  let view = target.view;
  let at = start + ${LENGTH_BYTES};
  if (Number.isSafeInteger(timestamp)) {
    bytes[at] = ${RECORD_WITH_TIMESTAMP};
    view.setInt32(at + 1, Math.floor(timestamp / 4294967296));
    view.setUint32(at + 5, timestamp >>> 0);
    at += 9;
  } else {
    target.position = at;
    elements.serializeHead(timestamp, target);
    target.reserve(${writing.bytes});
    bytes = target.buffer;
    view = target.view;
    at = target.position;
  }
  if (${takes}) {
    ${writing.statements}
  } else {
    target.position = at;
    serializer.serialize(value, target);
    view = target.view;
    at = target.position;
  }
  view.setInt32(start, at - start - ${LENGTH_BYTES});
  target.position = at;
}`;
  return (
    codeOf('writeElement', { text, scope: withNames(writing.scope, { elements, serializer }) }) ??
    ((value, timestamp, target) => {
      const start = target.position;
      target.writeInt(0);
      elements.serializeHead(timestamp, target);
      serializer.serialize(value, target);
      target.view.setInt32(start, target.position - start - LENGTH_BYTES);
    })
  );
}

export function elementReader<T>(serializer: TypeSerializer<T>): ElementReader<T> {
  const elements = new StreamElementSerializer(serializer);
  const { begins, reading } = recordCode(serializer as TypeSerializer<unknown>);
  const text = `(source, sink) => {
  const { buffer: bytes, view } = source;
  const end = bytes.length;
  let at = source.position;
  let timestamp = noTimestamp;
  if (bytes[at] === ${RECORD_WITH_TIMESTAMP} && at + 9 <= end) {
    timestamp = view.getInt32(at + 1) * 4294967296 + view.getUint32(at + 5);
    at = Number.isSafeInteger(timestamp) ? at + 9 : end;
  } else {
    at = bytes[at] === ${RECORD_WITHOUT_TIMESTAMP} ? at + 1 : end;
  }
  if (${begins}) {
    ${reading.statements}
    source.position = at;
    sink.record(${reading.result}, timestamp);
  } else {
    elements.deserializeTo(sink, source);
  }
}`;
  const names = { elements, noTimestamp: MIN_TIMESTAMP };
  return (
    codeOf('readElement', { text, scope: withNames(reading.scope, names) }) ??
    ((source, sink) => elements.deserializeTo(sink, source))
  );
}

function recordCode(serializer: TypeSerializer<unknown>): RecordCode {
  if (isOfClass(serializer, PojoSerializer)) {
    const pojo = serializer as PojoSerializer<object>;
    const fields = pojo.fields();
    const { className } = pojo.description;
    const writing = pojoWriting(fields);
    return {
      takes: `typeof value === 'object' && value !== null &&
      (value[pojoClass] === undefined || value[pojoClass] === ${JSON.stringify(className)})`,
      writing: {
        ...writing,
        scope: withNames(writing.scope, { pojoClass: POJO_CLASS }),
      },
      begins: `bytes[at] === ${fields.head}`,
      reading: pojoReading(fields),
    };
  }
  if (isOfClass(serializer, TupleSerializer)) {
    const fields = (serializer as TupleSerializer<unknown[]>).fields();
    return {
      takes: `Array.isArray(value) && value.length === ${fields.serializers.length}`,
      writing: tupleWriting(fields),
      begins: 'at < end',
      reading: tupleReading(fields),
    };
  }
  return {
    takes: 'true',
    writing: valueWriting(serializer),
    begins: 'at < end',
    reading: valueReading(serializer),
  };
}

function withNames(scope: CodeScope, names: Readonly<Record<string, unknown>>): CodeScope {
  return { ...scope, names: { ...scope.names, ...names } };
}
