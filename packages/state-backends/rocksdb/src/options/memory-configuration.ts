/**
 * What the program says of the memory of RocksDB; the configuration says the rest.
 *
 * Flink: RocksDBMemoryConfiguration.
 */
import { ConfigError, type Configuration, parseMemorySize, RocksDBOptions } from '@millrace/core';

/** All of it, decided. */
export interface MemorySettings {
  readonly useManagedMemory: boolean;
  readonly fixedPerSlotBytes: number | undefined;
  readonly fixedPerTaskManagerBytes: number | undefined;
  /** Above 0, below 1. */
  readonly writeBufferRatio: number;
  /** Above 0, below 1. */
  readonly highPriorityPoolRatio: number;
  /** `undefined`: where a whole index is too large for the cache. */
  readonly usePartitionedIndexFilters: boolean | undefined;
  /** 0 to 0.9, of the budget. */
  readonly valueCacheRatio: number;
  /** Of a slot without a budget. */
  readonly valueCacheBytes: number;
}

export class RocksDBMemoryConfiguration {
  /** Unset fields are the configuration's. */
  useManagedMemory: boolean | undefined;
  private fixed: number | undefined;
  private writeBuffers: number | undefined;
  private highPriority: number | undefined;

  get fixedMemoryPerSlotBytes(): number | undefined {
    return this.fixed;
  }

  /**
   * @param size - bytes, or text such as `128 mb`
   * @throws ConfigError `CONFIG_VALUE_INVALID`
   */
  setFixedMemoryPerSlot(size: number | string): this {
    const bytes = typeof size === 'number' ? size : parseMemorySize(size);
    if (bytes === undefined || !Number.isSafeInteger(bytes) || bytes <= 0) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `setFixedMemoryPerSlot was given '${size}'; use a size above 0, such as '128 mb'`,
      );
    }
    this.fixed = bytes;
    return this;
  }

  get writeBufferRatio(): number | undefined {
    return this.writeBuffers;
  }

  /** @param ratio - above 0, below 1 @throws ConfigError `CONFIG_VALUE_INVALID` */
  setWriteBufferRatio(ratio: number): this {
    this.writeBuffers = betweenZeroAndOne('setWriteBufferRatio was given', ratio);
    return this;
  }

  get highPriorityPoolRatio(): number | undefined {
    return this.highPriority;
  }

  /** @param ratio - above 0, below 1 @throws ConfigError `CONFIG_VALUE_INVALID` */
  setHighPriorityPoolRatio(ratio: number): this {
    this.highPriority = betweenZeroAndOne('setHighPriorityPoolRatio was given', ratio);
    return this;
  }

  /**
   * With the configuration for what is not set here.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID`, also where write buffers and index leave the cache no room
   */
  resolve(configuration: Configuration): MemorySettings {
    const { WRITE_BUFFER_RATIO, HIGH_PRIORITY_POOL_RATIO } = RocksDBOptions;
    const writeBufferRatio =
      this.writeBuffers ??
      betweenZeroAndOne(`${WRITE_BUFFER_RATIO.key} is`, configuration.get(WRITE_BUFFER_RATIO));
    const highPriorityPoolRatio =
      this.highPriority ??
      betweenZeroAndOne(
        `${HIGH_PRIORITY_POOL_RATIO.key} is`,
        configuration.get(HIGH_PRIORITY_POOL_RATIO),
      );
    refuseFullCache(writeBufferRatio, highPriorityPoolRatio);
    return {
      useManagedMemory:
        this.useManagedMemory ?? configuration.get(RocksDBOptions.USE_MANAGED_MEMORY),
      fixedPerSlotBytes: this.fixed ?? configuration.get(RocksDBOptions.FIX_PER_SLOT_MEMORY_SIZE),
      fixedPerTaskManagerBytes: configuration.get(RocksDBOptions.FIX_PER_TM_MEMORY_SIZE),
      writeBufferRatio,
      highPriorityPoolRatio,
      usePartitionedIndexFilters: configuration.getOptional(
        RocksDBOptions.USE_PARTITIONED_INDEX_FILTERS,
      ),
      valueCacheRatio: configuration.get(RocksDBOptions.VALUE_CACHE_RATIO),
      valueCacheBytes: configuration.get(RocksDBOptions.VALUE_CACHE_SIZE),
    };
  }

  copy(): RocksDBMemoryConfiguration {
    return Object.assign(new RocksDBMemoryConfiguration(), this);
  }
}

function betweenZeroAndOne(what: string, ratio: number): number {
  if (!(ratio > 0 && ratio < 1)) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${what} ${ratio}; use a number above 0 and below 1`,
    );
  }
  return ratio;
}

/** Write buffers, which are charged to the cache, and its part for indexes must leave room for data. */
function refuseFullCache(writeBufferRatio: number, highPriorityPoolRatio: number): void {
  const taken = (2 * writeBufferRatio) / (3 - writeBufferRatio) + highPriorityPoolRatio;
  if (taken >= 1) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${RocksDBOptions.WRITE_BUFFER_RATIO.key} ${writeBufferRatio} and ` +
        `${RocksDBOptions.HIGH_PRIORITY_POOL_RATIO.key} ${highPriorityPoolRatio} leave the block ` +
        `cache no room for data: 2r / (3 - r) + h is ${taken.toFixed(3)}, and must be below 1; lower one of them`,
    );
  }
}
