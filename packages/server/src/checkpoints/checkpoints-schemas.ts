/** Flink's answers of the same names. */
import { Type } from 'typebox';
import { Double, Int, Long, Nullable, OneOf, WideLong } from '../schema/values.ts';

const Status = OneOf(['IN_PROGRESS', 'COMPLETED', 'FAILED']);

/** Flink's `checkpoint_type`. */
export const CheckpointType = OneOf([
  'CHECKPOINT',
  'UNALIGNED_CHECKPOINT',
  'SAVEPOINT',
  'SYNC_SAVEPOINT',
]);

export const StatsSummaryDto = Type.Object(
  {
    ...{ min: Long(), max: Long(), avg: Long() },
    ...{ p50: Double(), p90: Double(), p95: Double(), p99: Double(), p999: Double() },
  },
  { title: 'StatsSummaryDto' },
);

const TaskFields = {
  id: Long(),
  status: Status,
  latest_ack_timestamp: Long(),
  checkpointed_size: Long(),
  state_size: Long(),
  end_to_end_duration: Long(),
  alignment_buffered: Long(),
  processed_data: Long(),
  persisted_data: Long(),
  num_subtasks: Int(),
  num_acknowledged_subtasks: Int(),
};

const TaskCheckpointStatistics = Type.Object(TaskFields, { title: 'TaskCheckpointStatistics' });

/** Of all three kinds: `className` says which, and which of the last fields are there. */
export const CheckpointStatistics = Type.Object(
  {
    className: OneOf(['completed', 'failed', 'in_progress']),
    id: Long(),
    status: Status,
    is_savepoint: Type.Boolean(),
    savepointFormat: Nullable(Type.String()),
    trigger_timestamp: Long(),
    latest_ack_timestamp: Long(),
    checkpointed_size: Long(),
    state_size: Long(),
    end_to_end_duration: Long(),
    alignment_buffered: Long(),
    processed_data: Long(),
    persisted_data: Long(),
    num_subtasks: Int(),
    num_acknowledged_subtasks: Int(),
    checkpoint_type: CheckpointType,
    tasks: Type.Record(Type.String(), TaskCheckpointStatistics),
    external_path: Type.Optional(Nullable(Type.String())),
    discarded: Type.Optional(Type.Boolean()),
    failure_timestamp: Type.Optional(Long()),
    failure_message: Type.Optional(Nullable(Type.String())),
  },
  { title: 'CheckpointStatistics' },
);

const RestoredCheckpointStatistics = Type.Object(
  {
    id: Long(),
    restore_timestamp: Long(),
    is_savepoint: Type.Boolean(),
    external_path: Nullable(Type.String()),
  },
  { title: 'RestoredCheckpointStatistics' },
);

export const CheckpointingStatistics = Type.Object(
  {
    counts: Type.Object({
      restored: Long(),
      total: Long(),
      in_progress: Int(),
      completed: Long(),
      failed: Long(),
    }),
    summary: Type.Object({
      checkpointed_size: StatsSummaryDto,
      state_size: StatsSummaryDto,
      end_to_end_duration: StatsSummaryDto,
      alignment_buffered: StatsSummaryDto,
      processed_data: StatsSummaryDto,
      persisted_data: StatsSummaryDto,
    }),
    latest: Type.Object({
      completed: Nullable(CheckpointStatistics),
      savepoint: Nullable(CheckpointStatistics),
      failed: Nullable(CheckpointStatistics),
      restored: Nullable(RestoredCheckpointStatistics),
    }),
    history: Type.Array(CheckpointStatistics),
  },
  { title: 'CheckpointingStatistics' },
);

export const CheckpointConfigInfo = Type.Object(
  {
    mode: OneOf(['exactly_once', 'at_least_once']),
    interval: WideLong(),
    timeout: Long(),
    min_pause: Long(),
    max_concurrent: Int(),
    externalization: Type.Object({
      enabled: Type.Boolean(),
      delete_on_cancellation: Type.Boolean(),
    }),
    state_backend: Type.String(),
    checkpoint_storage: Type.String(),
    unaligned_checkpoints: Type.Boolean(),
    tolerable_failed_checkpoints: Int(),
    aligned_checkpoint_timeout: Long(),
    checkpoints_after_tasks_finish: Type.Boolean(),
    state_changelog_enabled: Type.Boolean(),
    changelog_periodic_materialization_interval: Long(),
    changelog_storage: Type.String(),
  },
  { title: 'CheckpointConfigInfo' },
);

const Summary = Type.Object({
  checkpointed_size: StatsSummaryDto,
  state_size: StatsSummaryDto,
  end_to_end_duration: StatsSummaryDto,
  checkpoint_duration: Type.Object({ sync: StatsSummaryDto, async: StatsSummaryDto }),
  alignment: Type.Object({
    buffered: StatsSummaryDto,
    processed: StatsSummaryDto,
    persisted: StatsSummaryDto,
    duration: StatsSummaryDto,
  }),
  start_delay: StatsSummaryDto,
});

const SubtaskCheckpointStatistics = Type.Object(
  {
    className: OneOf(['completed', 'pending']),
    index: Int(),
    ack_timestamp: Type.Optional(Long()),
    end_to_end_duration: Type.Optional(Long()),
    checkpointed_size: Type.Optional(Long()),
    state_size: Type.Optional(Long()),
    checkpoint: Type.Optional(Type.Object({ sync: Long(), async: Long() })),
    alignment: Type.Optional(
      Type.Object({ buffered: Long(), processed: Long(), persisted: Long(), duration: Long() }),
    ),
    start_delay: Type.Optional(Long()),
    unaligned_checkpoint: Type.Optional(Type.Boolean()),
    aborted: Type.Optional(Type.Boolean()),
    status: Type.String(),
  },
  { title: 'SubtaskCheckpointStatistics' },
);

export const TaskCheckpointStatisticsWithSubtaskDetails = Type.Object(
  { ...TaskFields, summary: Summary, subtasks: Type.Array(SubtaskCheckpointStatistics) },
  { title: 'TaskCheckpointStatisticsWithSubtaskDetails' },
);
