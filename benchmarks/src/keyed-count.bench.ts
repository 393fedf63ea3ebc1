/** Records/s of source -> keyBy -> process with a ValueState -> sink, against a loop over a Map. */
import type { BenchSuite } from '@millrace/core/bench';
import {
  type Collector,
  type KeyedProcessContext,
  KeyedProcessFunction,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';
import { fromRows, type JobLayout, runJob, scattered } from './bench-jobs.ts';

interface Visit {
  readonly user: string;
}

export async function bench(suite: BenchSuite): Promise<void> {
  await compareCounts(suite, { keys: suite.size(10_000, 10), turns: 3 });
  await compareCounts(suite, { keys: suite.size(100_000, 100), turns: 2 });
  await compareWithCheckpoints(suite);
}

async function compareCounts(
  suite: BenchSuite,
  options: { keys: number; turns: number },
): Promise<void> {
  const count = suite.size(1_000_000, 500);
  const rows = visits(options.keys);
  const job = (layout: JobLayout) => ({ run: () => countInJob(rows, count, layout) });
  await suite.compare(`keyed count, ${options.keys} keys`, {
    baseline: 'loop',
    operations: count,
    turns: options.turns,
    variants: {
      loop: { run: () => countInLoop(rows, count) },
      'parallelism 1': job({}),
      'parallelism 2': job({ parallelism: 2 }),
      'not chained': job({ chained: false }),
    },
  });
}

/** Long enough for checkpoints to be taken on the way. */
async function compareWithCheckpoints(suite: BenchSuite): Promise<void> {
  const count = suite.size(4_000_000, 500);
  const rows = visits(suite.size(100_000, 100));
  await suite.compare('keyed count, 100000 keys, long run', {
    baseline: 'no checkpoints',
    operations: count,
    turns: 1,
    variants: {
      'no checkpoints': { run: () => countInJob(rows, count, {}) },
      'checkpoint each second': {
        run: () => countInJob(rows, count, { checkpointInterval: '1 s' }),
      },
    },
  });
}

/** Ten for each key on average. */
function visits(keys: number): Visit[] {
  const users = Array.from({ length: keys }, (_, i) => `user-${i}`);
  return scattered(keys, keys * 10).map((i) => ({ user: users[i] as string }));
}

class VisitCounter extends KeyedProcessFunction<string, Visit, number> {
  private visits!: ValueState<number>;

  override open(): void {
    this.visits = this.runtimeContext.getState(new ValueStateDescriptor('visits', Types.LONG));
  }

  override processElement(
    _visit: Visit,
    _context: KeyedProcessContext<string>,
    out: Collector<number>,
  ): void {
    const visits = (this.visits.value() ?? 0) + 1;
    this.visits.update(visits);
    out.collect(visits);
  }
}

function countInJob(rows: readonly Visit[], count: number, layout: JobLayout): Promise<number> {
  return runJob<number>(
    layout,
    (visits) => visits,
    (env, sink) => {
      fromRows(env, rows, count)
        .keyBy((visit) => visit.user, Types.STRING)
        .process(new VisitCounter())
        .sinkTo(sink);
    },
  );
}

function countInLoop(rows: readonly Visit[], count: number): number {
  const visitsOf = new Map<string, number>();
  let total = 0;
  for (let i = 0; i < count; i++) {
    const { user } = rows[i % rows.length] as Visit;
    const visits = (visitsOf.get(user) ?? 0) + 1;
    visitsOf.set(user, visits);
    total += visits;
  }
  return total;
}
