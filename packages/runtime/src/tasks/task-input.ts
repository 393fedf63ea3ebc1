/** Where a task's records come from: a source reader, or channels from other tasks. */
import type { CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';

/** What a batch of input came to. */
export type BatchResult =
  /** There may be more at once. */
  | 'more-available'
  /** The input wakes the task when there is more. */
  | 'nothing-available'
  /** No record follows. */
  | 'end-of-data';

export interface TaskInput {
  /** False while there is nothing to read. */
  readonly isAvailable: boolean;
  /** What comes from the slot of the task is older, in event time, than what comes from others. */
  readonly isSlotBehind: boolean;
  /** Processes at most `maxRecords` records; returns early at an event that needs the task. */
  processBatch(maxRecords: number): BatchResult;
  /** The coordinator gave a checkpoint up: no channel waits for its barrier any more. */
  checkpointAborted(checkpointId: number): void;
  /**
   * What is left in the channels of a task that nothing feeds any more is overtaken by the barrier.
   *
   * @returns false where there is no such thing
   */
  overtakeAll?(barrier: CheckpointBarrier): boolean;
  /** True when the data was ended so that the job stops: the end waits for a savepoint. */
  readonly awaitsSavepoint: boolean;
  /** Frees what the input holds; may be called twice. */
  close(): void;
  /** Event time that the input has reached. */
  readonly currentWatermark: number;
}
