/**
 * How much managed memory there is, and what of a slot's each kind of use gets.
 *
 * Flink: TaskExecutorProcessUtils, ManagedMemoryUtils.convertToFractionOfSlot.
 */
import { ConfigError } from '../errors/errors.ts';
import type { Configuration } from './configuration.ts';
import {
  MANAGED_MEMORY_CONSUMER_WEIGHTS,
  MANAGED_MEMORY_FRACTION,
  MANAGED_MEMORY_SIZE,
  TOTAL_FLINK_MEMORY,
} from './task-manager-options.ts';

/** What Flink's local cluster has. */
const LOCAL_MANAGED_MEMORY_BYTES = 128 * 1024 * 1024;

export type ManagedMemoryUse = 'OPERATOR' | 'STATE_BACKEND' | 'PYTHON';

/** Of the whole process, bytes: the size; else the fraction of the memory that is set; else 128 MiB. */
export function managedMemoryBytes(configuration: Configuration): number {
  const size = configuration.get(MANAGED_MEMORY_SIZE);
  if (size !== undefined) {
    return size;
  }
  const flinkMemory = configuration.get(TOTAL_FLINK_MEMORY);
  return flinkMemory === undefined
    ? LOCAL_MANAGED_MEMORY_BYTES
    : Math.floor(flinkMemory * configuration.get(MANAGED_MEMORY_FRACTION));
}

/**
 * The share of a slot's managed memory that one use has among those that are `present` in the slot,
 * 0 to 1.
 *
 * @throws ConfigError `CONFIG_VALUE_INVALID` for weights that are no whole numbers from 0 on
 */
export function managedMemoryShare(
  configuration: Configuration,
  use: ManagedMemoryUse,
  present: readonly ManagedMemoryUse[],
): number {
  const weights = configuration.get(MANAGED_MEMORY_CONSUMER_WEIGHTS);
  const weightOf = (kind: ManagedMemoryUse): number => {
    const text = weights[kind] ?? '0';
    if (!/^\d+$/.test(text.trim())) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `${MANAGED_MEMORY_CONSUMER_WEIGHTS.key} gives ${kind} the weight '${text}'; use a whole number, at least 0`,
      );
    }
    return Number(text);
  };
  const total = present.reduce((sum, kind) => sum + weightOf(kind), 0);
  return total === 0 || !present.includes(use) ? 0 : weightOf(use) / total;
}
