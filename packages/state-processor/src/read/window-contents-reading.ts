/**
 * How the contents of windows are stored, and how they are given to a reader.
 *
 * Flink: WindowReaderOperator.reduce, aggregate, process, evictingWindow; StreamRecordProcessing.
 */
import {
  type AggregateFunction,
  type AggregatingState,
  AggregatingStateDescriptor,
  CheckpointError,
  ListSerializer,
  type ListState,
  ListStateDescriptor,
  type ReduceFunction,
  type ReducingState,
  ReducingStateDescriptor,
  type StateDescriptor,
  type StreamElement,
  StreamElementSerializer,
  type TypeInformation,
} from '@millrace/core';
import { requireSerializerSnapshot, type StateMetaInfoSnapshot } from '@millrace/state';
import { typeOfSerializer, typeOfSnapshot } from './snapshot-type.ts';

/** The contents of the current key and window, as a reader sees them. */
export interface WindowContentsReading<IN> {
  readonly descriptor: StateDescriptor;
  elements(state: unknown): Iterable<IN>;
}

export function reducedContents<IN>(
  stored: StateMetaInfoSnapshot,
  reduceFunction: ReduceFunction<IN>,
  elementType: TypeInformation<IN> | undefined,
): WindowContentsReading<IN> {
  const type = elementType ?? typeOfSnapshot<IN>(requireSerializerSnapshot(stored, VALUE));
  return {
    descriptor: new ReducingStateDescriptor(stored.name, reduceFunction, type),
    elements: (state) => present((state as ReducingState<IN>).get()),
  };
}

export function aggregatedContents<IN, ACC, OUT>(
  stored: StateMetaInfoSnapshot,
  aggregateFunction: AggregateFunction<IN, ACC, OUT>,
  accumulatorType: TypeInformation<ACC> | undefined,
): WindowContentsReading<OUT> {
  const type = accumulatorType ?? typeOfSnapshot<ACC>(requireSerializerSnapshot(stored, VALUE));
  return {
    descriptor: new AggregatingStateDescriptor(stored.name, aggregateFunction, type),
    elements: (state) => present((state as AggregatingState<IN, OUT>).get()),
  };
}

export function listedContents<IN>(
  stored: StateMetaInfoSnapshot,
  elementType: TypeInformation<IN> | undefined,
): WindowContentsReading<IN> {
  const type = elementType ?? typeOfSerializer<IN>(elementSerializer(stored));
  return {
    descriptor: new ListStateDescriptor(stored.name, type),
    elements: (state) => (state as ListState<IN>).get(),
  };
}

/** Of windows with an evictor, which keep each record with its time. */
export function evictingContents<IN>(
  stored: StateMetaInfoSnapshot,
  elementType: TypeInformation<IN> | undefined,
): WindowContentsReading<IN> {
  const serializer =
    elementType === undefined
      ? elementSerializer<StreamElement<IN>>(stored)
      : new StreamElementSerializer(elementType.createSerializer());
  if (!(serializer instanceof StreamElementSerializer)) {
    throw new CheckpointError(
      'STATE_INCOMPATIBLE',
      `'${stored.name}' holds no records with their times; read it without evictor()`,
    );
  }
  const type = typeOfSerializer<StreamElement<IN>>(serializer);
  return {
    descriptor: new ListStateDescriptor(stored.name, type),
    elements: (state) => valuesOf((state as ListState<StreamElement<IN>>).get()),
  };
}

const VALUE = 'VALUE_SERIALIZER';

function elementSerializer<T>(stored: StateMetaInfoSnapshot) {
  const serializer = requireSerializerSnapshot(stored, VALUE).restoreSerializer() as unknown;
  if (!(serializer instanceof ListSerializer)) {
    throw new CheckpointError(
      'STATE_INCOMPATIBLE',
      `'${stored.name}' holds one value for each window and no list; read it with reduce or aggregate`,
    );
  }
  return (serializer as ListSerializer<T>).elementSerializer;
}

function present<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

function* valuesOf<IN>(elements: Iterable<StreamElement<IN>>): Generator<IN> {
  for (const element of elements) {
    if (element.kind === 'record') {
      yield element.value;
    }
  }
}
