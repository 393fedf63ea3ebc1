/** What counting hot keys costs a record: against the cheapest thing that one does, a look-up by key. */
import { Types } from '@millrace/core';
import type { BenchSuite } from '@millrace/core/bench';
import { KeyAccessSampler } from './key-access-sampler.ts';

class Records {
  sampler: KeyAccessSampler<number> | undefined;
  private readonly counts = new Map<number, number>();

  /** As operators do. */
  process(key: number): void {
    const { sampler } = this;
    if (sampler !== undefined && --sampler.left < 0) {
      sampler.sample(key);
    }
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
}

export async function bench(suite: BenchSuite): Promise<void> {
  const records = suite.size(2_000_000, 1000);
  const off = new Records();
  const on = new Records();
  on.sampler = new KeyAccessSampler(Types.LONG.createSerializer());
  await suite.compare('count a record by its key', {
    baseline: 'nobody asks',
    operations: records,
    variants: {
      'nobody asks': { run: () => run(off, records) },
      'hot keys are counted': { run: () => run(on, records) },
    },
  });
}

function run(into: Records, records: number): number {
  for (let i = 0; i < records; i++) {
    into.process((i * 7919) % 50_000);
  }
  return records;
}
