/** What it costs that consumers which share a record get copies, against object reuse. */
import type { BenchSuite } from '@millrace/core/bench';
import { type DataStream, Types } from 'millrace';
import { fromRows, type JobLayout, runJob, type SumSink, scattered } from './bench-jobs.ts';

interface Sale {
  readonly shop: number;
  readonly cents: number;
}

const ROWS = 1 << 14;

export async function bench(suite: BenchSuite): Promise<void> {
  const count = suite.size(1_000_000, 500);
  const rows = scattered(100_000, ROWS).map((cents, i): Sale => ({ shop: i % 97, cents }));
  const programs: Record<string, (sales: DataStream<Sale>, sink: SumSink<number>) => void> = {
    'stateless chain': (sales, sink) => {
      sales.map(discounted).filter(isInteresting).map(centsOf).sinkTo(sink);
    },
    'keyed reduce of objects': (sales, sink) => {
      sales
        .keyBy((sale) => sale.shop, Types.INT)
        .reduce((a, b) => ({ shop: a.shop, cents: Math.max(a.cents, b.cents) }))
        .map(centsOf)
        .sinkTo(sink);
    },
    'two consumers of objects': (sales, sink) => {
      const cheaper = sales.map(discounted);
      cheaper.map(centsOf).sinkTo(sink);
      cheaper.map((sale) => sale.shop).sinkTo(sink);
    },
  };
  for (const [title, program] of Object.entries(programs)) {
    const run = (layout: JobLayout) => () =>
      runJob<number>(
        layout,
        (n) => n,
        (env, sink) => program(fromRows(env, rows, count), sink),
      );
    await suite.compare(`${title}, copies`, {
      baseline: 'object reuse',
      operations: count,
      turns: 3,
      variants: {
        'object reuse': { run: run({ objectReuse: true }) },
        'no object reuse': { run: run({}) },
      },
    });
  }
}

function discounted(sale: Sale): Sale {
  return { shop: sale.shop, cents: Math.floor(sale.cents / 2) };
}

function isInteresting(sale: Sale): boolean {
  return sale.shop !== 13;
}

function centsOf(sale: Sale): number {
  return sale.cents;
}
