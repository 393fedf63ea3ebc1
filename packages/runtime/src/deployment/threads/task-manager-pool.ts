/**
 * The worker threads of a job, one a slot: started when they are first needed, watched while they live,
 * replaced when they were lost, ended with the job.
 *
 * Invariants:
 * - A worker that is being ended is known until its thread has ended, and the next of its slot is given
 *   out only then.
 * - No worker outlives `close`, but for one in a call into native code that nothing breaks off.
 *
 * Flink: ResourceManager, HeartbeatManager.
 */
import { type Clock, type ErrorCode, type MetricDump, TaskError, type Timer } from '@millrace/core';
import { type Closing, closeAll } from '../../taskmanager/orderly-close.ts';
import type { AccumulatorPart } from './accumulator-messages.ts';
import { LoopWatch } from './loop-watch.ts';
import {
  type MergeAnswer,
  TaskManagerWorker,
  type TaskManagerWorkerOptions,
} from './task-manager-worker.ts';

export interface TaskManagerPoolOptions {
  readonly clock: Clock;
  readonly heartbeatTimeoutMs: number;
  /** 0: without end. */
  readonly cancellationTimeoutMs: number;
  /** For the worker of a slot. */
  workerOptions(slot: number): Omit<TaskManagerWorkerOptions, 'clock' | 'warn' | 'earlyError'>;
  /** For messages: the task of a slot, by its index among those that it runs of an attempt. */
  taskName(slot: number, attempt: number, task: number): string;
  warn(message: string): void;
}

const BLOCKED: ErrorCode = 'TASK_BLOCKS_THREAD';
const WATCH_INTERVAL_MS_MAX = 1000;

export class TaskManagerPool {
  private readonly options: TaskManagerPoolOptions;
  private readonly workers: (TaskManagerWorker | undefined)[] = [];
  /** All whose threads have not ended. */
  private readonly living = new Set<TaskManagerWorker>();
  private readonly loops: LoopWatch[] = [];
  /** Each distinct line that the program writes before its `execute()` is shown once. */
  private readonly earlyLines = new Set<string>();
  private readonly watchIntervalMs: number;
  private watchTimer: Timer | undefined;
  private watchedAt = 0;

  constructor(options: TaskManagerPoolOptions) {
    this.options = options;
    this.watchIntervalMs = Math.min(WATCH_INTERVAL_MS_MAX, options.heartbeatTimeoutMs / 4);
  }

  /**
   * The one that lives, else a new one, once those before it have ended.
   *
   * @throws FatalError `TASK_CANCELLATION_TIMEOUT` naming one before it that does not end
   */
  async workerOf(slot: number): Promise<TaskManagerWorker> {
    const known = this.workers[slot];
    const worker = known === undefined || known.isOver ? this.start(slot) : known;
    const former = [...this.living].filter((each) => each.slot === slot && each !== worker);
    const { clock, warn, cancellationTimeoutMs: timeoutMs } = this.options;
    await closeAll(former.map(closingOfWorker), { clock, warn, timeoutMs });
    return worker;
  }

  private start(slot: number): TaskManagerWorker {
    const worker = new TaskManagerWorker({
      ...this.options.workerOptions(slot),
      clock: this.options.clock,
      earlyError: (text) => this.showEarlyError(text),
      warn: (message) => this.options.warn(message),
    });
    this.workers[slot] = worker;
    this.living.add(worker);
    void worker.ended.then(() => this.living.delete(worker));
    this.loops[slot] = new LoopWatch();
    this.scheduleWatch();
    return worker;
  }

  /** Asks the worker of one of these slots that still lives. */
  async merge(slots: readonly number[], parts: readonly AccumulatorPart[]): Promise<MergeAnswer> {
    const worker = slots.map((slot) => this.workers[slot]).find((each) => each?.isOver === false);
    return (await worker?.merge(parts)) ?? { value: undefined, error: undefined };
  }

  /** Of all slots, as they were told last. */
  metrics(): readonly MetricDump[] {
    return this.workers.flatMap((worker) => worker?.metrics ?? []);
  }

  /** Those that live, by slot, and for how long nothing came from them. */
  alive(): {
    readonly slot: number;
    readonly silentMs: number;
    readonly metrics: readonly MetricDump[];
  }[] {
    return this.workers
      .filter((worker) => worker?.isRegistered === true && !worker.isOver)
      .map((worker) => worker as TaskManagerWorker)
      .map(({ slot, silentMs, metrics }) => ({ slot, silentMs, metrics }));
  }

  /** The job takes no more slots than that from now on. */
  limitTo(slots: number): void {
    for (const worker of this.workers.splice(slots)) {
      void worker?.close();
    }
  }

  /** Resolves when all have ended, or are not going to. */
  async close(): Promise<void> {
    this.watchTimer?.cancel();
    this.watchTimer = undefined;
    await Promise.all(Array.from(this.living, (worker) => worker.close()));
  }

  private showEarlyError(text: string): void {
    const fresh = text
      .split(/(?<=\n)/)
      .filter((line) => !this.earlyLines.has(line))
      .map((line) => {
        this.earlyLines.add(line);
        return line;
      });
    if (fresh.length > 0) {
      process.stderr.write(fresh.join(''));
    }
  }

  private scheduleWatch(): void {
    if (this.watchTimer === undefined) {
      this.watchedAt = this.options.clock.now();
      this.watchTimer = this.options.clock.setTimer(this.watchIntervalMs, () => {
        this.watchTimer = undefined;
        this.watch();
        this.scheduleWatch();
      });
    }
  }

  private watch(): void {
    // While this thread was blocked nothing could be heard: such a time counts as one interval.
    const sinceLast = this.options.clock.now() - this.watchedAt;
    const elapsedMs = Math.min(Math.max(sinceLast, 0), 2 * this.watchIntervalMs);
    this.workers.forEach((worker, slot) => {
      if (worker?.isRegistered === true && !worker.isOver) {
        this.watchOne(worker, { slot, elapsedMs });
      }
    });
  }

  private watchOne(
    worker: TaskManagerWorker,
    { slot, elapsedMs }: { readonly slot: number; readonly elapsedMs: number },
  ): void {
    const { heartbeatTimeoutMs, warn } = this.options;
    const watch = this.loops[slot] as LoopWatch;
    const warnsOf = watch.observe(worker.pulse, elapsedMs);
    const task = watch.blockedTask;
    const blocking =
      task === undefined ? undefined : this.options.taskName(slot, worker.pulse.attempt, task);
    if (warnsOf !== undefined) {
      warn(
        `${BLOCKED}: a function of ${blocking} blocks the loop of ${worker.name} for ` +
          `${Math.round(warnsOf / 1000)} s now: no other task of it goes on, and after ` +
          `heartbeat.timeout (${heartbeatTimeoutMs} ms) it is ended; let the function return, and ` +
          'wait for what takes long with an AsyncFunction',
      );
    }
    worker.silentMs += elapsedMs;
    if (worker.silentMs > heartbeatTimeoutMs) {
      const what = blocking === undefined ? worker.tasks : `a function of ${blocking}`;
      void worker.expel(
        new TaskError(
          'TASK_MANAGER_LOST',
          `${worker.name} gave no sign of life for ${heartbeatTimeoutMs} ms while it ran ${what}; it ` +
            'is ended and replaced: find what blocks its loop, or raise heartbeat.timeout',
        ),
      );
    }
  }
}

/** What is waited for when a worker is to end. */
export function closingOfWorker(worker: TaskManagerWorker): Closing {
  const what = `${worker.name}, which ran ${worker.tasks},`;
  return { what, done: worker.terminate() };
}
