/** Records/s of a count by key in tumbling windows of a minute, against a loop over nested Maps. */
import type { BenchSuite } from '@millrace/core/bench';
import { DataGeneratorSource, TumblingEventTimeWindows, Types, WatermarkStrategy } from 'millrace';
import { type JobLayout, runJob, scattered } from './bench-jobs.ts';
import { CountAggregate } from './count-aggregate.ts';

interface Visit {
  readonly user: string;
  readonly time: number;
}

const MINUTE_MS = 60_000;
const KEYS = 10_000;
/** Records of one minute: each key has ten on average. */
const PER_MINUTE = 100_000;

export async function bench(suite: BenchSuite): Promise<void> {
  const count = suite.size(1_000_000, 500);
  const rows = visits(suite.size(KEYS, 10), count, suite.size(PER_MINUTE, 100));
  const job = (layout: JobLayout) => ({ run: () => countInJob(rows, layout) });
  await suite.compare(`tumbling count, ${KEYS} keys, windows of a minute`, {
    baseline: 'loop',
    operations: count,
    turns: 2,
    variants: {
      loop: { run: () => countInLoop(rows) },
      'parallelism 1': job({}),
      'parallelism 2': job({ parallelism: 2 }),
      'not chained': job({ chained: false }),
      'checkpoint each second': job({ checkpointInterval: '1 s' }),
    },
  });
}

function visits(keys: number, count: number, perMinute: number): Visit[] {
  const users = Array.from({ length: keys }, (_, i) => `user-${i}`);
  return scattered(keys, count).map((key, i) => ({
    user: users[key] as string,
    time: Math.floor((i / perMinute) * MINUTE_MS),
  }));
}

function countInJob(rows: readonly Visit[], layout: JobLayout): Promise<number> {
  return runJob<number>(layout, squared, (env, sink) => {
    env
      .fromSource(
        new DataGeneratorSource((i) => rows[i] as Visit, rows.length),
        WatermarkStrategy.forMonotonousTimestamps<Visit>().withTimestampAssigner(
          (visit) => visit.time,
        ),
        'visits',
      )
      .keyBy((visit) => visit.user, Types.STRING)
      .window(TumblingEventTimeWindows.of(MINUTE_MS))
      .aggregate(new CountAggregate(), { accumulatorType: Types.LONG })
      .sinkTo(sink);
  });
}

function countInLoop(rows: readonly Visit[]): number {
  let total = 0;
  let window = new Map<string, number>();
  let windowEnd = Number.NEGATIVE_INFINITY;
  const close = (): void => {
    for (const visits of window.values()) {
      total += squared(visits);
    }
    window = new Map();
  };
  for (let i = 0; i < rows.length; i++) {
    const { user, time } = rows[i] as Visit;
    if (time >= windowEnd) {
      close();
      windowEnd = time - (time % MINUTE_MS) + MINUTE_MS;
    }
    window.set(user, (window.get(user) ?? 0) + 1);
  }
  close();
  return total;
}

/** Tells windows apart that hold the same records split another way. */
function squared(visits: number): number {
  return visits * visits;
}
