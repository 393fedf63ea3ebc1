/**
 * The checkpoints of a job that are being taken: where each is written, what was handed in for it, and
 * what of it must go when it fails.
 *
 * Invariants:
 * - Metadata is written one checkpoint after the other, so ids complete in order.
 * - A checkpoint that failed leaves no file, also when a task hands its state in afterwards.
 */
import type {
  CheckpointStorage,
  CheckpointStorageLocation,
  OperatorSubtaskState,
} from '@millrace/state';
import { AbortedCheckpoints } from './aborted-checkpoints.ts';
import type { CheckpointIdCounter } from './checkpoint-id-counter.ts';
import {
  checkpointProperties,
  type ExternalizedCheckpointRetention,
} from './checkpoint-properties.ts';
import type { CheckpointDecision } from './checkpoint-protocol-messages.ts';
import type { CheckpointRequest } from './checkpoint-request-decider.ts';
import type { CompletedCheckpoint } from './completed-checkpoint.ts';
import type { CompletedCheckpointStore } from './completed-checkpoint-store.ts';
import { PendingCheckpoint } from './pending-checkpoint.ts';

export interface CheckpointAttemptsOptions {
  readonly storage: CheckpointStorage;
  /** For requests with a target directory. */
  readonly initializeLocationForSavepoint: (
    checkpointId: number,
    request: Pick<CheckpointRequest, 'snapshotType' | 'targetDirectory'>,
  ) => Promise<CheckpointStorageLocation>;
  readonly retention: ExternalizedCheckpointRetention;
  readonly completedStore: CompletedCheckpointStore;
  readonly idCounter: CheckpointIdCounter;
  readonly warn: (message: string) => void;
}

export interface CheckpointAttempt {
  readonly pending: PendingCheckpoint;
  readonly location: Promise<CheckpointStorageLocation>;
  completed: CompletedCheckpoint | undefined;
  failure: unknown;
}

type States = ReadonlyMap<string, OperatorSubtaskState>;

export class CheckpointAttempts {
  private readonly options: CheckpointAttemptsOptions;
  private readonly attempts = new Map<number, CheckpointAttempt>();
  private readonly aborted: AbortedCheckpoints;
  private lastFinalization: Promise<void> = Promise.resolve();

  constructor(options: CheckpointAttemptsOptions) {
    this.options = options;
    this.aborted = new AbortedCheckpoints(options.warn);
  }

  begin({
    checkpointId,
    request,
    plan,
    timestamp,
  }: Extract<CheckpointDecision, { kind: 'prepare' }>): CheckpointAttempt {
    const { storage, idCounter, retention, initializeLocationForSavepoint } = this.options;
    const properties = checkpointProperties(request.snapshotType, retention);
    // The id is taken for good before a file bears it, so no later process uses it again.
    const location = idCounter
      .reserve(checkpointId)
      .then(() =>
        request.targetDirectory === undefined
          ? storage.initializeLocationForCheckpoint(checkpointId)
          : initializeLocationForSavepoint(checkpointId, request),
      );
    const attempt: CheckpointAttempt = {
      pending: new PendingCheckpoint({ checkpointId, timestamp, properties, plan }),
      location,
      completed: undefined,
      failure: undefined,
    };
    this.attempts.set(checkpointId, attempt);
    return attempt;
  }

  /** `undefined` for one that is over. */
  get(checkpointId: number): CheckpointAttempt | undefined {
    return this.attempts.get(checkpointId);
  }

  failureOf(checkpointId: number): unknown {
    return this.aborted.failureOf(checkpointId);
  }

  /** What a task hands in for a checkpoint that goes on. */
  keepState(
    checkpointId: number,
    from: { readonly taskKey: string; readonly operatorsFinished: boolean },
    states: States,
  ): void {
    const { pending } = this.attempts.get(checkpointId)!;
    pending.putTaskState(from.taskKey, states, from.operatorsFinished);
    if (pending.properties.snapshotType.kind === 'checkpoint') {
      this.options.completedStore.acknowledged(checkpointId, states.values());
    }
  }

  /** What a task hands in for a checkpoint that failed before. */
  discardLateState(checkpointId: number, states: States = new Map()): Promise<void> {
    return this.discard(checkpointId, states.values());
  }

  /** Writes the metadata and records the checkpoint. @throws why that failed */
  finalize(attempt: CheckpointAttempt, now: () => number): Promise<void> {
    const finalization = this.lastFinalization.then(() => this.writeCompleted(attempt, now));
    this.lastFinalization = finalization.catch(() => {}); // Who waits for it is told.
    return finalization;
  }

  complete(checkpointId: number): CompletedCheckpoint {
    const { completed } = this.attempts.get(checkpointId)!;
    this.attempts.delete(checkpointId);
    return completed!;
  }

  /** Nothing is kept of it but its place, for what is handed in late. */
  abort(checkpointId: number): CheckpointAttempt {
    const attempt = this.attempts.get(checkpointId)!;
    this.attempts.delete(checkpointId);
    const { location, failure } = attempt;
    this.aborted.add({ checkpointId, location, failure });
    return attempt;
  }

  /** Deletes what was handed in for a checkpoint that was aborted. */
  async discard(checkpointId: number, states: Iterable<OperatorSubtaskState>): Promise<void> {
    const { completedStore } = this.options;
    // One that may be recorded as complete is left for a restart to find.
    if (this.aborted.has(checkpointId) && !completedStore.possiblyRecorded.has(checkpointId)) {
      completedStore.aborted(checkpointId, states);
      await this.aborted.discard(checkpointId);
    }
  }

  private async writeCompleted(attempt: CheckpointAttempt, now: () => number): Promise<void> {
    const { pending } = attempt;
    const location = await attempt.location;
    const completed: CompletedCheckpoint = {
      checkpointId: pending.checkpointId,
      timestamp: pending.timestamp,
      properties: pending.properties,
      location: await location.writeMetadata(pending.metadata()),
      completedAt: now(),
    };
    await this.options.completedStore.add(completed);
    attempt.completed = completed;
  }
}
