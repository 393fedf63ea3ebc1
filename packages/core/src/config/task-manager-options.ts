/** What a task may use of its machine. Flink: TaskManagerOptions, AlgorithmOptions, CoreOptions. */
import type { ConfigOption } from './config-option.ts';
import {
  boolOption,
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
    'The slots of the process, among which managed memory is dealt out: on local as many as the job takes unless this is more, on threads the most worker threads that a job may take.',
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

export const MEMORY_SEGMENT_SIZE: ConfigOption<number> = memoryOption({
  key: 'taskmanager.memory.segment-size',
  defaultValue: 32 * 1024,
  min: 4096,
  max: 2 ** 26,
  description:
    'The size of a buffer between tasks of different slots, a power of two; longer records take several.',
});

export const MIN_MEMORY_SEGMENT_SIZE: ConfigOption<number> = memoryOption({
  key: 'taskmanager.memory.min-segment-size',
  defaultValue: 256,
  min: 64,
  description: 'The smallest buffer that buffer debloating may ask for.',
});

export const NETWORK_MEMORY_FRACTION: ConfigOption<number> = doubleOption({
  key: 'taskmanager.memory.network.fraction',
  defaultValue: 0.1,
  min: 0,
  max: 1,
  deprecatedKeys: ['taskmanager.network.memory.fraction'],
  description:
    'The share of taskmanager.memory.flink.size, where that is set, for buffers between the slots of the process.',
});

export const NETWORK_MEMORY_MIN: ConfigOption<number> = memoryOption({
  key: 'taskmanager.memory.network.min',
  defaultValue: 64 * 1024 * 1024,
  deprecatedKeys: ['taskmanager.network.memory.min'],
  description:
    'The least memory for buffers between slots; all of it where taskmanager.memory.flink.size is not set.',
});

export const NETWORK_MEMORY_MAX: ConfigOption<number | undefined> = memoryOption({
  key: 'taskmanager.memory.network.max',
  deprecatedKeys: ['taskmanager.network.memory.max'],
  description: 'The most memory for buffers between slots; no limit unless set.',
});

export const BUFFER_DEBLOAT_ENABLED: ConfigOption<boolean> = boolOption({
  key: 'taskmanager.network.memory.buffer-debloat.enabled',
  defaultValue: false,
  description:
    'Whether receivers ask for smaller buffers where they are slow, so that less data is in flight.',
});

export const BUFFER_DEBLOAT_PERIOD: ConfigOption<number> = durationOption({
  key: 'taskmanager.network.memory.buffer-debloat.period',
  defaultValue: 200,
  min: 1,
  description: 'How often the size of buffers is computed anew.',
});

export const BUFFER_DEBLOAT_TARGET: ConfigOption<number> = durationOption({
  key: 'taskmanager.network.memory.buffer-debloat.target',
  defaultValue: 1000,
  min: 1,
  description: 'How long a receiver should take for the data that is in flight to it.',
});

export const BUFFER_DEBLOAT_SAMPLES: ConfigOption<number> = intOption({
  key: 'taskmanager.network.memory.buffer-debloat.samples',
  defaultValue: 20,
  min: 1,
  description: 'Over how many periods the size of buffers is smoothed.',
});

export const BUFFER_DEBLOAT_THRESHOLD_PERCENTAGES: ConfigOption<number> = intOption({
  key: 'taskmanager.network.memory.buffer-debloat.threshold-percentages',
  defaultValue: 25,
  min: 0,
  max: 100,
  description: 'By how much the size of buffers must have changed before senders are told.',
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

export const TASK_HEAP_MEMORY: ConfigOption<number | undefined> = memoryOption({
  key: 'taskmanager.memory.task.heap.size',
  min: 32 * 1024 * 1024, // With less V8 may end the process before the program is loaded.
  description:
    'The JavaScript heap of a worker thread; one that needs more is replaced and the job restarts. That of the process unless set.',
});

export const REGISTRATION_TIMEOUT: ConfigOption<number> = durationOption({
  key: 'taskmanager.registration.timeout',
  defaultValue: 300_000,
  deprecatedKeys: ['taskmanager.maxRegistrationDuration'],
  min: 1,
  description: 'How long a worker thread may take from its start to the execute() of its job.',
});
