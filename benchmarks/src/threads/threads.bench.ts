/**
 * What threads bring: whole jobs on one and two worker threads, and on the calling thread; what a
 * record costs from one thread to another; latency at half of full load.
 */
import type { BenchSuite } from '@millrace/core/bench';
import {
  compareRates,
  type MeasuredRate,
  type MeasuredVariant,
  medianRatio,
  runMeasured,
} from './measured-runs.ts';

const LOCAL: MeasuredVariant = { target: 'local', parallelism: 1 };
const ONE: MeasuredVariant = { target: 'threads', parallelism: 1 };
const TWO: MeasuredVariant = { target: 'threads', parallelism: 2 };
const TWO_JOBS: MeasuredVariant = { ...ONE, jobs: 2 };
const LATENCY_SECONDS = 8;
/** So many that compiling the code, which each thread does for itself, is a small part of it. */
const RECORDS = 20_000_000;
const TURNS = 5;

export async function bench(suite: BenchSuite): Promise<void> {
  const keys = suite.size(100_000, 100);
  const rate = await compareSpeedUp(suite, 'keyedCount', keys);
  await compareSpeedUp(suite, 'tumblingCount', keys);
  await compareHandOff(suite, keys);
  await reportLatency(suite, { keys, rate: suite.smoke ? 5000 : rate / 2 });
}

/** @returns the rate on two threads */
async function compareSpeedUp(
  suite: BenchSuite,
  program: 'keyedCount' | 'tumblingCount',
  keys: number,
): Promise<number> {
  const title = `${program}, ${keys} keys`;
  const rates = await compareRates(suite, title, {
    program,
    work: { keys, records: suite.size(RECORDS, 500) },
    turns: TURNS,
    variants: {
      local: LOCAL,
      '1 thread': ONE,
      '2 threads': TWO,
      '2 jobs of 1 thread at once': TWO_JOBS,
    },
  });
  const { local, '1 thread': one, '2 threads': two } = rates;
  const apart = rates['2 jobs of 1 thread at once'];
  suite.report(`${title}: 2 threads against 1`, medianRatio(two, one, byRate), 'x');
  // What two idle cores would give where others use them: each does half of the work.
  const ofTwoCores = 2 * medianRatio(two, one, byCpu);
  suite.report(`${title}: 2 threads against 1, by time of cores`, ofTwoCores, 'x');
  // Nothing goes from one to the other: what the cores, caches and memory of the machine leave of 2.
  suite.report(
    `${title}: 2 jobs of 1 thread at once against 1 job, the limit`,
    medianRatio(apart, one, byRate),
    'x',
  );
  suite.report(
    `${title}: 2 jobs of 1 thread at once against 1 job, by time of cores`,
    2 * medianRatio(apart, one, byCpu),
    'x',
  );
  suite.report(`${title}: 1 thread against local`, medianRatio(one, local, byRate), 'x');
  return two.ratePerSecond;
}

/** One sender, one receiver. In memory both share a core; over a ring each has its own. */
async function compareHandOff(suite: BenchSuite, keys: number): Promise<void> {
  const rates = await compareRates(suite, 'hand-off', {
    program: 'handOff',
    work: { keys, records: suite.size(RECORDS, 500) },
    turns: TURNS,
    variants: { 'in memory, 1 core': LOCAL, 'over a ring, 2 cores': ONE },
  });
  const memory = rates['in memory, 1 core'];
  const ring = rates['over a ring, 2 cores'];
  suite.report('hand-off: ring against memory', medianRatio(ring, memory, byRate), 'x');
  suite.report('hand-off, per core: ring against memory', medianRatio(ring, memory, byCpu), 'x');
}

const byRate = (one: MeasuredRate, other: MeasuredRate) => one.ratePerSecond / other.ratePerSecond;
const byCpu = (one: MeasuredRate, other: MeasuredRate) => other.cpuMicros / one.cpuMicros;

async function reportLatency(
  suite: BenchSuite,
  { keys, rate }: { readonly keys: number; readonly rate: number },
): Promise<void> {
  const records = suite.size(Math.floor(rate) * LATENCY_SECONDS, 500);
  for (const [name, configuration] of Object.entries({
    'buffer timeout 100 ms': {},
    'buffer timeout 5 ms': { 'execution.buffer-timeout.interval': '5 ms' },
  })) {
    const variant = { ...TWO, configuration };
    const meter = await runMeasured('keyedCount', { keys, records, rate }, variant);
    for (const [quantile, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
      ['p99.9', 0.999],
    ] as const) {
      const title = `latency at ${Math.round(rate)} records/s on 2 threads, ${name}, ${quantile}`;
      suite.report(title, meter.latencyQuantile(share), 'ms');
    }
  }
}
