/**
 * Drives the tasks of one slot: each that can go on gets a slice in turn.
 *
 * Invariants:
 * - Between two slices no task is in the middle of anything.
 * - The event loop gets its turn at least every `TURN_BUDGET_MS` of work, and at once when no task
 *   can go on.
 */
import type { Exchange } from '../network/exchange.ts';
import type { LoopClock } from '../tasks/loop-clock.ts';
import type { StreamTask } from '../tasks/stream-task.ts';
import { BLOCKING_MS, type BlockingSlices } from './blocking-slices.ts';
import type { LoopPulse } from './loop-pulse.ts';
import { SliceSize } from './slice-size.ts';
import { type RunSlice, taskFrame } from './task-frame.ts';

const TURN_BUDGET_MS = 8;
/** While a checkpoint is written: each of its file operations waits for a turn of the event loop. */
const TURN_BUDGET_WHILE_WRITING_MS = 1;
/** A manual clock does not move by itself, so passes are counted too. */
const TURN_BUDGET_PASSES = 256;
export const CHANNEL_CAPACITY = 1024;
/**
 * In one pass, while there is input: so that a slot whose neighbours send it more than its own source
 * makes works that off, and they need not wait for it. With one slice each the source took as much as
 * all that came from others, and a slower slot held up the faster ones.
 */
const SLICES_OF_A_READER = 4;
/**
 * The same while the slot's own source makes more and is behind all others in event time. With more it fell
 * behind ever further, as it had to wait for what they were ahead by, and with each window between
 * them the state of every slot grew.
 */
const SLICES_OF_A_READER_BEHIND = 1;

export interface TaskOrder {
  /** Index in `[0, count)` at which a pass over the tasks begins. */
  firstOf(count: number): number;
}

export class TaskLoop {
  private readonly clock: LoopClock;
  private readonly order: TaskOrder;
  private readonly exchange: Exchange | undefined;
  private readonly pulse: LoopPulse | undefined;
  private readonly jobId: string;
  private readonly blocking: BlockingSlices | undefined;
  private tasks: readonly StreamTask[] = [];
  /** By task. */
  private sliceSizes: readonly SliceSize[] = [];
  /** By task. */
  private frames: readonly RunSlice[] = [];
  private stopped = false;
  private stopsWhenSent = false;
  private wakeUp: (() => void) | undefined;
  private woken = false;

  constructor(
    clock: LoopClock,
    order: TaskOrder,
    around: {
      /** With other slots, where there are any. */
      readonly exchange?: Exchange | undefined;
      /** Where another thread watches the loop. */
      readonly pulse?: LoopPulse | undefined;
      /** Told of slices that are too long, where no other thread watches. */
      readonly blocking?: BlockingSlices | undefined;
      /** For samples of the thread. */
      readonly jobId?: string;
    } = {},
  ) {
    this.clock = clock;
    this.order = order;
    this.exchange = around.exchange;
    this.pulse = around.pulse;
    this.blocking = around.blocking;
    this.jobId = around.jobId ?? '';
  }

  /** Something changed: a task may be able to go on. */
  readonly wake = (): void => {
    this.woken = true;
    this.wakeUp?.();
  };

  stop(): void {
    this.stopped = true;
    this.wake();
  }

  /** No task goes on by itself any more; what they have sent still goes to its slots. */
  stopWhenSent(): void {
    this.stopsWhenSent = true;
    this.wake();
  }

  /** Runs until `stop`; not at all when that was called before. */
  async run(tasks: readonly StreamTask[]): Promise<void> {
    this.tasks = tasks;
    this.sliceSizes = tasks.map(() => new SliceSize());
    this.frames = tasks.map(({ deployment: { address } }) =>
      taskFrame({ ...address, jobId: this.jobId }),
    );
    while (!this.stopped) {
      this.woken = false;
      this.runTurn();
      if (this.stopped || (this.stopsWhenSent && this.exchange?.hasUnsent !== true)) {
        return;
      }
      await this.clock.yieldTurn();
      if (!this.stopped && !this.woken && !this.anyRunnable() && this.exchangeSleeps()) {
        await new Promise<void>((resolve) => {
          this.wakeUp = resolve;
        });
        this.wakeUp = undefined;
      }
    }
  }

  /** Slices until nothing can go on or the budget of the turn is used up. */
  private runTurn(): void {
    const isWriting = this.tasks.some((task) => task.isWritingCheckpoint);
    const until =
      this.clock.beginTurn() + (isWriting ? TURN_BUDGET_WHILE_WRITING_MS : TURN_BUDGET_MS);
    for (let pass = 0; pass < TURN_BUDGET_PASSES && !this.stopped; pass++) {
      if (!this.runPass() || this.clock.last >= until) {
        return;
      }
    }
  }

  /** @returns true when a task went on */
  private runPass(): boolean {
    const count = this.tasks.length;
    const first = this.order.firstOf(count);
    let progress = this.exchange?.poll() === true;
    if (progress) {
      this.clock.now(); // It is no task's time.
    }
    const sourceRuns = this.anySourceRunnable();
    for (let i = 0; i < count && !this.stopped; i++) {
      const index = (first + i) % count;
      const task = this.tasks[index] as StreamTask;
      if (!task.isRunnable) {
        task.rest();
        continue;
      }
      progress = true;
      const slices = slicesOf(task, sourceRuns);
      for (let slice = 0; slice < slices && task.isRunnable && !this.stopped; slice++) {
        this.runSlice(index, task);
      }
    }
    return progress;
  }

  private runSlice(index: number, task: StreamTask): void {
    const size = this.sliceSizes[index] as SliceSize;
    const beganAt = this.clock.last;
    this.pulse?.sliceBegins(index);
    (this.frames[index] as RunSlice)(task, size.records);
    this.pulse?.sliceEnds();
    const elapsedMs = this.clock.last - beganAt;
    size.observe(elapsedMs);
    if (elapsedMs >= BLOCKING_MS) {
      this.blocking?.observe(task, elapsedMs);
    }
  }

  private exchangeSleeps(): boolean {
    return this.exchange === undefined || this.exchange.wakeOnWork(this.wake);
  }

  private anySourceRunnable(): boolean {
    return this.tasks.some((task) => task.isSource && task.isRunnable);
  }

  private anyRunnable(): boolean {
    return this.tasks.some((task) => task.isRunnable);
  }
}

function slicesOf(task: StreamTask, sourceRuns: boolean): number {
  if (task.isSource) {
    return 1;
  }
  return sourceRuns && task.isSlotBehind ? SLICES_OF_A_READER_BEHIND : SLICES_OF_A_READER;
}
