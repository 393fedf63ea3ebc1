/** What a task may use of its machine. Flink: TaskManagerOptions, AlgorithmOptions, CoreOptions. */
import type { ConfigOption } from './config-option.ts';
import {
  doubleOption,
  durationOption,
  intOption,
  mapOption,
  memoryOption,
  stringOption,
} from './option-builders.ts';

export const NUM_TASK_SLOTS: ConfigOption<number | undefined> = intOption({
  key: 'taskmanager.numberOfTaskSlots',
  min: 1,
  description:
    'The slots of the process, among which managed memory is dealt out; as many as the job takes unless that is more.',
});

export const TOTAL_FLINK_MEMORY: ConfigOption<number | undefined> = memoryOption({
  key: 'taskmanager.memory.flink.size',
  description: 'The memory of which managed memory is a fraction, where its size is not set.',
});

export const MANAGED_MEMORY_SIZE: ConfigOption<number | undefined> = memoryOption({
  key: 'taskmanager.memory.managed.size',
  deprecatedKeys: ['taskmanager.memory.size'],
  description:
    'Memory of the process for RocksDB and for the sorted inputs of a batch; 128 mb where no fraction can be taken.',
});

export const MANAGED_MEMORY_FRACTION: ConfigOption<number> = doubleOption({
  key: 'taskmanager.memory.managed.fraction',
  defaultValue: 0.4,
  min: 0,
  max: 1,
  description:
    'The share of taskmanager.memory.flink.size that is managed memory, where its size is not set.',
});

export const MANAGED_MEMORY_CONSUMER_WEIGHTS: ConfigOption<Readonly<Record<string, string>>> =
  mapOption({
    key: 'taskmanager.memory.managed.consumer-weights',
    defaultValue: { OPERATOR: '70', STATE_BACKEND: '70', PYTHON: '30' },
    description: 'How a slot’s managed memory is dealt out among the kinds of use that are in it.',
  });

export const SPILLING_MAX_FAN: ConfigOption<number> = intOption({
  key: 'taskmanager.runtime.max-fan',
  defaultValue: 128,
  min: 2,
  description: 'How many files of sorted records are merged at once.',
});

export const TMP_DIRS: ConfigOption<string | undefined> = stringOption({
  key: 'io.tmp.dirs',
  deprecatedKeys: ['taskmanager.tmp.dirs'],
  description:
    'The local folders for files of tasks, between commas or colons; that of the system unless set.',
});

export const TASK_CANCELLATION_TIMEOUT: ConfigOption<number> = durationOption({
  key: 'task.cancellation.timeout',
  defaultValue: 180_000,
  description: 'How long a cancelled task may take to end before its job fails; 0 waits for ever.',
});
