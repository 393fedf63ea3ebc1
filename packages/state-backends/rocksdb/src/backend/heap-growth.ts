/**
 * Keeps within bounds what is dead in V8's heap while caches of decoded values fill it.
 *
 * By itself V8 lets its old space grow to as much as four times of what lives in it before it looks for
 * what is dead, and decoded values are of that kind: they live long, then are overwritten or evicted.
 * Here V8 is asked to begin once the heap has grown by a share of what the caches may take; it marks
 * beside JavaScript, and ends when it wants to.
 *
 * Invariants:
 * - It changes nothing that a program can see: neither state nor time.
 * - What lives in a large heap is not gone through for little: it has to grow by an eighth at least.
 */
// Hot path.
import { getHeapSpaceStatistics } from 'node:v8';

/** What is looked at of a cache of values. */
export interface WatchedCache {
  capacityBytes: number;
  /** Bytes of all entries that have left it. */
  readonly freedBytes: number;
  /** Of what it may take: bytes outside of the heap. */
  readonly packedBytes: number;
}

/** What V8 knows of its heap, and how it is asked. */
export interface CollectedHeap {
  /** In all but the young generation, dead or not. */
  oldBytes(): number;
  beginMarking(): void;
}

/** Of what a cache may take so much is alive; a quarter is left for V8's gaps and what dies meanwhile. */
const LIVE_SHARE = 1 / 2;
/** Of what all caches may take: the heap grows by that before V8 is asked. */
const DEAD_SHARE = 1 / 4;
/** Of the heap as it was when it was smallest since the last time. */
const HEAP_SHARE_MIN = 1 / 8;
const DEAD_BYTES_MIN = 4 * 1024 * 1024;
/** Records, or share of a cache that was replaced, after which the heap is looked at. */
const RECORDS_BETWEEN_LOOKS = 8192;
const REPLACED_SHARE = 1 / 16;
/** Records after which the second is asked for; a power of two. */
const RECORDS_TOGETHER = 512;

export class HeapGrowth {
  private readonly heap: CollectedHeap;
  private readonly shares: Set<HeapShare>;
  /** The heap was no larger than that since V8 was asked. */
  private lowBytes: number;

  constructor(heap: CollectedHeap) {
    this.heap = heap;
    this.shares = new Set();
    this.lowBytes = Number.POSITIVE_INFINITY;
  }

  /** Release it. */
  share(): HeapShare {
    const share = new HeapShare(this, this.shares);
    this.shares.add(share);
    return share;
  }

  /** Some times a second: it takes some microseconds. */
  look(): void {
    const oldBytes = this.heap.oldBytes();
    this.lowBytes = Math.min(this.lowBytes, oldBytes);
    if (oldBytes - this.lowBytes > this.growthBytesMax()) {
      this.lowBytes = oldBytes; // What is left once V8 is through is below, or is alive.
      this.heap.beginMarking();
    }
  }

  private growthBytesMax(): number {
    let shared = 0;
    for (const share of this.shares) {
      shared += share.heapBytes;
    }
    return Math.max(DEAD_SHARE * shared, HEAP_SHARE_MIN * this.lowBytes, DEAD_BYTES_MIN);
  }
}

/** What one cache may take of the thread's heap. */
export class HeapShare {
  bytes: number;
  private readonly growth: HeapGrowth;
  private readonly shares: Set<HeapShare>;
  private cache: WatchedCache | undefined;
  private records: number;
  private freedBytes: number;

  constructor(growth: HeapGrowth, shares: Set<HeapShare>) {
    this.bytes = 0;
    this.growth = growth;
    this.shares = shares;
    this.cache = undefined;
    this.records = 0;
    this.freedBytes = 0;
  }

  /** Of a cache that is given `bytes` in all. */
  give(cache: WatchedCache, bytes: number): void {
    this.cache = cache;
    this.bytes = bytes;
    cache.capacityBytes = Math.floor(LIVE_SHARE * bytes);
  }

  /** What of it is for decoded values. */
  get heapBytes(): number {
    return this.bytes - (this.cache?.packedBytes ?? 0);
  }

  /** Once a record. */
  tick(): void {
    if ((++this.records & (RECORDS_TOGETHER - 1)) === 0) {
      this.lookIfDue();
    }
  }

  release(): void {
    this.shares.delete(this);
  }

  private lookIfDue(): void {
    const { cache } = this;
    if (cache === undefined || this.bytes === 0) {
      return;
    }
    const replaced = cache.freedBytes - this.freedBytes;
    if (this.records >= RECORDS_BETWEEN_LOOKS || replaced > REPLACED_SHARE * this.heapBytes) {
      this.records = 0;
      this.freedBytes = cache.freedBytes;
      this.growth.look();
    }
  }
}

/** V8 begins to mark when array buffers have grown by that since it did last. */
const BUFFER_BYTES = 64 * 1024 * 1024 + 1;

export const V8_HEAP: CollectedHeap = {
  oldBytes() {
    let bytes = 0;
    for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics()) {
      bytes += name.startsWith('new_') || name.startsWith('read_only') ? 0 : used;
    }
    return bytes;
  },
  beginMarking() {
    try {
      // Nobody touches it, so it takes addresses and no memory; it goes with the next collection.
      new ArrayBuffer(BUFFER_BYTES);
    } catch {
      // Addresses are scarce: V8 has collected what it could before it gave up.
    }
  },
};

/** Of this thread, as its heap is. */
export const HEAP_GROWTH: HeapGrowth = new HeapGrowth(V8_HEAP);
