/** What is told of checkpoints. */
import type {
  CheckpointStatistics,
  CheckpointStatisticsSnapshot,
  JobCheckpointConfiguration,
  JobDetails,
  RestoredCheckpointStatistics,
  StatsSummarySnapshot,
} from '@millrace/runtime';
import type { Static } from 'typebox';
import type { CheckpointType } from './checkpoints-schemas.ts';

type Subtask = CheckpointStatistics['subtasks'][number];
type Summary = Omit<StatsSummarySnapshot, 'count'>;

/** Flink fills these since it has no such figure any more. */
const NO_BUFFERED: Summary = {
  ...{ min: 0, max: 0, avg: 0 },
  ...{ p50: 0, p90: 0, p95: 0, p99: 0, p999: 0 },
};
const NOT_ADDRESSABLE = '<checkpoint-not-externally-addressable>';

export function statisticsAnswer(statistics: CheckpointStatisticsSnapshot) {
  const { counts, summary, latestCompleted, latestSavepoint, latestFailed, latestRestored } =
    statistics;
  return {
    counts: {
      restored: counts.restored,
      total: counts.total,
      in_progress: counts.inProgress,
      completed: counts.completed,
      failed: counts.failed,
    },
    summary: {
      checkpointed_size: { ...summary.checkpointedSizeBytes },
      state_size: { ...summary.stateSizeBytes },
      end_to_end_duration: { ...summary.endToEndDurationMs },
      alignment_buffered: NO_BUFFERED,
      processed_data: { ...summary.bytesProcessedDuringAlignment },
      persisted_data: { ...summary.bytesPersistedDuringAlignment },
    },
    latest: {
      completed: orNull(latestCompleted),
      savepoint: orNull(latestSavepoint),
      failed: orNull(latestFailed),
      restored: latestRestored === undefined ? null : restoredAnswer(latestRestored),
    },
    history: statistics.history.map((checkpoint) => checkpointAnswer(checkpoint, undefined)),
  };
}

/** @param vertices - left out: without what each vertex did, as lists show it */
export function checkpointAnswer(
  checkpoint: CheckpointStatistics,
  vertices: JobDetails['vertices'] | undefined,
) {
  const { snapshotType } = checkpoint;
  const tasks = vertices?.map(
    ({ id, parallelism }) => [id, taskAnswer(checkpoint, id, parallelism)] as const,
  );
  return {
    className: CLASS_NAMES[checkpoint.status],
    id: checkpoint.checkpointId,
    status: checkpoint.status,
    is_savepoint: snapshotType.kind === 'savepoint',
    savepointFormat:
      snapshotType.kind === 'savepoint' ? snapshotType.formatType.toUpperCase() : null,
    trigger_timestamp: checkpoint.triggeredAt,
    latest_ack_timestamp: checkpoint.latestAckAt ?? -1,
    checkpointed_size: checkpoint.checkpointedSizeBytes,
    state_size: checkpoint.stateSizeBytes,
    end_to_end_duration: checkpoint.endToEndDurationMs,
    alignment_buffered: 0,
    processed_data: checkpoint.bytesProcessedDuringAlignment,
    persisted_data: checkpoint.bytesPersistedDuringAlignment,
    num_subtasks: checkpoint.numSubtasks,
    num_acknowledged_subtasks: checkpoint.subtasks.length,
    checkpoint_type: typeOf(checkpoint),
    tasks: Object.fromEntries(tasks ?? []),
    ...endOf(checkpoint),
  };
}

const CLASS_NAMES = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  IN_PROGRESS: 'in_progress',
} as const;

function endOf({
  status,
  externalPointer,
  discarded,
  failedAt,
  failureMessage,
}: CheckpointStatistics) {
  switch (status) {
    case 'COMPLETED':
      return { external_path: externalPointer ?? NOT_ADDRESSABLE, discarded };
    case 'FAILED':
      return { failure_timestamp: failedAt ?? -1, failure_message: failureMessage ?? null };
    default:
      return {};
  }
}

function typeOf({
  snapshotType,
  unalignedCheckpoint,
}: CheckpointStatistics): Static<typeof CheckpointType> {
  if (snapshotType.kind === 'savepoint') {
    return snapshotType.postCheckpointAction === 'none' ? 'SAVEPOINT' : 'SYNC_SAVEPOINT';
  }
  return unalignedCheckpoint ? 'UNALIGNED_CHECKPOINT' : 'CHECKPOINT';
}

/** @param parallelism - of the vertex */
function taskAnswer(checkpoint: CheckpointStatistics, vertexId: string, parallelism: number) {
  const subtasks = checkpoint.subtasks.filter((subtask) => subtask.vertexId === vertexId);
  const sum = (value: (subtask: Subtask) => number) =>
    subtasks.reduce((total, subtask) => total + value(subtask), 0);
  return {
    id: checkpoint.checkpointId,
    status: checkpoint.status,
    latest_ack_timestamp: Math.max(-1, ...subtasks.map(({ acknowledgedAt }) => acknowledgedAt)),
    checkpointed_size: sum(({ checkpointedSizeBytes }) => checkpointedSizeBytes),
    state_size: sum(({ stateSizeBytes }) => stateSizeBytes),
    end_to_end_duration: Math.max(
      -1,
      ...subtasks.map(({ endToEndDurationMs }) => endToEndDurationMs),
    ),
    alignment_buffered: 0,
    processed_data: sum(({ bytesProcessedDuringAlignment = 0 }) => bytesProcessedDuringAlignment),
    persisted_data: sum(({ bytesPersistedDuringAlignment = 0 }) => bytesPersistedDuringAlignment),
    num_subtasks: parallelism,
    num_acknowledged_subtasks: subtasks.length,
  };
}

/** One vertex of a checkpoint with its subtasks. */
export function taskDetailsAnswer(
  checkpoint: CheckpointStatistics,
  vertexId: string,
  parallelism: number,
) {
  const subtasks = checkpoint.subtasks.filter((subtask) => subtask.vertexId === vertexId);
  const over = (value: (subtask: Subtask) => number) => extremes(subtasks.map(value));
  return {
    ...taskAnswer(checkpoint, vertexId, parallelism),
    summary: {
      checkpointed_size: over(({ checkpointedSizeBytes }) => checkpointedSizeBytes),
      state_size: over(({ stateSizeBytes }) => stateSizeBytes),
      end_to_end_duration: over(({ endToEndDurationMs }) => endToEndDurationMs),
      checkpoint_duration: {
        sync: over(({ syncDurationMs }) => syncDurationMs),
        async: over(({ asyncDurationMs }) => asyncDurationMs),
      },
      alignment: {
        buffered: NO_BUFFERED,
        processed: over(({ bytesProcessedDuringAlignment = 0 }) => bytesProcessedDuringAlignment),
        persisted: over(({ bytesPersistedDuringAlignment = 0 }) => bytesPersistedDuringAlignment),
        duration: over(({ alignmentDurationMs }) => alignmentDurationMs),
      },
      start_delay: over(({ startDelayMs }) => startDelayMs),
    },
    subtasks: Array.from({ length: parallelism }, (_, index) => {
      const subtask = subtasks.find((each) => each.subtask === index);
      return subtask === undefined
        ? { className: 'pending' as const, index, status: 'pending_or_failed' }
        : subtaskAnswer(subtask);
    }),
  };
}

function subtaskAnswer(subtask: Subtask) {
  return {
    className: 'completed' as const,
    index: subtask.subtask,
    ack_timestamp: subtask.acknowledgedAt,
    end_to_end_duration: subtask.endToEndDurationMs,
    checkpointed_size: subtask.checkpointedSizeBytes,
    state_size: subtask.stateSizeBytes,
    checkpoint: { sync: subtask.syncDurationMs, async: subtask.asyncDurationMs },
    alignment: {
      buffered: 0,
      processed: subtask.bytesProcessedDuringAlignment ?? 0,
      persisted: subtask.bytesPersistedDuringAlignment ?? 0,
      duration: subtask.alignmentDurationMs,
    },
    start_delay: subtask.startDelayMs,
    unaligned_checkpoint: subtask.unalignedCheckpoint ?? false,
    aborted: false,
    status: 'completed',
  };
}

/** Flink keeps no histogram of a task, and says so by percentiles that are no number. */
function extremes(values: readonly number[]): Summary {
  const nothing = values.length === 0;
  const none = Number.NaN;
  return {
    min: nothing ? 0 : Math.min(...values),
    max: nothing ? 0 : Math.max(...values),
    avg: nothing ? 0 : Math.trunc(values.reduce((sum, value) => sum + value, 0) / values.length),
    ...{ p50: none, p90: none, p95: none, p99: none, p999: none },
  };
}

/** Flink: Long.MAX_VALUE, where no checkpoints are taken but on request. */
const NO_INTERVAL = 2n ** 63n - 1n;

export function checkpointConfigAnswer(settings: JobCheckpointConfiguration) {
  return {
    mode: settings.mode === 'EXACTLY_ONCE' ? ('exactly_once' as const) : ('at_least_once' as const),
    interval: settings.intervalMs ?? NO_INTERVAL,
    timeout: settings.timeoutMs,
    min_pause: settings.minPauseMs,
    max_concurrent: settings.maxConcurrentCheckpoints,
    externalization: {
      enabled: settings.retention !== 'NO_EXTERNALIZED_CHECKPOINTS',
      delete_on_cancellation: settings.retention !== 'RETAIN_ON_CANCELLATION',
    },
    state_backend: settings.stateBackend,
    checkpoint_storage: settings.checkpointStorage,
    unaligned_checkpoints: settings.unalignedCheckpoints,
    tolerable_failed_checkpoints: settings.tolerableFailedCheckpoints,
    aligned_checkpoint_timeout: settings.alignedTimeoutMs,
    checkpoints_after_tasks_finish: settings.checkpointsAfterTasksFinish,
    // There is no changelog backend yet; Flink's defaults.
    state_changelog_enabled: false,
    changelog_periodic_materialization_interval: 600_000,
    changelog_storage: 'memory',
  };
}

function orNull(checkpoint: CheckpointStatistics | undefined) {
  return checkpoint === undefined ? null : checkpointAnswer(checkpoint, undefined);
}

function restoredAnswer(restored: RestoredCheckpointStatistics) {
  return {
    id: restored.checkpointId,
    restore_timestamp: restored.restoredAt,
    is_savepoint: restored.isSavepoint,
    external_path: restored.externalPointer,
  };
}
