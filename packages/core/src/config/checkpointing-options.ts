/** When checkpoints are taken and where they go. Flink: CheckpointingOptions. */
import type { ConfigOption } from './config-option.ts';
import {
  boolOption,
  durationOption,
  enumOption,
  intOption,
  memoryOption,
  nameOption,
  stringOption,
} from './option-builders.ts';

export const CHECKPOINT_STORAGE: ConfigOption<'jobmanager' | 'filesystem' | undefined> = nameOption(
  {
    key: 'execution.checkpointing.storage',
    deprecatedKeys: ['state.checkpoint-storage'],
    names: ['jobmanager', 'filesystem'],
    description:
      'Where checkpoints go: jobmanager or filesystem; unset means filesystem when a checkpoint directory is set, else jobmanager.',
  },
);

export const CHECKPOINTS_DIRECTORY: ConfigOption<string | undefined> = stringOption({
  key: 'execution.checkpointing.dir',
  deprecatedKeys: ['state.checkpoints.dir', 'state.backend.fs.checkpointdir'],
  description:
    'The directory of checkpoint data and metadata (metadata only with the storage jobmanager).',
});

export const SAVEPOINT_DIRECTORY: ConfigOption<string | undefined> = stringOption({
  key: 'execution.checkpointing.savepoint-dir',
  deprecatedKeys: ['state.savepoints.dir', 'savepoints.state.backend.fs.dir'],
  description: 'The directory of savepoints whose trigger names none.',
});

export const CREATE_CHECKPOINT_SUB_DIR: ConfigOption<boolean> = boolOption({
  key: 'execution.checkpointing.create-subdir',
  defaultValue: true,
  deprecatedKeys: ['state.checkpoints.create-subdir'],
  description: 'Whether each job gets a folder of its id below the checkpoint directory.',
});

export const MAX_RETAINED_CHECKPOINTS: ConfigOption<number> = intOption({
  key: 'execution.checkpointing.num-retained',
  defaultValue: 1,
  min: 1,
  deprecatedKeys: ['state.checkpoints.num-retained'],
  description: 'How many completed checkpoints are kept.',
});

export const INCREMENTAL_CHECKPOINTS: ConfigOption<boolean> = boolOption({
  key: 'execution.checkpointing.incremental',
  defaultValue: false,
  deprecatedKeys: ['state.backend.incremental'],
  description:
    'Whether a checkpoint stores only what is new since earlier ones, with a state backend that can.',
});

export const FS_SMALL_FILE_THRESHOLD: ConfigOption<number> = memoryOption({
  key: 'execution.checkpointing.data-inline-threshold',
  defaultValue: 20 * 1024,
  max: 1024 * 1024,
  deprecatedKeys: ['state.storage.fs.memory-threshold', 'state.backend.fs.memory-threshold'],
  description: 'State smaller than this is stored inside the metadata rather than in a file.',
});

export const FS_WRITE_BUFFER_SIZE: ConfigOption<number> = intOption({
  key: 'execution.checkpointing.write-buffer-size',
  defaultValue: 4096,
  min: 0,
  deprecatedKeys: ['state.storage.fs.write-buffer-size', 'state.backend.fs.write-buffer-size'],
  description:
    'The buffer of a checkpoint file in bytes; the larger of this and the inline threshold is used.',
});

export const CHECKPOINTING_INTERVAL: ConfigOption<number | undefined> = durationOption({
  key: 'execution.checkpointing.interval',
  min: 10,
  description: 'The time between two checkpoints; unset means that none are taken.',
});

export const CHECKPOINTING_CONSISTENCY_MODE: ConfigOption<'EXACTLY_ONCE' | 'AT_LEAST_ONCE'> =
  enumOption({
    key: 'execution.checkpointing.mode',
    constants: ['EXACTLY_ONCE', 'AT_LEAST_ONCE'],
    defaultValue: 'EXACTLY_ONCE',
    description: 'Whether tasks align checkpoint barriers (exactly once) or never block for them.',
  });

export const CHECKPOINTING_TIMEOUT: ConfigOption<number> = durationOption({
  key: 'execution.checkpointing.timeout',
  defaultValue: 10 * 60 * 1000,
  min: 10,
  description: 'A checkpoint that takes longer than this is aborted.',
});

export const MIN_PAUSE_BETWEEN_CHECKPOINTS: ConfigOption<number> = durationOption({
  key: 'execution.checkpointing.min-pause',
  defaultValue: 0,
  description: 'The least time between the end of one checkpoint and the start of the next.',
});

export const MAX_CONCURRENT_CHECKPOINTS: ConfigOption<number> = intOption({
  key: 'execution.checkpointing.max-concurrent-checkpoints',
  defaultValue: 1,
  min: 1,
  description: 'How many checkpoints may be in flight at once.',
});

export const TOLERABLE_FAILURE_NUMBER: ConfigOption<number> = intOption({
  key: 'execution.checkpointing.tolerable-failed-checkpoints',
  defaultValue: 0,
  min: 0,
  description: 'How many checkpoints in a row may fail before the job fails over.',
});

export const EXTERNALIZED_CHECKPOINT_RETENTION: ConfigOption<
  'DELETE_ON_CANCELLATION' | 'RETAIN_ON_CANCELLATION' | 'NO_EXTERNALIZED_CHECKPOINTS'
> = enumOption({
  key: 'execution.checkpointing.externalized-checkpoint-retention',
  constants: ['DELETE_ON_CANCELLATION', 'RETAIN_ON_CANCELLATION', 'NO_EXTERNALIZED_CHECKPOINTS'],
  defaultValue: 'NO_EXTERNALIZED_CHECKPOINTS',
  description:
    'Which checkpoints outlive the job: none, those of a failed job, or those of a cancelled one too.',
});

export const ENABLE_CHECKPOINTS_AFTER_TASKS_FINISH: ConfigOption<boolean> = boolOption({
  key: 'execution.checkpointing.checkpoints-after-tasks-finish',
  defaultValue: true,
  deprecatedKeys: ['execution.checkpointing.checkpoints-after-tasks-finish.enabled'],
  description: 'Whether checkpoints go on when some tasks have finished.',
});

export const ENABLE_UNALIGNED: ConfigOption<boolean> = boolOption({
  key: 'execution.checkpointing.unaligned.enabled',
  defaultValue: false,
  deprecatedKeys: ['execution.checkpointing.unaligned'],
  description:
    'Whether barriers overtake records in flight, which the checkpoint then holds; only exactly once, with one checkpoint at a time.',
});

export const ALIGNED_CHECKPOINT_TIMEOUT: ConfigOption<number> = durationOption({
  key: 'execution.checkpointing.aligned-checkpoint-timeout',
  defaultValue: 0,
  deprecatedKeys: ['execution.checkpointing.alignment-timeout'],
  description:
    'With unaligned checkpoints, how long after its trigger a barrier keeps its place before it overtakes; 0 overtakes from the start.',
});

export const FORCE_UNALIGNED: ConfigOption<boolean> = boolOption({
  key: 'execution.checkpointing.unaligned.forced',
  defaultValue: false,
  description:
    'Whether unaligned checkpoints are taken also with partitioners of the program, which may send records in flight elsewhere after a change of parallelism.',
});

export const UNALIGNED_MAX_SUBTASKS_PER_CHANNEL_STATE_FILE: ConfigOption<number> = intOption({
  key: 'execution.checkpointing.unaligned.max-subtasks-per-channel-state-file',
  defaultValue: 5,
  min: 1,
  description:
    'How many subtasks may share a file of records in flight at most; each writes one of its own, and small ones go into the metadata.',
});

export const ENABLE_UNALIGNED_INTERRUPTIBLE_TIMERS: ConfigOption<boolean> = boolOption({
  key: 'execution.checkpointing.unaligned.interruptible-timers.enabled',
  defaultValue: false,
  description:
    'Whether a checkpoint may come between timers that fire at one watermark; only false for now.',
  unsupported: (enabled) =>
    enabled
      ? 'timers that fire at one watermark cannot be interrupted yet; set it to false'
      : undefined,
});

export const LOCAL_BACKUP_ENABLED: ConfigOption<boolean> = boolOption({
  key: 'execution.checkpointing.local-backup.enabled',
  defaultValue: false,
  deprecatedKeys: ['state.backend.local-recovery'],
  fallbackKeys: ['execution.state-recovery.from-local'],
  description:
    'Whether the files of the last checkpoints of RocksDB also stay on the local disk, by hard links.',
});

export const LOCAL_BACKUP_DIRS: ConfigOption<string | undefined> = stringOption({
  key: 'execution.checkpointing.local-backup.dirs',
  deprecatedKeys: ['taskmanager.state.local.root-dirs'],
  description:
    'The folders of those files, on the disks of state.backend.rocksdb.localdir; beside the databases unless set.',
});
