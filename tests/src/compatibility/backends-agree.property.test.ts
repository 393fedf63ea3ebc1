import { describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import type { StateBackend } from '@millrace/state';
import { HashMapStateBackend } from '@millrace/state-backend-heap';
import { createStateBackend, whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import fc from 'fast-check';
import { AgreeingBackends, KEYS, type SnapshotFormat } from './agreeing-backends.ts';

const STEP = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant('act' as const),
      action: fc.nat(1000),
      key: fc.nat(KEYS.length - 1),
      n: fc.nat(100),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('snapshot' as const),
      format: fc.constantFrom<SnapshotFormat>('native', 'native', 'canonical', 'no-sharing'),
      compressed: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('written' as const), completes: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('restore' as const),
      parallelism: fc.integer({ min: 1, max: 3 }),
      crossed: fc.boolean(),
    }),
  },
);

type Step = typeof STEP extends fc.Arbitrary<infer S> ? S : never;

async function run(backends: readonly StateBackend[], steps: readonly Step[]): Promise<void> {
  const agreeing = new AgreeingBackends(backends);
  try {
    await agreeing.open(1);
    for (const step of steps) {
      switch (step.kind) {
        case 'act':
          agreeing.act(step.action, step.key, step.n);
          break;
        case 'snapshot':
          agreeing.snapshot(step.format, step.compressed);
          break;
        case 'written':
          await agreeing.written(step.completes);
          break;
        case 'restore':
          await agreeing.restore(step.parallelism, step.crossed);
      }
    }
    agreeing.read();
    // At the end through all parallelisms, each backend with what the other wrote.
    agreeing.snapshot('native', false);
    for (const parallelism of [2, 3, 1]) {
      await agreeing.restore(parallelism, true);
      agreeing.snapshot('native', false);
    }
    await agreeing.restore(1, false);
  } finally {
    await agreeing.dispose();
  }
}

const SETTINGS: readonly Record<string, string>[] = [
  { 'execution.checkpointing.incremental': 'true' },
  // Values are decoded, packed and evicted all the time.
  {
    'state.backend.rocksdb.timer-service.factory': 'HEAP',
    'state.backend.rocksdb.memory.managed': 'false',
    'state.backend.rocksdb.memory.value-cache-size': '3 kb',
  },
];

describe('the state backends of heap and RocksDB', { skip: whyNoNativeAddon() ?? false }, () => {
  for (const settings of SETTINGS) {
    const [setting] = Object.entries(settings).map(([key, value]) => `${key}: ${value}`);
    it(`hold the same, through snapshots, restores into each other and rescaling (${setting})`, async () => {
      const steps = fc.array(STEP, { minLength: 30, maxLength: 150, size: 'max' });

      await fc.assert(
        fc.asyncProperty(steps, async (each) => {
          const rocksdb = await createStateBackend(Configuration.fromMap(settings));
          await run([new HashMapStateBackend(), rocksdb], each);
        }),
        { numRuns: 8 },
      );
    });
  }
});
