/** What the checkpoint protocol is told, and what it answers. Plain values. */
import type { SnapshotType } from '@millrace/state';
import type { CheckpointFailureReason } from './checkpoint-failure-manager.ts';
import type { CheckpointPlan, CheckpointTask } from './checkpoint-plan.ts';
import type { CheckpointRequest } from './checkpoint-request-decider.ts';

/** A fact, at `now` milliseconds. */
export type CheckpointEvent = { readonly now: number } & (
  | { readonly kind: 'time-reached' }
  | { readonly kind: 'requested'; readonly request: CheckpointRequest }
  /** The checkpoint's place is made and the sources' coordinators gave their state. */
  | { readonly kind: 'prepared'; readonly checkpointId: number }
  | {
      readonly kind: 'preparation-failed';
      readonly checkpointId: number;
      readonly reason: CheckpointFailureReason;
    }
  | {
      readonly kind: 'acknowledged';
      readonly checkpointId: number;
      readonly taskKey: string;
      /** Its data had ended: once the checkpoint completes, the task finishes. */
      readonly operatorsFinished: boolean;
    }
  | {
      readonly kind: 'declined';
      readonly checkpointId: number;
      readonly taskKey: string;
      readonly reason: CheckpointFailureReason;
    }
  /** The metadata is written and the checkpoint is among the completed ones. */
  | { readonly kind: 'finalized'; readonly checkpointId: number }
  | {
      readonly kind: 'finalize-failed';
      readonly checkpointId: number;
      readonly reason: CheckpointFailureReason;
    }
  | {
      /** All tasks run, or had finished before the checkpoint that was restored. */
      readonly kind: 'job-running';
      readonly finishedTaskKeys: readonly string[];
      /** All of the job, where it runs at another parallelism than before. */
      readonly tasks?: readonly CheckpointTask[] | undefined;
      /** In `[0, 1)`; chooses the first trigger between minimum pause and interval. */
      readonly random: number;
      /** What was restored stays the user's: no checkpoint may build on it. */
      readonly restoredUnclaimed: boolean;
    }
  /** Tasks fail or restart; `job-running` may follow. */
  | { readonly kind: 'job-suspended' }
  /** Some tasks fail and the others go on; `job-running` follows when all run again. */
  | { readonly kind: 'region-failed'; readonly taskKeys: readonly string[] }
  | { readonly kind: 'job-stopped' }
  /** The job is about to stop: only what is asked for from now on is taken. */
  | { readonly kind: 'periodic-paused' }
  /** The job did not stop. */
  | { readonly kind: 'periodic-resumed'; readonly random: number }
  | { readonly kind: 'task-finished'; readonly taskKey: string }
  | { readonly kind: 'cleaning-changed'; readonly cleaningCheckpoints: number }
);

export type CheckpointDecision =
  | {
      /** Make its place, ask the sources' coordinators; answer `prepared`. */
      readonly kind: 'prepare';
      readonly checkpointId: number;
      readonly request: CheckpointRequest;
      readonly plan: CheckpointPlan;
      readonly timestamp: number;
    }
  | {
      readonly kind: 'trigger';
      readonly checkpointId: number;
      /** For the barrier: full, where that is forced; the metadata has what was asked for. */
      readonly snapshotType: SnapshotType;
      readonly tasks: readonly CheckpointTask[];
    }
  | { readonly kind: 'keep-state'; readonly checkpointId: number; readonly taskKey: string }
  | { readonly kind: 'discard-late-state'; readonly checkpointId: number; readonly taskKey: string }
  /** Write the metadata; answer `finalized`. */
  | { readonly kind: 'finalize'; readonly checkpointId: number }
  | {
      readonly kind: 'complete';
      readonly checkpointId: number;
      readonly requestId: number;
      readonly tasksToNotify: readonly CheckpointTask[];
    }
  | {
      /** Remove everything that belongs to it. */
      readonly kind: 'abort';
      readonly checkpointId: number;
      readonly reason: CheckpointFailureReason;
      readonly tasksToNotify: readonly CheckpointTask[];
    }
  | {
      readonly kind: 'refuse';
      readonly requestId: number;
      /** When it had begun. */
      readonly checkpointId: number | undefined;
      readonly reason: CheckpointFailureReason;
    }
  | {
      readonly kind: 'fail-job';
      readonly checkpointId: number;
      readonly reason: CheckpointFailureReason;
    };
