/**
 * A frame of the stack for each task, so that samples of a thread tell which task they found.
 *
 * Invariant: the frame is there in optimized code too: V8 does not inline so large a function.
 */
import { compileFunction } from 'node:vm';
import type { StreamTask } from '../tasks/stream-task.ts';

export type RunSlice = (task: StreamTask, records: number) => void;

export interface TaskOfJob {
  readonly jobId: string;
  readonly vertexId: string;
  readonly subtask: number;
}

/** The script that the frame of a task is in. */
export function taskFrameName({ jobId, vertexId, subtask }: TaskOfJob): string {
  return `millrace-task:${jobId}/${vertexId}/${subtask}`;
}

const SLICE = 'task.runSlice(records);';
const NEVER_RUN = SLICE.repeat(100); // About 1 KB of bytecode; what is inlined has at most 460 bytes.

/** Runs slices of that task. */
export function taskFrame(task: TaskOfJob): RunSlice {
  const body = `if (task === undefined) {${NEVER_RUN}} ${SLICE}`;
  return compileFunction(body, ['task', 'records'], { filename: taskFrameName(task) }) as RunSlice;
}
