/**
 * Records/s of source -> map -> filter -> map -> sink, against a loop that does the same.
 *
 * Run it alone for the figures "before other jobs": what else ran in the process makes the call
 * sites that all chains share see more kinds of records and functions.
 */
import type { BenchSuite } from '@millrace/core/bench';
import { fromRows, type JobLayout, runJob, scattered } from './bench-jobs.ts';

interface Sale {
  readonly shop: number;
  readonly cents: number;
}

interface Priced {
  readonly shop: number;
  readonly euros: number;
}

const ROWS = 1 << 14;

export async function bench(suite: BenchSuite): Promise<void> {
  const count = suite.size(2_000_000, 500);
  const rows = scattered(100_000, ROWS).map((cents, i): Sale => ({ shop: i % 97, cents }));
  const chain = (layout: JobLayout) => () => runChain(rows, count, layout);
  const loop = { run: () => runLoop(rows, count) };

  await suite.compare('stateless chain, before other jobs', {
    baseline: 'loop',
    operations: count,
    variants: { loop, chain: { run: chain({}) } },
  });
  await suite.compare('stateless chain, by layout', {
    baseline: 'loop',
    operations: count,
    turns: 2,
    variants: {
      loop,
      'parallelism 1': { run: chain({}) },
      'parallelism 2': { run: chain({ parallelism: 2 }) },
      'not chained': { run: chain({ chained: false }) },
      'not chained, parallelism 2': { run: chain({ chained: false, parallelism: 2 }) },
      'checkpoint each second': { run: chain({ checkpointInterval: '1 s' }) },
    },
  });
  await runOtherChains(suite.size(200_000, 50));
  await suite.compare('stateless chain, after 12 other jobs', {
    baseline: 'loop',
    operations: count,
    variants: { loop, chain: { run: chain({}) } },
  });
}

function runChain(rows: readonly Sale[], count: number, layout: JobLayout): Promise<number> {
  return runJob<number>(
    layout,
    (euros) => euros,
    (env, sink) => {
      fromRows(env, rows, count)
        .map(priced)
        .filter(isInteresting)
        .map((sale) => sale.euros + sale.shop)
        .sinkTo(sink);
    },
  );
}

function runLoop(rows: readonly Sale[], count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) {
    const sale = priced(rows[i % rows.length] as Sale);
    if (isInteresting(sale)) {
      total += sale.euros + sale.shop;
    }
  }
  return total;
}

function priced(sale: Sale): Priced {
  return { shop: sale.shop, euros: Math.floor(sale.cents / 100) };
}

function isInteresting(sale: Priced): boolean {
  return sale.shop !== 13;
}

/** Chains with functions and records of their own, as a process with several jobs runs. */
async function runOtherChains(count: number): Promise<void> {
  for (let i = 0; i < 12; i++) {
    const field = `field${i}`;
    const rows = scattered(1000, 100).map((n) => ({ [field]: n, n }));
    // Made from text so that each has code of its own, as the functions of other programs have.
    const first = new Function('row', `return { n: row.n, ${field}: row.${field} + ${i} };`);
    const keep = new Function('row', `return row.${field} !== ${i};`);
    const second = new Function('row', `return row.${field} + row.n;`);
    await runJob<number>(
      {},
      (n) => n,
      (env, sink) => {
        fromRows(env, rows, count)
          .map(first as (row: object) => object)
          .filter(keep as (row: object) => boolean)
          .map(second as (row: object) => number)
          .sinkTo(sink);
      },
    );
  }
}
