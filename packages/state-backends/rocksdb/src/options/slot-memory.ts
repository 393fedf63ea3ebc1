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
  /** Told of each change of `valueCacheBytes` until `release`. */
  onValueCacheBytes(listener: (bytes: number) => void): void;
  release(): void;
}

export interface MemoryBudget {
  /** Those of one name share, where their settings are the same. */
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

/** Jobs of one process may differ in their settings: each then shares with its like alone. */
function nameOf({ name }: MemoryBudget, plan: MemoryPlan | undefined): string {
  if (plan === undefined) {
    return name;
  }
  const { cacheBytes, writeBufferBytes, highPriorityPoolRatio, valueCacheBytes } = plan;
  return `${name} ${cacheBytes} ${writeBufferBytes} ${highPriorityPoolRatio} ${valueCacheBytes}`;
}

interface Holder {
  listener: (bytes: number) => void;
}

/** Who holds the memory of a name. Of this thread, as all subtasks of a slot are. */
const holdersOf = new Map<string, Set<Holder>>();

/** Release it. */
export function acquireSlotMemory(
  addon: Pick<NativeAddon, 'acquireSharedMemory'>,
  budget: MemoryBudget,
  settings: MemorySettings,
): SlotMemory {
  const { bytes } = budget;
  const plan = bytes === undefined ? undefined : planMemory(bytes, settings);
  const name = nameOf(budget, plan);
  const shared = plan === undefined ? undefined : addon.acquireSharedMemory(name, plan);
  const valueCacheOfAll =
    plan?.valueCacheBytes ?? (settings.valueCacheRatio === 0 ? 0 : settings.valueCacheBytes);
  const holders = holdersOf.get(name) ?? new Set();
  holdersOf.set(name, holders);
  const holder: Holder = { listener: () => {} };
  const share = (): number => Math.floor(valueCacheOfAll / Math.max(1, holders.size));
  const tellAll = (): void => {
    for (const each of holders) {
      each.listener(share());
    }
  };
  holders.add(holder);
  tellAll();
  return {
    plan,
    shared,
    get valueCacheBytes() {
      return share();
    },
    onValueCacheBytes(listener) {
      holder.listener = listener;
    },
    release() {
      if (!holders.delete(holder)) {
        return;
      }
      if (holders.size === 0) {
        holdersOf.delete(name);
      }
      tellAll();
      shared?.release();
    },
  };
}
