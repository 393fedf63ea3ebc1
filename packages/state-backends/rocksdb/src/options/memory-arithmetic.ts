/**
 * How the memory of a slot becomes a cache of values, a block cache and write buffers.
 *
 * RocksDB lets write buffers grow to 1.5 times what their manager allows, and they are charged to the
 * block cache: its capacity is such that both together are the budget.
 *
 * Flink: RocksDBMemoryControllerUtils. The cache of values, which is taken off first, is ours, and so is
 * what is left to the allocator: without the one there is neither, and the arithmetic is Flink's.
 */
import type { NativeSharedMemorySpec } from '../binding/native-addon.ts';
import type { MemorySettings } from './memory-configuration.ts';

export interface MemoryPlan extends NativeSharedMemorySpec {
  readonly valueCacheBytes: number;
}

/**
 * Of a budget: what RocksDB does not count. Blocks of many sizes come and go among write buffers, and
 * malloc loses the room between them: measured as a tenth to an eighth of what RocksDB had.
 */
const ALLOCATOR_SHARE = 1 / 16;

/** @param budgetBytes - of all databases that share it */
export function planMemory(
  budgetBytes: number,
  {
    writeBufferRatio: r,
    highPriorityPoolRatio,
    valueCacheRatio,
  }: Pick<MemorySettings, 'writeBufferRatio' | 'highPriorityPoolRatio' | 'valueCacheRatio'>,
): MemoryPlan {
  const valueCacheBytes = Math.floor(budgetBytes * valueCacheRatio);
  const allocatorBytes = valueCacheRatio === 0 ? 0 : Math.ceil(budgetBytes * ALLOCATOR_SHARE);
  const rest = budgetBytes - valueCacheBytes - allocatorBytes;
  return {
    valueCacheBytes,
    cacheBytes: Math.floor(((3 - r) * rest) / 3),
    writeBufferBytes: Math.floor((2 * rest * r) / 3),
    highPriorityPoolRatio,
  };
}

const PAGE_BYTES = 4096;
const ARENA_BLOCK_BYTES_MAX = 1024 * 1024;

/** What RocksDB allocates at a time for a write buffer: from its version 7 on, 1 MiB at most unless set. */
export function arenaBlockBytes(options: {
  readonly write_buffer_size?: number | undefined;
  readonly arena_block_size?: number | undefined;
}): number {
  const { write_buffer_size = 64 * 1024 * 1024, arena_block_size = 0 } = options;
  const bytes =
    arena_block_size > 0
      ? arena_block_size
      : Math.min(ARENA_BLOCK_BYTES_MAX, write_buffer_size / 8);
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}

/** Beyond it RocksDB flushes: a single block must not be. */
export function mutableLimitBytes(writeBufferBytes: number): number {
  return Math.floor((writeBufferBytes * 7) / 8);
}

const SHARD_BYTES_MIN = 512 * 1024; // As RocksDB's LRU cache cuts itself, where it decides by itself.
const SHARDS_MAX = 64;
const INDEX_ENTRY_BYTES = 32; // A key and where its block is, estimated.
const INDEXES_IN_SHARD_MIN = 4;

/**
 * Whether the cache can keep whole indexes of files. Each is one block of a single shard of the cache, and
 * where it does not fit beside write buffers and data it is read again with each access.
 *
 * The room of a shard, without write buffers, must be 4 times the index of a file of the usual size. So
 * by default, from 256 MiB for RocksDB on.
 */
export function wholeIndexFits(
  plan: Pick<MemoryPlan, 'cacheBytes' | 'writeBufferBytes'>,
  options: { readonly fileBytes: number; readonly blockBytes: number },
): boolean {
  let shards = 1;
  while (shards < SHARDS_MAX && plan.cacheBytes / (2 * shards) >= SHARD_BYTES_MIN) {
    shards *= 2;
  }
  const roomOfShard = (plan.cacheBytes - plan.writeBufferBytes) / shards;
  const indexBytes = (options.fileBytes / options.blockBytes) * INDEX_ENTRY_BYTES;
  return roomOfShard >= INDEXES_IN_SHARD_MIN * indexBytes;
}
