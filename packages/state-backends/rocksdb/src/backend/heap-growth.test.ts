import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type CollectedHeap, HeapGrowth, V8_HEAP } from './heap-growth.ts';

const MIB = 1024 * 1024;

class HeapFixture implements CollectedHeap {
  bytes = 100 * MIB;
  looks = 0;
  asked = 0;

  oldBytes(): number {
    this.looks++;
    return this.bytes;
  }

  beginMarking(): void {
    this.asked++;
  }
}

function open() {
  const heap = new HeapFixture();
  const growth = new HeapGrowth(heap);
  const cache = { capacityBytes: 0, freedBytes: 0, packedBytes: 0 };
  const share = growth.share();
  /** As the heap is then. @returns whether V8 was asked */
  const lookAt = (mib: number): boolean => {
    const before = heap.asked;
    heap.bytes = mib * MIB;
    growth.look();
    return heap.asked > before;
  };
  const records = (count: number): void => {
    for (let i = 0; i < count; i++) {
      share.tick();
    }
  };
  return { heap, growth, cache, share, lookAt, records };
}

describe('the growth of the heap', () => {
  it('by more than a quarter of what caches may take has V8 look for what is dead', () => {
    const { cache, share, lookAt } = open();
    share.give(cache, 64 * MIB);

    assert.deepEqual([100, 115, 117].map(lookAt), [false, false, true]);
  });

  it('counts from where V8 left the heap, or from where it was asked', () => {
    const { cache, share, lookAt } = open();
    share.give(cache, 64 * MIB);
    lookAt(100);

    assert.equal(lookAt(117), true);
    assert.deepEqual([120, 132].map(lookAt), [false, false]);
    assert.deepEqual([90, 105, 107].map(lookAt), [false, false, true]);
  });

  it('is an eighth of a large heap at least, which is long to go through', () => {
    const { cache, share, lookAt } = open();
    share.give(cache, 64 * MIB);

    assert.deepEqual([800, 890, 910].map(lookAt), [false, false, true]);
  });

  it('is measured by what packed rows leave of it, which are outside of the heap', () => {
    const { cache, share, lookAt } = open();
    share.give(cache, 64 * MIB);
    cache.packedBytes = 32 * MIB;

    assert.deepEqual([40, 47, 49].map(lookAt), [false, false, true]);
  });

  it('is measured by what all caches of the thread may take, while they are there', () => {
    const { growth, cache, share, lookAt } = open();
    share.give(cache, 32 * MIB);
    const other = growth.share();
    other.give({ capacityBytes: 0, freedBytes: 0, packedBytes: 0 }, 64 * MIB);

    assert.deepEqual([100, 123, 125].map(lookAt), [false, false, true]);
    other.release();
    assert.deepEqual([100, 112, 113].map(lookAt), [false, false, true]);
  });
});

describe('a share of the heap', () => {
  it('lets a cache keep half of it alive, also when it changes', () => {
    const { cache, share } = open();

    share.give(cache, 64 * MIB);
    assert.equal(cache.capacityBytes, 32 * MIB);
    share.give(cache, 10 * MIB);
    assert.equal(cache.capacityBytes, 5 * MIB);
  });

  it('has the heap looked at after some thousand records, and sooner when much was replaced', () => {
    const { heap, cache, share, records } = open();
    share.give(cache, 64 * MIB);

    records(8191);
    assert.equal(heap.looks, 0);
    records(1);
    assert.equal(heap.looks, 1);
    cache.freedBytes = 5 * MIB;
    records(512);
    assert.equal(heap.looks, 2);
    records(512);
    assert.equal(heap.looks, 2);
  });
});

describe('V8', () => {
  it('looks for what is dead when it is asked, while JavaScript goes on', async () => {
    let kept = Array.from({ length: 300_000 }, (_, i) => ({ i }));
    kept = Array.from({ length: 300_000 }, (_, i) => ({ i }));
    const before = V8_HEAP.oldBytes();
    const deadline = performance.now() + 5_000; // Left alone it would take far longer.

    V8_HEAP.beginMarking();

    while (V8_HEAP.oldBytes() > before - 4 * MIB && performance.now() < deadline) {
      await setImmediate();
    }
    assert.ok(V8_HEAP.oldBytes() <= before - 4 * MIB, `${before} to ${V8_HEAP.oldBytes()}`);
    assert.equal(kept.length, 300_000);
  });
});
