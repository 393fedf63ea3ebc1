/**
 * How and when a worker thread of the crash test is killed: a plan that the program is started with,
 * and what carries it out inside the worker.
 *
 * Invariants:
 * - Each attempt of the job meets one planned kill, so as many kills as there are plans. Where regions
 *   restart alone, those of one attempt number may meet the same plan, or none of them.
 * - A kill says so on standard error, by a write that is over before the worker is.
 */
import { writeSync } from 'node:fs';
import type { TaskInfo } from 'millrace';

/** What is done to a worker: all but `throw` and `terminate` from within, by a function of the program. */
export const KILL_WAYS = [
  /** A function throws: the task fails, the worker lives. */
  'throw',
  'exit',
  /** An error that nothing catches, outside of any function. */
  'uncaught',
  'rejection',
  /** Out of memory. */
  'heap',
  /** An endless loop. */
  'hang',
  /** From the main thread, between any two instructions. */
  'terminate',
] as const;
export type KillWay = (typeof KILL_WAYS)[number];

/** Where a function is when it kills its worker. */
export const KILL_MOMENTS = ['open', 'record', 'snapshot', 'commit', 'time'] as const;
export type KillMoment = (typeof KILL_MOMENTS)[number];

export interface WorkerKill {
  readonly way: KillWay;
  readonly moment: KillMoment;
  /** The how-manieth record, snapshot or commit of the subtask in the attempt, from 1; or ms. */
  readonly after: number;
  /** Which subtask; those that the job has not are taken round. */
  readonly subtask: number;
}

/** One that happened. */
export interface HappenedKill extends WorkerKill {
  /** Of the subtask that did it; of the job where the worker was terminated. */
  readonly attempt: number;
  /** Which subtask did it, as in `SubtaskAttempts`; none where the worker was terminated. */
  readonly task?: string;
}

/** The last attempt of each subtask of a job, by `subtaskName`. */
export type SubtaskAttempts = Readonly<Record<string, number>>;

/** @param subtask - from 0 */
export function subtaskName(taskName: string, subtask: number): string {
  return `${taskName} ${subtask}`;
}

/**
 * Kills after which the subtask that did it was never started again. A restart of another region is no
 * answer, nor is one of the same region before the kill. Several kills of one attempt may have one answer.
 *
 * Who kills the worker from within a call of its function has not finished then, so the job cannot
 * either; what takes effect later, or by a timer or another thread, may find the job at its end.
 */
export function unansweredKills(
  kills: readonly HappenedKill[],
  lastAttempts: SubtaskAttempts,
): readonly HappenedKill[] {
  return kills.filter(({ way, moment, attempt, task }) => {
    const last = task === undefined ? undefined : lastAttempts[task];
    const isAnswered = last !== undefined && last > attempt;
    return !isAnswered && AT_ONCE.has(way) && moment !== 'time';
  });
}

const AT_ONCE: ReadonlySet<KillWay> = new Set<KillWay>(['throw', 'exit', 'heap', 'hang']);

export const WORKER_KILLED_PREFIX = 'worker killed: ';
const HEAP_PIECE_ITEMS = 50_000;

export function describeKill({ way, moment, after }: WorkerKill): string {
  switch (moment) {
    case 'open':
      return `${way} in open`;
    case 'time':
      return `${way} after ${after} ms`;
    default:
      return `${way} at ${moment} ${after}`;
  }
}

/** @param task - by `subtaskName` */
export function tellKill(kill: WorkerKill, attempt: number, task?: string): void {
  writeSync(2, `${WORKER_KILLED_PREFIX}${JSON.stringify({ ...kill, attempt, task })}\n`);
}

/** In a function of the program: told of each moment, it kills the worker at the planned one. */
export class Saboteur {
  private readonly kill: WorkerKill | undefined;
  private readonly attempt: number;
  private readonly task: string;
  private readonly counts = { open: 0, record: 0, snapshot: 0, commit: 0, time: 0 };

  /** @param plans - by attempt */
  constructor(plans: readonly WorkerKill[], task: TaskInfo) {
    this.attempt = task.attemptNumber;
    this.task = subtaskName(task.taskName, task.indexOfThisSubtask);
    const kill = plans[task.attemptNumber];
    const isMine =
      kill !== undefined &&
      kill.way !== 'terminate' &&
      kill.subtask % task.numberOfParallelSubtasks === task.indexOfThisSubtask;
    this.kill = isMine ? kill : undefined;
    if (this.kill?.moment === 'time') {
      // A timer of the runtime's clock would end with the task; this one may find it ended.
      setTimeout(() => this.meet('time'), this.kill.after);
    }
  }

  meet(moment: KillMoment): void {
    const { kill, counts } = this;
    if (kill === undefined || kill.moment !== moment) {
      return;
    }
    counts[moment]++;
    if (moment === 'open' || moment === 'time' || counts[moment] === kill.after) {
      tellKill(kill, this.attempt, this.task);
      carryOut(kill.way);
    }
  }
}

/** Does it here and now; `terminate` can only be done from another thread. */
export function carryOut(way: KillWay): void {
  switch (way) {
    case 'throw':
      throw new Error('sabotage');
    case 'exit':
      process.exit(3);
      break;
    case 'uncaught':
      setImmediate(() => {
        throw new Error('sabotage that nothing catches');
      });
      return;
    case 'rejection':
      void Promise.reject(new Error('sabotage that nothing awaits'));
      return;
    case 'heap': {
      const kept: number[][] = [];
      for (;;) {
        kept.push(Array.from({ length: HEAP_PIECE_ITEMS }, (_, i) => i + 0.5));
      }
    }
    case 'hang':
      for (;;) {
        // As a program that never comes back.
      }
    case 'terminate':
      return;
  }
}
