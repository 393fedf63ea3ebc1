/** Drives a source by hand in tests: one enumerator and its readers, no engine. */

import type { Clock } from '../../time/clock.ts';
import type {
  ReaderOutput,
  Source,
  SourceReader,
  SourceReaderContext,
  SourceSplit,
  SplitEnumerator,
} from '../source.ts';

/** Only `now` and `setTimer` are there; time moves by `advance`. */
export class HandClock implements Clock {
  private time = 0;
  private readonly timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.time;
  }

  setTimer(delayMs: number, callback: () => void): { cancel(): void } {
    const timer = { at: this.time + delayMs, callback };
    this.timers.push(timer);
    return { cancel: () => void this.timers.splice(this.timers.indexOf(timer), 1) };
  }

  yieldTurn(): Promise<void> {
    return Promise.resolve();
  }

  advance(ms: number): void {
    this.time += ms;
    for (const timer of this.timers.filter(({ at }) => at <= this.time)) {
      this.timers.splice(this.timers.indexOf(timer), 1);
      timer.callback();
    }
  }
}

interface SnapshotBytes {
  readonly enumerator: Uint8Array;
  readonly readers: readonly (readonly Uint8Array[])[];
}

export class SourceFixture<T, SplitT extends SourceSplit, EnumChkT> {
  readonly records: T[] = [];
  readonly clock: HandClock = new HandClock();
  private readonly source: Source<T, SplitT, EnumChkT>;
  private readonly enumerator: SplitEnumerator<SplitT, EnumChkT>;
  private readonly readers: SourceReader<T, SplitT>[] = [];
  private readonly ended = new Set<number>();

  constructor(source: Source<T, SplitT, EnumChkT>, parallelism: number, restored?: SnapshotBytes) {
    this.source = source;
    const context = {
      currentParallelism: parallelism,
      registeredReaders: new Set<number>(),
      clock: this.clock,
      metricGroup: { setUnassignedSplitsGauge: () => {} },
      assignSplit: (split: SplitT, subtask: number) => this.readers[subtask]!.addSplits([split]),
      signalNoMoreSplits: (subtask: number) => this.readers[subtask]!.notifyNoMoreSplits(),
      callAsync: () => {
        throw new Error('these sources do no work in the background');
      },
    };
    const { enumeratorCheckpointSerializer: state, splitSerializer } = source;
    this.enumerator =
      restored === undefined
        ? source.createEnumerator(context)
        : source.restoreEnumerator(context, state.deserialize(state.version, restored.enumerator));
    this.enumerator.start();
    for (let subtask = 0; subtask < parallelism; subtask++) {
      this.readers.push(source.createReader(this.readerContext(subtask, parallelism)));
    }
    for (const [subtask, reader] of this.readers.entries()) {
      const splits = restored?.readers[subtask] ?? [];
      const { version } = splitSerializer;
      if (splits.length > 0) {
        reader.addSplits(splits.map((bytes) => splitSerializer.deserialize(version, bytes)));
      }
      reader.start();
    }
  }

  /** One poll of one reader. */
  poll(subtask: number, maxRecords: number): string {
    const status = this.readers[subtask]!.pollNext(this.output, maxRecords);
    if (status === 'end-of-input') {
      this.ended.add(subtask);
    }
    return status;
  }

  runToEnd(): void {
    while (this.ended.size < this.readers.length) {
      for (let subtask = 0; subtask < this.readers.length; subtask++) {
        this.poll(subtask, 7);
      }
    }
  }

  reader(subtask: number): SourceReader<T, SplitT> {
    return this.readers[subtask]!;
  }

  snapshot(): SnapshotBytes {
    const { enumeratorCheckpointSerializer, splitSerializer } = this.source;
    return {
      enumerator: enumeratorCheckpointSerializer.serialize(this.enumerator.snapshotState(1)),
      readers: this.readers.map((reader) =>
        reader.snapshotState(1).map((split) => splitSerializer.serialize(split)),
      ),
    };
  }

  private readerContext(subtask: number, parallelism: number): SourceReaderContext {
    return {
      indexOfSubtask: subtask,
      currentParallelism: parallelism,
      clock: this.clock,
      metricGroup: undefined as never, // These readers count nothing.
      sendSplitRequest: () => this.enumerator.handleSplitRequest(subtask),
    };
  }

  private get output(): ReaderOutput<T> {
    return {
      collect: (record: T) => this.records.push(record),
    } as unknown as ReaderOutput<T>;
  }
}
