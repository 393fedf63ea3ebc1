import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { decodeError, type EncodedError } from '@millrace/core';
import { allocateDoorbells } from './doorbell.ts';
import { allocateRing } from './ring-layout.ts';
import type { SlotOfTest, SlotResult } from './ring-thread-fixture.ts';

/** A wake-up that was lost would leave the threads asleep for ever: no timer wakes them here. */
const LONGEST_MS = 120_000;

describe('slots on threads of their own', () => {
  it('take millions of records through small rings in order, from two senders at once', async () => {
    const doorbells = allocateDoorbells(3);
    const rings = [0, 1].map(() => allocateRing({ segmentSizeBytes: 256, segments: 4 }));
    const count = 1_000_000;
    const shared = { doorbells, count, bufferTimeoutMs: -1, pingPong: false };

    const results = await runSlots([
      ...rings.map((ring, slot) => ({ ...shared, slot, sends: [{ ring, slot: 2 }], receives: [] })),
      { ...shared, slot: 2, sends: [], receives: rings.map((ring, slot) => ({ ring, slot })) },
    ]);

    assert.equal(results[2]?.received, 2 * count);
    assert.equal(
      results.every(({ sleeps }) => sleeps > 0),
      true,
    );
  });

  it('let barriers overtake what was sent before them, and nothing that was sent after', async () => {
    const doorbells = allocateDoorbells(2);
    const ring = allocateRing({ segmentSizeBytes: 256, segments: 4 });
    const shared = { doorbells, count: 300_000, bufferTimeoutMs: -1, pingPong: false };

    const [, receiver] = await runSlots([
      { ...shared, slot: 0, sends: [{ ring, slot: 1 }], receives: [], barrierEvery: 100 },
      { ...shared, slot: 1, sends: [], receives: [{ ring, slot: 0 }] },
    ]);

    assert.equal(receiver?.received, 300_000);
    assert.equal((receiver?.barriers ?? 0) > 10, true);
  });

  it('wake each other for every single record, with no timer to help', async () => {
    const doorbells = allocateDoorbells(2);
    const [there, back] = [0, 1].map(() => allocateRing({ segmentSizeBytes: 64, segments: 2 }));
    const shared = { doorbells, count: 20_000, bufferTimeoutMs: 0, pingPong: true };

    const results = await runSlots([
      {
        ...shared,
        slot: 0,
        sends: [{ ring: there!, slot: 1 }],
        receives: [{ ring: back!, slot: 1 }],
      },
      {
        ...shared,
        slot: 1,
        sends: [{ ring: back!, slot: 0 }],
        receives: [{ ring: there!, slot: 0 }],
      },
    ]);

    assert.deepEqual(
      results.map(({ received, buffersIn }) => ({ received, buffersIn })),
      [
        { received: 20_000, buffersIn: 20_001 },
        { received: 20_000, buffersIn: 20_001 },
      ],
    );
    assert.equal(
      results.every(({ sleeps }) => sleeps > 1000),
      true,
    );
  });
});

async function runSlots(slots: readonly SlotOfTest[]): Promise<SlotResult[]> {
  const workers = slots.map(
    (workerData) =>
      new Worker(new URL('./ring-thread-fixture.js', import.meta.url), { workerData }),
  );
  const timer = setTimeout(() => {
    for (const worker of workers) {
      worker.terminate();
    }
  }, LONGEST_MS);
  try {
    return await Promise.all(workers.map(resultOf));
  } finally {
    clearTimeout(timer);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function resultOf(worker: Worker): Promise<SlotResult> {
  return new Promise((resolve, reject) => {
    worker.once('message', (message: { result?: SlotResult; error?: EncodedError }) => {
      if (message.result !== undefined) {
        resolve(message.result);
      } else {
        reject(decodeError(message.error as EncodedError));
      }
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the slot ended, or slept for ever')));
  });
}
