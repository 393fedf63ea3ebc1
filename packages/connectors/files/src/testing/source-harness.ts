/** Runs a file source with one reader, as the engine would, and stops where a test wants. */
import { type ReaderOutput, type SourceReader, SystemClock } from '@millrace/core';
import type { FileSource } from '../source/file-source.ts';
import type { FileSourceEnumeratorState } from '../source/file-source-enumerator.ts';
import type { FileSourceSplit } from '../source/file-source-split.ts';

export interface SourceRun<T> {
  readonly records: T[];
  /** What the reader and the enumerator would have put into a checkpoint, as bytes. */
  readonly checkpoint: SourceCheckpoint;
}

export interface SourceCheckpoint {
  readonly splits: readonly Uint8Array[];
  readonly enumerator: Uint8Array;
}

export interface SourceRunOptions {
  /** Stops after this many records; reads to the end unless set. */
  readonly stopAfter?: number;
  /** Stops where nothing is available for the n-th time, from 1; reads on unless set. */
  readonly stopAtQuietPoint?: number;
  readonly maxRecordsPerPoll?: number;
  readonly from?: SourceCheckpoint;
  readonly clock?: SystemClock;
}

export async function runSource<T>(
  source: FileSource<T>,
  options: SourceRunOptions = {},
): Promise<SourceRun<T>> {
  const { stopAfter = Number.POSITIVE_INFINITY, maxRecordsPerPoll = 7, from } = options;
  const clock = options.clock ?? new SystemClock();
  const records: T[] = [];
  let quietPointsLeft = options.stopAtQuietPoint ?? Number.POSITIVE_INFINITY;
  const { reader, enumerator, failed } = connect(source, clock, from);
  enumerator.start();
  reader.start();
  try {
    while (records.length < stopAfter) {
      const limit = Math.min(maxRecordsPerPoll, stopAfter - records.length);
      const status = reader.pollNext(outputTo(records), limit);
      if (status === 'end-of-input') {
        break;
      }
      if (status === 'nothing-available') {
        quietPointsLeft--;
        if (quietPointsLeft <= 0) {
          break;
        }
        await Promise.race([reader.isAvailable(), failed]);
      }
    }
    const { splitSerializer, enumeratorCheckpointSerializer } = source;
    const splits = reader.snapshotState(1).map((split) => splitSerializer.serialize(split));
    const state = enumerator.snapshotState(1);
    return {
      records,
      checkpoint: { splits, enumerator: enumeratorCheckpointSerializer.serialize(state) },
    };
  } finally {
    await enumerator.close();
    await reader.close();
  }
}

function connect<T>(
  source: FileSource<T>,
  clock: SystemClock,
  from: SourceCheckpoint | undefined,
): {
  reader: SourceReader<T, FileSourceSplit>;
  enumerator: ReturnType<FileSource<T>['createEnumerator']>;
  failed: Promise<never>;
} {
  const { promise: failed, reject } = withResolvers();
  failed.catch(() => undefined);
  const context = {
    currentParallelism: 1,
    registeredReaders: new Set([0]),
    clock,
    metricGroup: { setUnassignedSplitsGauge: () => {} },
    assignSplit: (split: FileSourceSplit) => reader.addSplits([split]),
    signalNoMoreSplits: () => reader.notifyNoMoreSplits(),
    callAsync: <R>(call: () => Promise<R>, handler: (result: R) => void) => {
      call().then(handler).catch(reject);
    },
  };
  const reader = source.createReader({
    indexOfSubtask: 0,
    currentParallelism: 1,
    clock,
    metricGroup: noMetrics,
    sendSplitRequest: () => enumerator.handleSplitRequest(0),
  });
  const enumerator =
    from === undefined
      ? source.createEnumerator(context)
      : source.restoreEnumerator(context, restoredState(source, from));
  if (from !== undefined) {
    reader.addSplits(from.splits.map((bytes) => source.splitSerializer.deserialize(1, bytes)));
  }
  return { reader, enumerator, failed };
}

function restoredState<T>(
  source: FileSource<T>,
  from: SourceCheckpoint,
): FileSourceEnumeratorState {
  return source.enumeratorCheckpointSerializer.deserialize(1, from.enumerator);
}

function withResolvers(): { promise: Promise<never>; reject: (error: unknown) => void } {
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<never>((_, rejectIt) => {
    reject = rejectIt;
  });
  return { promise, reject };
}

export const noMetrics = {
  counter: () => ({ inc: () => undefined, count: 0 }),
  gauge: () => undefined,
  addGroup: () => noMetrics,
} as never;

export function outputTo<T>(records: T[]): ReaderOutput<T> {
  const output = {
    collect: (record: T) => {
      records.push(record);
    },
    emitWatermark: () => undefined,
    markIdle: () => undefined,
    markActive: () => undefined,
  };
  return {
    ...output,
    createOutputForSplit: () => output,
    releaseOutputForSplit: () => undefined,
  };
}
