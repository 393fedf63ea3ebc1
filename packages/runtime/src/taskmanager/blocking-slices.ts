/**
 * Warns of a slice that kept the thread of its tasks for seconds, once it is over: on `local` nobody else
 * watches that thread. A worker thread is watched from outside, while the slice runs.
 *
 * Invariant: what comes again is told once; the next warning of a task is of twice that time.
 */
import type { ErrorCode } from '@millrace/core';
import type { StreamTask } from '../tasks/stream-task.ts';
import { describeSubtask } from '../tasks/task-deployment.ts';

const BLOCKED: ErrorCode = 'TASK_BLOCKS_THREAD';
/** No slice that is shorter is of interest. */
export const BLOCKING_MS = 2000;

export class BlockingSlices {
  private readonly warn: (message: string) => void;
  private readonly warnFromMs = new Map<StreamTask, number>();

  constructor(warn: (message: string) => void) {
    this.warn = warn;
  }

  /** @param elapsedMs - `BLOCKING_MS` or more */
  observe(task: StreamTask, elapsedMs: number): void {
    if (elapsedMs >= (this.warnFromMs.get(task) ?? BLOCKING_MS)) {
      this.warnFromMs.set(task, 2 * elapsedMs);
      this.warn(
        `${BLOCKED}: a function of ${describeSubtask(task.deployment)} blocked the thread of all tasks for ` +
          `${Math.round(elapsedMs / 1000)} s: no record, timer or checkpoint went on meanwhile; let the ` +
          'function return, and wait for what takes long with an AsyncFunction, or set execution.target: threads',
      );
    }
  }
}
