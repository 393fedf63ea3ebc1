/**
 * Reads the generators of one subtask in turn, each with watermarks of its own.
 *
 * Invariants:
 * - No event comes before `notifyNoMoreSplits`: then all generators of the subtask are known, and
 *   their timelines begin together.
 * - With `maxEmitSpeed` off, an event comes when as much time has passed by the clock since the
 *   generator's first one as lies between their event times.
 *
 * Nexmark: NexmarkSourceReader of nexmark-flink, which reads one generator.
 */
// Hot path.
import type {
  Clock,
  InputStatus,
  ReaderOutput,
  SourceOutput,
  SourceReader,
  Timer,
} from '@millrace/core';
import type { NexmarkConfiguration } from './nexmark-configuration.ts';
import type { NexmarkEvent } from './nexmark-events.ts';
import { NexmarkGenerator } from './nexmark-generator.ts';
import type { NexmarkSplit } from './nexmark-split.ts';

const ALREADY_AVAILABLE: Promise<void> = Promise.resolve();

export class NexmarkReader implements SourceReader<NexmarkEvent, NexmarkSplit> {
  private readonly configuration: NexmarkConfiguration;
  private readonly clock: Clock;
  /** The one whose turn it is comes first. */
  private readonly reading: SplitReader[] = [];
  private noMoreSplits = false;
  private available: Promise<void> = ALREADY_AVAILABLE;
  private wake: () => void = () => {};
  private timer: Timer | undefined = undefined;

  constructor(configuration: NexmarkConfiguration, clock: Clock) {
    this.configuration = configuration;
    this.clock = clock;
  }

  start(): void {}

  pollNext(output: ReaderOutput<NexmarkEvent>, maxRecords: number): InputStatus {
    if (!this.noMoreSplits) {
      this.waitFor(undefined);
      return 'nothing-available';
    }
    for (const split of this.reading) {
      split.begin(output, this.clock);
    }
    const waiting = this.reading.length;
    for (let turns = 0; turns < waiting; turns++) {
      const split = this.reading.shift() as SplitReader;
      const emitted = split.emit(maxRecords, this.clock);
      if (split.hasNext) {
        this.reading.push(split);
      } else {
        output.releaseOutputForSplit(split.splitId);
      }
      if (emitted > 0) {
        return 'more-available';
      }
    }
    return this.reading.length === 0 ? 'end-of-input' : this.waitForNextDue();
  }

  isAvailable(): Promise<void> {
    return this.available;
  }

  addSplits(splits: readonly NexmarkSplit[]): void {
    for (const split of splits) {
      this.reading.push(new SplitReader(this.configuration, split));
    }
  }

  notifyNoMoreSplits(): void {
    this.noMoreSplits = true;
    this.wake();
  }

  snapshotState(_checkpointId: number): NexmarkSplit[] {
    return this.reading.map((split) => split.snapshot());
  }

  close(): void {
    this.timer?.cancel();
  }

  private waitForNextDue(): InputStatus {
    const due = this.reading.reduce((first, split) => Math.min(first, split.nextDueAt), Infinity);
    this.waitFor(due - this.clock.now());
    return 'nothing-available';
  }

  private waitFor(delayMs: number | undefined): void {
    this.available = new Promise((resolve) => {
      this.wake = resolve;
    });
    if (delayMs !== undefined) {
      this.timer = this.clock.setTimer(delayMs, this.wake);
    }
  }
}

class SplitReader {
  readonly splitId: string;
  private readonly split: NexmarkSplit;
  private readonly generator: NexmarkGenerator;
  private readonly baseTime: number;
  private readonly maxEmitSpeed: boolean;
  private wallclockBaseTime: number;
  private output: SourceOutput<NexmarkEvent> | undefined = undefined;

  constructor(configuration: NexmarkConfiguration, split: NexmarkSplit) {
    this.splitId = split.splitId;
    this.split = split;
    this.generator = new NexmarkGenerator(configuration, split);
    this.baseTime = configuration.baseTime;
    this.maxEmitSpeed = configuration.maxEmitSpeed;
    this.wallclockBaseTime = split.wallclockBaseTime;
  }

  get hasNext(): boolean {
    return this.generator.hasNext;
  }

  get nextDueAt(): number {
    return this.wallclockBaseTime + this.generator.nextDueTime - this.baseTime;
  }

  begin(output: ReaderOutput<NexmarkEvent>, clock: Clock): void {
    if (this.output === undefined) {
      this.output = output.createOutputForSplit(this.splitId);
      this.wallclockBaseTime = this.wallclockBaseTime < 0 ? clock.now() : this.wallclockBaseTime;
    }
  }

  /** @returns how many events came */
  emit(maxRecords: number, clock: Clock): number {
    const { generator } = this;
    const output = this.output as SourceOutput<NexmarkEvent>;
    const now = this.maxEmitSpeed ? 0 : clock.now();
    let emitted = 0;
    while (emitted < maxRecords && generator.hasNext) {
      if (!this.maxEmitSpeed && this.nextDueAt > now) {
        break;
      }
      const event = generator.next();
      output.collect(event, generator.timestamp);
      emitted += 1;
    }
    return emitted;
  }

  snapshot(): NexmarkSplit {
    return {
      splitId: this.splitId,
      firstEventId: this.split.firstEventId,
      numEvents: this.split.numEvents,
      emitted: this.generator.eventsCountSoFar,
      wallclockBaseTime: this.wallclockBaseTime,
    };
  }
}
