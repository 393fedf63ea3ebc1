/** What a task may use of its machine. Flink: TaskManagerOptions, AlgorithmOptions, CoreOptions. */
import type { ConfigOption } from './config-option.ts';
import { durationOption, intOption, memoryOption, stringOption } from './option-builders.ts';

export const MANAGED_MEMORY_SIZE: ConfigOption<number> = memoryOption({
  key: 'taskmanager.memory.managed.size',
  defaultValue: 128 * 1024 * 1024,
  description: 'Memory that the sorted inputs of a batch share; what is over goes to files.',
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
  description: 'The local folder for files of tasks; that of the system unless set.',
});

export const TASK_CANCELLATION_TIMEOUT: ConfigOption<number> = durationOption({
  key: 'task.cancellation.timeout',
  defaultValue: 180_000,
  description: 'How long a cancelled task may take to end before its job fails; 0 waits for ever.',
});
