/** What the rules of checkpointing know of a job. Flink: CheckpointCoordinator, PendingCheckpoint. */
import {
  type CheckpointFailureCount,
  NO_CHECKPOINT_FAILURES,
} from './checkpoint-failure-manager.ts';
import type { CheckpointPlan, CheckpointTask } from './checkpoint-plan.ts';
import type { CheckpointRequest } from './checkpoint-request-decider.ts';

export interface CheckpointProtocolConfig {
  /** `undefined`: only on request. At least the minimum pause. */
  readonly intervalMs: number | undefined;
  readonly minPauseMs: number;
  readonly timeoutMs: number;
  readonly maxConcurrentCheckpoints: number;
  readonly tolerableFailedCheckpoints: number;
  /** False: nothing is triggered once a task has finished. */
  readonly checkpointsAfterTasksFinish: boolean;
}

export interface PendingCheckpointFacts {
  readonly checkpointId: number;
  readonly request: CheckpointRequest;
  readonly plan: CheckpointPlan;
  readonly expiresAt: number;
  /** `preparing`: its place and the sources' coordinators; `acknowledging`; `finalizing`. */
  readonly phase: 'preparing' | 'acknowledging' | 'finalizing';
  readonly notYetAcknowledged: ReadonlySet<string>;
  /** Of those that acknowledged: whose data had ended. */
  readonly atTheirEnd: ReadonlySet<string>;
}

export interface CheckpointProtocolState {
  readonly config: CheckpointProtocolConfig;
  readonly tasks: readonly CheckpointTask[];
  /** `failing-over`: some tasks do not run, the others do. */
  readonly job: 'waiting' | 'running' | 'failing-over' | 'stopped';
  readonly nextCheckpointId: number;
  readonly nextPeriodicAt: number | undefined;
  readonly nextPeriodicRequestId: number;
  readonly queue: readonly CheckpointRequest[];
  /** Ascending ids. */
  readonly pending: readonly PendingCheckpointFacts[];
  readonly finished: ReadonlySet<string>;
  /** They were at their end in a checkpoint that has completed, so they finish by themselves. */
  readonly finishing: ReadonlySet<string>;
  /** Those that do not run while the job is failing over. */
  readonly failed: ReadonlySet<string>;
  /** Until a checkpoint has completed: what was restored is not the job's to build on. */
  readonly forceFullSnapshot: boolean;
  readonly cleaningCheckpoints: number;
  readonly lastCompletionAt: number;
  readonly failures: CheckpointFailureCount;
}

export function initialCheckpointState(options: {
  readonly config: CheckpointProtocolConfig;
  readonly tasks: readonly CheckpointTask[];
  /** The first id that is free. */
  readonly nextCheckpointId: number;
}): CheckpointProtocolState {
  return {
    ...options,
    job: 'waiting',
    nextPeriodicAt: undefined,
    nextPeriodicRequestId: -1,
    queue: [],
    pending: [],
    finished: new Set(),
    finishing: new Set(),
    failed: new Set(),
    forceFullSnapshot: false,
    cleaningCheckpoints: 0,
    lastCompletionAt: -Infinity,
    failures: NO_CHECKPOINT_FAILURES,
  };
}
