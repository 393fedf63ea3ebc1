/**
 * The memory that the backends of a slot, or of the process, share.
 *
 * Invariant: what all holders of one memory may take together is its budget.
 *
 * Flink: RocksDBOperationUtils.allocateSharedCachesIfConfigured, RocksDBSharedResources.
 */
import { randomUUID } from 'node:crypto';
import {
  ConfigError,
  type Configuration,
  managedMemoryBytes,
  RocksDBOptions,
} from '@millrace/core';
import type { StateBackendSlot } from '@millrace/state';
import type { NativeAddon, NativeSharedMemory } from '../binding/native-addon.ts';
import { type MemoryPlan, planMemory } from './memory-arithmetic.ts';
import type { MemorySettings } from './memory-configuration.ts';

export interface SlotMemory {
  /** `undefined` where each state has a block cache and write buffers of its own. */
  readonly plan: MemoryPlan | undefined;
  readonly shared: NativeSharedMemory | undefined;
  /** Of one holder; less when others come. */
  readonly valueCacheBytes: number;
  release(): void;
}

export interface MemoryBudget {
  /** Those of one name share. */
  readonly name: string;
  /** `undefined`: none is shared. */
  readonly bytes: number | undefined;
}

/** Fixed for the slot, else managed, else fixed for the process, else none. */
export function memoryBudget(
  settings: MemorySettings,
  slot: StateBackendSlot | undefined,
  configuration: Configuration,
): MemoryBudget {
  const name = `slot ${slot?.id ?? randomUUID()}`;
  if (settings.fixedPerSlotBytes !== undefined) {
    return { name, bytes: settings.fixedPerSlotBytes };
  }
  if (settings.useManagedMemory) {
    const bytes = slot?.managedMemoryBytes ?? managedMemoryBytes(configuration);
    if (bytes <= 0) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `${RocksDBOptions.USE_MANAGED_MEMORY.key} is true, but the slot has no managed memory for state ` +
          'backends; set taskmanager.memory.managed.size, or ' +
          `${RocksDBOptions.FIX_PER_SLOT_MEMORY_SIZE.key}, or set it to false`,
      );
    }
    return { name, bytes };
  }
  return settings.fixedPerTaskManagerBytes === undefined
    ? { name, bytes: undefined }
    : { name: 'process', bytes: settings.fixedPerTaskManagerBytes };
}

/** How many hold the memory of a name. Of this thread, as all subtasks of a slot are. */
const holders = new Map<string, number>();

/** Release it. */
export function acquireSlotMemory(
  addon: Pick<NativeAddon, 'acquireSharedMemory'>,
  budget: MemoryBudget,
  settings: MemorySettings,
): SlotMemory {
  const { name, bytes } = budget;
  const plan = bytes === undefined ? undefined : planMemory(bytes, settings);
  const shared = plan === undefined ? undefined : addon.acquireSharedMemory(name, plan);
  const valueCacheOfAll =
    plan?.valueCacheBytes ?? (settings.valueCacheRatio === 0 ? 0 : settings.valueCacheBytes);
  holders.set(name, (holders.get(name) ?? 0) + 1);
  let held = true;
  return {
    plan,
    shared,
    get valueCacheBytes() {
      return Math.floor(valueCacheOfAll / (holders.get(name) ?? 1));
    },
    release() {
      if (!held) {
        return;
      }
      held = false;
      const left = (holders.get(name) as number) - 1;
      if (left === 0) {
        holders.delete(name);
      } else {
        holders.set(name, left);
      }
      shared?.release();
    },
  };
}
