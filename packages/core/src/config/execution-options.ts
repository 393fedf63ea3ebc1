/** How a program is executed. Flink: ExecutionOptions, DeploymentOptions. */
import type { ConfigOption } from './config-option.ts';
import { boolOption, enumOption, stringOption } from './option-builders.ts';

export const TARGET: ConfigOption<string> = stringOption({
  key: 'execution.target',
  defaultValue: 'local',
  description: 'The deployment: local runs every subtask on the calling thread.',
  unsupported: (target) =>
    target.toLowerCase() === 'local' ? undefined : 'only the deployment local is there; use it',
});

export const RUNTIME_MODE: ConfigOption<'STREAMING' | 'BATCH' | 'AUTOMATIC'> = enumOption({
  key: 'execution.runtime-mode',
  constants: ['STREAMING', 'BATCH', 'AUTOMATIC'],
  defaultValue: 'STREAMING',
  description: 'Whether the job runs as a stream or as a batch; only STREAMING for now.',
  unsupported: (mode) =>
    mode === 'STREAMING' ? undefined : 'only STREAMING is there; bounded inputs run in it too',
});

export const SNAPSHOT_COMPRESSION: ConfigOption<boolean> = boolOption({
  key: 'execution.checkpointing.snapshot-compression',
  defaultValue: false,
  description: 'Whether full snapshots are compressed; only false for now.',
  unsupported: (enabled) =>
    enabled ? 'compressed snapshots are not there yet; set it to false' : undefined,
});
