/**
 * What is told about checkpoints: counts, the latest of each kind, and a bounded history.
 *
 * Flink: CheckpointStatsTracker, CheckpointStatsHistory.
 */
import type { OperatorSubtaskState, SnapshotType } from '@millrace/state';
import type { CheckpointMetrics } from './checkpoint-options.ts';
import { type CheckpointSummary, CompletedCheckpointSummary } from './stats-summary.ts';
import { subtaskCheckpointedSizeBytes, subtaskStateSizeBytes } from './subtask-state-size.ts';

export interface SubtaskCheckpointStatistics extends CheckpointMetrics {
  readonly vertexId: string;
  readonly subtask: number;
  readonly acknowledgedAt: number;
  /** Trigger at the coordinator to acknowledgement. */
  readonly endToEndDurationMs: number;
  /** What was written for this checkpoint. Flink: checkpointed_size. */
  readonly checkpointedSizeBytes: number;
  /** All that it holds, also what earlier checkpoints wrote. Flink: state_size. */
  readonly stateSizeBytes: number;
}

export interface CheckpointStatistics {
  readonly checkpointId: number;
  readonly status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly snapshotType: SnapshotType;
  readonly triggeredAt: number;
  readonly latestAckAt: number | undefined;
  readonly endToEndDurationMs: number;
  /** What was written for this checkpoint. Flink: checkpointed_size. */
  readonly checkpointedSizeBytes: number;
  /** All that it holds, also what earlier checkpoints wrote. Flink: state_size. */
  readonly stateSizeBytes: number;
  /** Some task took it unaligned. Flink: the type UNALIGNED_CHECKPOINT. */
  readonly unalignedCheckpoint: boolean;
  /** Of records that tasks processed while barriers were awaited. Flink: processed_data. */
  readonly bytesProcessedDuringAlignment: number;
  /** Of the records in flight that it holds. Flink: persisted_data. */
  readonly bytesPersistedDuringAlignment: number;
  readonly numSubtasks: number;
  /** By vertex id. */
  readonly numSubtasksOf: Readonly<Record<string, number>>;
  readonly subtasks: readonly SubtaskCheckpointStatistics[];
  readonly externalPointer: string | undefined;
  /** Its files are gone, or about to go. */
  readonly discarded: boolean;
  readonly failedAt: number | undefined;
  readonly failureMessage: string | undefined;
}

export interface RestoredCheckpointStatistics {
  readonly checkpointId: number;
  readonly restoredAt: number;
  /** Treated as one: not the job's. Flink: is_savepoint. */
  readonly isSavepoint: boolean;
  /** As which it was taken. */
  readonly takenAs: SnapshotType['kind'];
  readonly stateSizeBytes: number;
  readonly externalPointer: string;
}

/** A savepoint of the job, or what it was restored from: its user alone knows how long it is there. */
export interface KeptSnapshot {
  readonly checkpointId: number;
  readonly kind: SnapshotType['kind'];
  readonly externalPointer: string;
  readonly stateSizeBytes: number;
  /** `undefined` for one that the job was restored from, which does not say it. */
  readonly triggeredAt: number | undefined;
}

export interface CheckpointCounts {
  readonly restored: number;
  readonly total: number;
  readonly inProgress: number;
  readonly completed: number;
  readonly failed: number;
}

/** A picture of one moment. */
export interface CheckpointStatisticsSnapshot {
  readonly counts: CheckpointCounts;
  readonly summary: CheckpointSummary;
  readonly latestCompleted: CheckpointStatistics | undefined;
  readonly latestSavepoint: CheckpointStatistics | undefined;
  readonly latestFailed: CheckpointStatistics | undefined;
  readonly latestRestored: RestoredCheckpointStatistics | undefined;
  /** Newest first. */
  readonly history: readonly CheckpointStatistics[];
  /** However long the history is; the latest of very many. */
  readonly kept: readonly KeptSnapshot[];
}

const KEPT_MAX = 100;

export class CheckpointStatsTracker {
  latestCompleted: CheckpointStatistics | undefined;
  latestSavepoint: CheckpointStatistics | undefined;
  latestFailed: CheckpointStatistics | undefined;
  latestRestored: RestoredCheckpointStatistics | undefined;
  private readonly historySize: number;
  private readonly summary: CompletedCheckpointSummary;
  private readonly byId = new Map<number, CheckpointStatistics>();
  private readonly keptById = new Map<number, KeptSnapshot>();
  private restored = 0;
  private completed = 0;
  private failed = 0;
  private inProgress = 0;
  /** Until something changes. */
  private picture: CheckpointStatisticsSnapshot | undefined;

  /** @param historySize - `web.checkpoints.history`, at least 0 */
  constructor(historySize: number) {
    this.historySize = historySize;
    this.summary = new CompletedCheckpointSummary(historySize);
  }

  /** Newest first. Checkpoints in progress are always there. */
  get history(): readonly CheckpointStatistics[] {
    return [...this.byId.values()].sort((a, b) => b.checkpointId - a.checkpointId);
  }

  get counts(): CheckpointCounts {
    const { restored, completed, failed, inProgress } = this;
    return { restored, total: completed + failed + inProgress, inProgress, completed, failed };
  }

  /** The same one as long as nothing changed. */
  snapshot(): CheckpointStatisticsSnapshot {
    this.picture ??= this.createSnapshot();
    return this.picture;
  }

  reportRestored(statistics: RestoredCheckpointStatistics): void {
    this.picture = undefined;
    this.restored++;
    this.latestRestored = statistics;
    const { checkpointId, takenAs: kind, externalPointer, stateSizeBytes } = statistics;
    if (!this.byId.has(checkpointId) && !this.keptById.has(checkpointId)) {
      this.keep({ checkpointId, kind, externalPointer, stateSizeBytes, triggeredAt: undefined });
    }
  }

  reportTriggered(trigger: {
    readonly checkpointId: number;
    readonly snapshotType: SnapshotType;
    readonly triggeredAt: number;
    readonly numSubtasks: number;
    readonly numSubtasksOf: Readonly<Record<string, number>>;
  }): void {
    this.inProgress++;
    this.put({
      ...trigger,
      status: 'IN_PROGRESS',
      latestAckAt: undefined,
      endToEndDurationMs: 0,
      checkpointedSizeBytes: 0,
      stateSizeBytes: 0,
      unalignedCheckpoint: false,
      bytesProcessedDuringAlignment: 0,
      bytesPersistedDuringAlignment: 0,
      subtasks: [],
      externalPointer: undefined,
      discarded: false,
      failedAt: undefined,
      failureMessage: undefined,
    });
  }

  reportAcknowledged(
    checkpointId: number,
    ack: {
      readonly vertexId: string;
      readonly subtask: number;
      readonly acknowledgedAt: number;
      readonly metrics: CheckpointMetrics;
      readonly states: ReadonlyMap<string, OperatorSubtaskState>;
    },
  ): void {
    const before = this.byId.get(checkpointId);
    if (before?.status !== 'IN_PROGRESS') {
      return;
    }
    const { vertexId, subtask, acknowledgedAt, metrics, states } = ack;
    let checkpointedSizeBytes = 0;
    let stateSizeBytes = 0;
    for (const state of states.values()) {
      checkpointedSizeBytes += subtaskCheckpointedSizeBytes(state);
      stateSizeBytes += subtaskStateSizeBytes(state);
    }
    const sizes = { checkpointedSizeBytes, stateSizeBytes };
    const endToEndDurationMs = Math.max(0, acknowledgedAt - before.triggeredAt);
    this.put({
      ...before,
      latestAckAt: acknowledgedAt,
      endToEndDurationMs,
      checkpointedSizeBytes: before.checkpointedSizeBytes + checkpointedSizeBytes,
      stateSizeBytes: before.stateSizeBytes + stateSizeBytes,
      unalignedCheckpoint: before.unalignedCheckpoint || metrics.unalignedCheckpoint === true,
      bytesProcessedDuringAlignment:
        before.bytesProcessedDuringAlignment + (metrics.bytesProcessedDuringAlignment ?? 0),
      bytesPersistedDuringAlignment:
        before.bytesPersistedDuringAlignment + (metrics.bytesPersistedDuringAlignment ?? 0),
      subtasks: [
        ...before.subtasks,
        { vertexId, subtask, acknowledgedAt, endToEndDurationMs, ...sizes, ...metrics },
      ],
    });
  }

  reportCompleted(checkpointId: number, now: number, externalPointer: string): void {
    const before = this.byId.get(checkpointId);
    if (before?.status !== 'IN_PROGRESS') {
      return;
    }
    const endToEndDurationMs = Math.max(0, now - before.triggeredAt);
    const after = { ...before, status: 'COMPLETED', externalPointer, endToEndDurationMs } as const;
    this.inProgress--;
    this.completed++;
    this.summary.add(after);
    if (after.snapshotType.kind === 'savepoint') {
      const { stateSizeBytes, triggeredAt } = after;
      this.latestSavepoint = after;
      this.keep({ checkpointId, kind: 'savepoint', externalPointer, stateSizeBytes, triggeredAt });
    } else {
      this.latestCompleted = after;
    }
    this.put(after);
  }

  reportFailed(checkpointId: number, now: number, failureMessage: string): void {
    const before = this.byId.get(checkpointId);
    if (before?.status !== 'IN_PROGRESS') {
      return;
    }
    const endToEndDurationMs = Math.max(0, now - before.triggeredAt);
    const after = {
      ...before,
      status: 'FAILED',
      failedAt: now,
      failureMessage,
      endToEndDurationMs,
    } as const;
    this.inProgress--;
    this.failed++;
    this.latestFailed = after;
    this.put(after);
  }

  reportDiscarded(checkpointId: number): void {
    this.picture = undefined;
    this.keptById.delete(checkpointId);
    const before = this.byId.get(checkpointId);
    if (before !== undefined) {
      this.byId.set(checkpointId, { ...before, discarded: true });
    }
    if (this.latestCompleted?.checkpointId === checkpointId) {
      this.latestCompleted = { ...this.latestCompleted, discarded: true };
    }
  }

  private createSnapshot(): CheckpointStatisticsSnapshot {
    const { counts, latestCompleted, latestSavepoint, latestFailed, latestRestored, history } =
      this;
    const summary = this.summary.snapshot();
    return {
      counts,
      summary,
      latestCompleted,
      latestSavepoint,
      latestFailed,
      latestRestored,
      history,
      kept: [...this.keptById.values()],
    };
  }

  private keep(snapshot: KeptSnapshot): void {
    this.keptById.set(snapshot.checkpointId, snapshot);
    const [oldest] = this.keptById.keys();
    if (this.keptById.size > KEPT_MAX && oldest !== undefined) {
      this.keptById.delete(oldest);
    }
  }

  private put(statistics: CheckpointStatistics): void {
    this.picture = undefined;
    this.byId.set(statistics.checkpointId, statistics);
    let surplus = this.byId.size - this.inProgress - this.historySize;
    for (const [id, { status }] of this.byId) {
      if (surplus <= 0) {
        break;
      }
      if (status !== 'IN_PROGRESS') {
        this.byId.delete(id);
        surplus--;
      }
    }
  }
}
