/**
 * What a worker thread knows of itself: that it is a TaskManager of a job, and of which one.
 *
 * It is found by a symbol of the thread, as the program may bring a copy of its own of this module.
 *
 * Invariant: `nextJob` counts the `execute()` calls of the program, as the main thread counts them.
 */
import { availableParallelism } from 'node:os';
import { isMainThread, workerData } from 'node:worker_threads';
import { EarlyOutput } from './early-output.ts';
import type { FromTaskManager, TaskManagerStart } from './worker-messages.ts';

/** Where the start of a worker is in its `workerData`. */
export const TASK_MANAGER = 'millrace.taskManager';
const KEY = Symbol.for(TASK_MANAGER);

export class TaskManagerThread {
  readonly start: TaskManagerStart;
  readonly earlyOutput: EarlyOutput;
  private jobs = 0;

  constructor(start: TaskManagerStart) {
    this.start = start;
    this.earlyOutput = new EarlyOutput((text) => this.send({ kind: 'early-stderr', text }));
  }

  /** How many processors programs go by. */
  get processors(): number {
    return this.start.processors;
  }

  /** Index of the job that an `execute()` begins. */
  nextJob(): number {
    return this.jobs++;
  }

  send(message: FromTaskManager): void {
    this.start.port.postMessage(message);
  }
}

const registry = globalThis as unknown as Record<symbol, TaskManagerThread | undefined>;

/** `undefined` in the main thread, and in worker threads of the program's own. */
export function taskManagerOfThread(): TaskManagerThread | undefined {
  const start: TaskManagerStart | undefined = isMainThread ? undefined : workerData?.[TASK_MANAGER];
  if (start !== undefined) {
    registry[KEY] ??= new TaskManagerThread(start);
  }
  return registry[KEY];
}

export function processorsOfProgram(): number {
  // A worker is told: the processors that a process may use can change while it runs.
  return taskManagerOfThread()?.processors ?? availableParallelism();
}

// As early as this module is loaded: what the program writes from now on was written already.
taskManagerOfThread();
