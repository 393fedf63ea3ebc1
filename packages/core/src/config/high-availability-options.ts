/** How a job finds its last completed checkpoint after its process died. Flink: HighAvailabilityOptions. */
import type { ConfigOption } from './config-option.ts';
import { nameOption, stringOption } from './option-builders.ts';

/** The services of Flink that are not there, so that they are refused by their names. */
type FlinkService = 'zookeeper' | 'kubernetes';

export const HA_MODE: ConfigOption<'NONE' | 'filesystem' | FlinkService> = nameOption({
  key: 'high-availability.type',
  defaultValue: 'NONE',
  deprecatedKeys: ['recovery.mode', 'high-availability'],
  description:
    'NONE, or filesystem, which keeps pointers to completed checkpoints in high-availability.storageDir.',
  names: ['NONE', 'filesystem'],
  aliases: { zookeeper: 'zookeeper', kubernetes: 'kubernetes' },
  unsupported: (mode) =>
    mode === 'zookeeper' || mode === 'kubernetes'
      ? "that service is not there; use 'filesystem' with high-availability.storageDir"
      : undefined,
});

export const HA_STORAGE_PATH: ConfigOption<string | undefined> = stringOption({
  key: 'high-availability.storageDir',
  deprecatedKeys: ['high-availability.zookeeper.storageDir', 'recovery.zookeeper.storageDir'],
  description: 'The directory of the pointers to completed checkpoints.',
});

export const HA_CLUSTER_ID: ConfigOption<string> = stringOption({
  key: 'high-availability.cluster-id',
  defaultValue: '/default',
  deprecatedKeys: [
    'high-availability.zookeeper.path.namespace',
    'recovery.zookeeper.path.namespace',
  ],
  description: 'Keeps apart the jobs that share one storage directory.',
});
