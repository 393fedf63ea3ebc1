/**
 * Records/s of a count by key in sliding windows: slices that the windows share, against an
 * accumulator for each window. `rows each slide` is what a key has on average between two firings:
 * slices gain by the records that they spare windows, and cost when windows fire.
 */
import type { BenchSuite } from '@millrace/core/bench';
import {
  type AggregateFunction,
  DataGeneratorSource,
  SlidingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from 'millrace';
import { type JobLayout, runJob, scattered } from './bench-jobs.ts';

interface Visit {
  readonly user: string;
  readonly time: number;
}

interface Windows {
  readonly size: number;
  readonly slide: number;
  readonly rowsEachSlide: number;
}

const SECOND_MS = 1000;
const KEYS = 1000;

export async function bench(suite: BenchSuite): Promise<void> {
  for (const windows of [
    { size: 10, slide: 2, rowsEachSlide: 10 },
    { size: 10, slide: 2, rowsEachSlide: 0.2 },
    { size: 60, slide: 1, rowsEachSlide: 10 },
    { size: 60, slide: 1, rowsEachSlide: 0.2 },
  ]) {
    await compare(suite, windows);
  }
}

async function compare(suite: BenchSuite, windows: Windows): Promise<void> {
  const { size, slide, rowsEachSlide } = windows;
  // Where keys are rare each row is in windows of its own: as many results as windows.
  const count = suite.size(rowsEachSlide < 1 ? 4000 : 100_000, 300);
  const rows = visits(suite.size(KEYS, 10), count, windows);
  const job = (slices: boolean) => ({ run: () => countInJob(rows, windows, slices) });
  await suite.compare(`sliding count, ${size} s/${slide} s, ${rowsEachSlide} rows each slide`, {
    baseline: 'accumulator per window',
    operations: count,
    turns: 1,
    variants: { 'accumulator per window': job(false), slices: job(true) },
  });
}

function visits(keys: number, count: number, { slide, rowsEachSlide }: Windows): Visit[] {
  const users = Array.from({ length: keys }, (_, i) => `user-${i}`);
  const msPerRow = (slide * SECOND_MS) / (rowsEachSlide * keys);
  return scattered(keys, count).map((key, i) => ({
    user: users[key] as string,
    time: Math.floor(i * msPerRow),
  }));
}

const VISIT_COUNT: AggregateFunction<Visit, number, number> = {
  createAccumulator: () => 0,
  add: (_visit, visits) => visits + 1,
  getResult: (visits) => visits,
  merge: (a, b) => a + b,
};

function countInJob(rows: readonly Visit[], windows: Windows, slices: boolean): Promise<number> {
  const layout: JobLayout = {};
  return runJob<number>(layout, squared, (env, sink) => {
    env.configure({ 'pipeline.sliding-window-slices': `${slices}` });
    env
      .fromSource(
        new DataGeneratorSource((i) => rows[i] as Visit, rows.length),
        WatermarkStrategy.forMonotonousTimestamps<Visit>().withTimestampAssigner(
          (visit) => visit.time,
        ),
        'visits',
      )
      .keyBy((visit) => visit.user, Types.STRING)
      .window(SlidingEventTimeWindows.of(windows.size * SECOND_MS, windows.slide * SECOND_MS))
      .aggregate(VISIT_COUNT, { accumulatorType: Types.LONG })
      .sinkTo(sink);
  });
}

/** Tells windows apart that hold the same records split another way. */
function squared(visits: number): number {
  return visits * visits;
}
