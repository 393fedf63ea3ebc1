/**
 * A source with more splits than readers, which pauses by chance.
 *
 * Split n holds the event times right after those of split n - 1, and splits are given out in that
 * order, so no record is ever late: not after a failure, nor at another parallelism.
 */
import type {
  InputStatus,
  ReaderOutput,
  SimpleVersionedSerializer,
  Source,
  SourceReader,
  SourceReaderContext,
  SourceSplit,
  SplitEnumerator,
  SplitEnumeratorContext,
} from '@millrace/core';
import type { SimulatedProcess } from './simulated-process.ts';

export const NUMBER_OF_SPLITS = 7;
export const RECORDS_PER_SPLIT = 40;
export const NUMBER_OF_RECORDS: number = NUMBER_OF_SPLITS * RECORDS_PER_SPLIT;

const PAUSE_PROBABILITY = 0.3;
const TIMED_PAUSE_PROBABILITY = 0.5;
const PAUSE_MS_MAX = 12;
const EVENT_TIME_STEP_MS = 5;

/** Records are numbers; split n has those from `n * RECORDS_PER_SPLIT` on. */
export function splitOf(record: number): number {
  return Math.floor(record / RECORDS_PER_SPLIT);
}

export function eventTimeOf(record: number): number {
  return record * EVENT_TIME_STEP_MS;
}

interface Split extends SourceSplit {
  readonly splitId: string;
  next: number;
  readonly end: number;
}

export interface PlantedSourceBugs {
  /** Positions are not in the snapshot. */
  readonly forgetsPosition: boolean;
  /** A new reader goes on where the one before was, whatever is restored. */
  readonly keepsReader: boolean;
}

export class SimulatedSource implements Source<number, Split, readonly Split[]> {
  readonly boundedness = 'bounded';
  readonly splitSerializer: SimpleVersionedSerializer<Split> = jsonSerializer<Split>();
  readonly enumeratorCheckpointSerializer: SimpleVersionedSerializer<readonly Split[]> =
    jsonSerializer<readonly Split[]>();
  private readonly process: SimulatedProcess;
  private readonly bugs: PlantedSourceBugs;
  /** What the readers of this process have read of each split: only a planted bug asks. */
  private readonly positions = new Map<string, number>();

  constructor(process: SimulatedProcess, bugs: PlantedSourceBugs) {
    this.process = process;
    this.bugs = bugs;
  }

  createEnumerator(context: SplitEnumeratorContext<Split>): SimulatedEnumerator {
    const splits = Array.from({ length: NUMBER_OF_SPLITS }, (_, index) => ({
      splitId: String(index),
      next: index * RECORDS_PER_SPLIT,
      end: (index + 1) * RECORDS_PER_SPLIT,
    }));
    return new SimulatedEnumerator(context, { splits, process: this.process });
  }

  restoreEnumerator(
    context: SplitEnumeratorContext<Split>,
    splits: readonly Split[],
  ): SimulatedEnumerator {
    return new SimulatedEnumerator(context, { splits, process: this.process });
  }

  createReader(context: SourceReaderContext): SimulatedReader {
    const { process, bugs, positions } = this;
    return new SimulatedReader(context, { process, bugs, positions });
  }
}

/** Answers some requests at once and some later. */
class SimulatedEnumerator implements SplitEnumerator<Split, readonly Split[]> {
  private readonly context: SplitEnumeratorContext<Split>;
  private readonly remaining: Split[];
  private readonly process: SimulatedProcess;

  constructor(
    context: SplitEnumeratorContext<Split>,
    parts: { readonly splits: readonly Split[]; readonly process: SimulatedProcess },
  ) {
    this.context = context;
    this.remaining = [...parts.splits];
    this.process = parts.process;
  }

  start(): void {}
  addReader(): void {}

  handleSplitRequest(subtask: number): void {
    const { random } = this.process;
    if (random.nextInt(2) === 0) {
      this.answer(subtask);
      return;
    }
    this.context.callAsync(
      () => this.process.delay(random.nextInt(PAUSE_MS_MAX)),
      () => this.answer(subtask),
    );
  }

  /** In the order of event time again: those of several readers come one reader after the other. */
  addSplitsBack(splits: readonly Split[]): void {
    this.remaining.push(...splits);
    this.remaining.sort((a, b) => a.next - b.next);
  }

  snapshotState(): readonly Split[] {
    return [...this.remaining];
  }

  close(): void {}

  private answer(subtask: number): void {
    if (!this.context.registeredReaders.has(subtask)) {
      return; // It failed since it asked; it asks again.
    }
    const split = this.remaining.shift();
    if (split === undefined) {
      this.context.signalNoMoreSplits(subtask);
    } else {
      this.process.see(`split ${split.splitId} to reader ${subtask}`);
      this.context.assignSplit(split, subtask);
    }
  }
}

/** Reads all the splits it has at once, in an order by chance. */
class SimulatedReader implements SourceReader<number, Split> {
  private readonly context: SourceReaderContext;
  private readonly process: SimulatedProcess;
  private readonly bugs: PlantedSourceBugs;
  private readonly positions: Map<string, number>;
  private splits: Split[] = [];
  private noMoreSplits = false;
  private paused = false;
  private available: Promise<void> = Promise.resolve();
  private wake: () => void = () => {};

  constructor(
    context: SourceReaderContext,
    parts: {
      readonly process: SimulatedProcess;
      readonly bugs: PlantedSourceBugs;
      readonly positions: Map<string, number>;
    },
  ) {
    this.context = context;
    this.process = parts.process;
    this.bugs = parts.bugs;
    this.positions = parts.positions;
  }

  start(): void {
    if (this.splits.length === 0) {
      this.context.sendSplitRequest();
    }
  }

  pollNext(output: ReaderOutput<number>, maxRecords: number): InputStatus {
    if (this.paused) {
      return 'nothing-available';
    }
    // All of them first: the watermark waits for each.
    const outputs = new Map(
      this.splits.map((split) => [split, output.createOutputForSplit(split.splitId)]),
    );
    for (let room = maxRecords; room > 0; room--) {
      if (this.splits.length === 0) {
        return this.noMoreSplits ? 'end-of-input' : this.waitForSplit();
      }
      const split = this.process.random.pick(this.splits);
      const record = split.next;
      split.next++;
      this.positions.set(split.splitId, Math.min(split.next, split.end - 1));
      this.process.step(`source ${this.context.indexOfSubtask} reads ${record}`);
      outputs.get(split)?.collect(record);
      if (split.next === split.end) {
        output.releaseOutputForSplit(split.splitId);
        this.finish(split);
      }
      if (this.process.random.next() < PAUSE_PROBABILITY) {
        return this.pause();
      }
    }
    return 'more-available';
  }

  isAvailable(): Promise<void> {
    return this.available;
  }

  addSplits(splits: readonly Split[]): void {
    for (const split of splits) {
      const kept = this.bugs.keepsReader ? this.positions.get(split.splitId) : undefined;
      this.splits.push({ ...split, next: kept ?? split.next });
    }
    this.wake();
  }

  notifyNoMoreSplits(): void {
    this.noMoreSplits = true;
    this.wake();
  }

  snapshotState(): Split[] {
    return this.bugs.forgetsPosition
      ? this.splits.map((split) => ({ ...split, next: split.end - RECORDS_PER_SPLIT }))
      : this.splits.map((split) => ({ ...split }));
  }

  close(): void {}

  private finish(split: Split): void {
    this.splits = this.splits.filter((each) => each !== split);
    if (this.splits.length === 0) {
      this.context.sendSplitRequest();
    }
  }

  private pause(): InputStatus {
    const { random, clock } = this.process;
    const pause =
      random.next() < TIMED_PAUSE_PROBABILITY
        ? this.process.delay(1 + random.nextInt(PAUSE_MS_MAX))
        : clock.yieldTurn();
    this.paused = true;
    this.available = pause.then(() => {
      this.paused = false;
    });
    return 'nothing-available';
  }

  private waitForSplit(): InputStatus {
    this.available = new Promise((resolve) => {
      this.wake = resolve;
    });
    return 'nothing-available';
  }
}

function jsonSerializer<T>(): SimpleVersionedSerializer<T> {
  return {
    version: 1,
    serialize: (value) => new TextEncoder().encode(JSON.stringify(value)),
    deserialize: (_version, bytes) => JSON.parse(new TextDecoder().decode(bytes)) as T,
  };
}
