/** How a program is executed. Flink: ExecutionOptions, DeploymentOptions. */
import type { ConfigOption } from './config-option.ts';
import { boolOption, durationOption, enumOption } from './option-builders.ts';

export const TARGET: ConfigOption<'local' | 'threads'> = enumOption({
  key: 'execution.target',
  constants: ['local', 'threads'],
  defaultValue: 'local',
  description:
    'The deployment: local runs every subtask on the calling thread, threads each slot on a worker thread of its own.',
});

export const RUNTIME_MODE: ConfigOption<'STREAMING' | 'BATCH' | 'AUTOMATIC'> = enumOption({
  key: 'execution.runtime-mode',
  constants: ['STREAMING', 'BATCH', 'AUTOMATIC'],
  defaultValue: 'STREAMING',
  description:
    'Whether the job runs as a stream or, with bounded inputs only, as a batch; AUTOMATIC means BATCH when all sources are bounded.',
});

export const SORT_INPUTS: ConfigOption<boolean> = boolOption({
  key: 'execution.sorted-inputs.enabled',
  defaultValue: true,
  description: 'Whether a batch sorts the inputs of operators with keys, key after key.',
});

export const USE_BATCH_STATE_BACKEND: ConfigOption<boolean> = boolOption({
  key: 'execution.batch-state-backend.enabled',
  defaultValue: true,
  description:
    'Whether a batch keeps the state and timers of one key at a time; needs sorted inputs.',
});

export const BUFFER_TIMEOUT_ENABLED: ConfigOption<boolean> = boolOption({
  key: 'execution.buffer-timeout.enabled',
  defaultValue: true,
  description:
    'Whether buffers between tasks are sent before they are full; local has none, so there it says nothing.',
});

export const BUFFER_TIMEOUT: ConfigOption<number> = durationOption({
  key: 'execution.buffer-timeout.interval',
  defaultValue: 100,
  deprecatedKeys: ['execution.buffer-timeout'],
  description:
    'How long records wait in a buffer that is not full; local has none, so there it says nothing.',
});

export const SNAPSHOT_COMPRESSION: ConfigOption<boolean> = boolOption({
  key: 'execution.checkpointing.snapshot-compression',
  defaultValue: false,
  description:
    'Whether the state in checkpoints and savepoints is compressed (snappy); files of RocksDB have a compression of their own.',
});
