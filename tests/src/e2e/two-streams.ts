/** Two streams of timed records for programs that join them, and what a naive join gives. */
import { join } from 'node:path';
import {
  type CollectSink,
  DataGeneratorSource,
  type DataStream,
  RateLimiterStrategy,
  StreamExecutionEnvironment,
  type TypeInformation,
  Types,
  WatermarkStrategy,
} from 'millrace';
import { checkpointsIn } from './counting-program.ts';

export interface Timed {
  readonly key: string;
  readonly time: number;
  readonly id: number;
}

export const TIMED: TypeInformation<Timed> = Types.POJO<Timed>('lab.Timed', {
  key: Types.STRING,
  time: Types.LONG,
  id: Types.LONG,
});

const OUT_OF_ORDER_MS = 50;

/** Times rise by about 10 ms a record, out of order by less than 50 ms. The same for one seed. */
export function timedRecords(count: number, seed: number, keys = 7): Timed[] {
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator.
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: count }, (_, id) => ({
    key: `k${next(keys)}`,
    time: id * 10 + next(OUT_OF_ORDER_MS),
    id,
  }));
}

/** One subtask reads the records, some between two checkpoints, and none of them is late. */
export function timedStream(
  env: StreamExecutionEnvironment,
  records: readonly Timed[],
  options: { readonly name: string; readonly perCheckpoint?: number },
): DataStream<Timed> {
  const { name, perCheckpoint } = options;
  const rateLimiterStrategy =
    perCheckpoint === undefined
      ? RateLimiterStrategy.noOp()
      : RateLimiterStrategy.perCheckpoint(perCheckpoint);
  const source = new DataGeneratorSource((index) => records[index] as Timed, records.length, {
    rateLimiterStrategy,
  });
  const strategy = WatermarkStrategy.forBoundedOutOfOrderness<Timed>(
    OUT_OF_ORDER_MS,
  ).withTimestampAssigner((record) => record.time);
  return env.fromSource(source, strategy, name, TIMED).uid(name).setParallelism(1);
}

/** `left-right` for each pair of one key that `meets`, sorted. */
export function naiveJoin(
  left: readonly Timed[],
  right: readonly Timed[],
  meets: (a: Timed, b: Timed) => boolean,
): string[] {
  return left
    .flatMap((a) =>
      right.filter((b) => a.key === b.key && meets(a, b)).map((b) => `${a.id}-${b.id}`),
    )
    .sort();
}

export function sortedResults(sink: CollectSink<string>): string[] {
  return sink.results.sort();
}

/** Throws once, at the first call that `isTime` says. */
export function failOnce(isTime: () => boolean): { (): void; readonly count: number } {
  const fail = (): void => {
    if (fail.count === 0 && isTime()) {
      fail.count += 1;
      throw new Error('once');
    }
  };
  fail.count = 0;
  return fail;
}

export function keyOf({ key }: Timed): string {
  return key;
}

const RESTARTS = {
  'restart-strategy.type': 'fixed-delay',
  'restart-strategy.fixed-delay.attempts': '3',
  'restart-strategy.fixed-delay.delay': '1 ms',
};

/** Makes environments that restart after a failure, each with checkpoints in a folder of its own. */
export function environmentsIn(
  folder: string,
): (parallelism: number, configuration?: Record<string, string>) => StreamExecutionEnvironment {
  let made = 0;
  return (parallelism, configuration = {}) => {
    made += 1;
    return StreamExecutionEnvironment.createLocalEnvironment({
      ...checkpointsIn(join(folder, String(made))),
      ...RESTARTS,
      'parallelism.default': String(parallelism),
      ...configuration,
    }).setServices({ warn: () => {} });
  };
}
