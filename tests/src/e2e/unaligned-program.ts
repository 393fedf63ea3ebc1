/**
 * A job that takes no records for as long as it is told to: its channels are full of records in
 * flight when a checkpoint is taken.
 */
import assert from 'node:assert/strict';
import {
  AsyncDataStream,
  type Collector,
  DataGeneratorSource,
  type DataStream,
  type JobClient,
  type KeyedProcessContext,
  KeyedProcessFunction,
  StreamExecutionEnvironment,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';
import { until } from '../interop/retained-checkpoint.ts';

/** Once it is shut, no call gets an answer. */
export class Door {
  private passes: number;

  /** @param passes - how many go through before it shuts */
  constructor(passes: number) {
    this.passes = passes;
  }

  pass(): Promise<void> {
    return this.passes-- > 0 ? Promise.resolve() : new Promise(() => {});
  }
}

export const KEYS = 7;
/** A record and how many of its key there were up to it. */
const NUMBERED = Types.TUPLE(Types.LONG, Types.LONG);
export type Numbered = [record: number, count: number];

class NumberPerKey extends KeyedProcessFunction<number, number, Numbered> {
  private count!: ValueState<number>;

  override open(): void {
    this.count = this.runtimeContext.getState(new ValueStateDescriptor('count', Types.LONG));
  }

  override processElement(
    record: number,
    _context: KeyedProcessContext<number>,
    out: Collector<Numbered>,
  ): void {
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    out.collect([record, count]);
  }
}

export interface UnalignedJob {
  readonly door: Door;
  readonly configuration: Record<string, string>;
  readonly parallelism: number;
  readonly numbers: number;
  readonly seen: Numbered[];
  readonly onRecord?: (record: number) => void;
}

/** numbers -> round robin -> spread -> by key -> wait (holds) -> numbered. */
export function unalignedJob(job: UnalignedJob): StreamExecutionEnvironment {
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'restart-strategy.type': 'none',
    ...job.configuration,
    'parallelism.default': String(job.parallelism),
  }).setServices({ warn: () => {} });
  env.setMaxParallelism(16);
  const numbers = env
    .fromSource(
      new DataGeneratorSource((n) => n, job.numbers),
      WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((n) => n),
      'numbers',
      Types.LONG,
    )
    .uid('numbers')
    .setParallelism(1)
    .rebalance();
  const spread: DataStream<number> = numbers.map((n) => n, Types.LONG).uid('spread');
  AsyncDataStream.orderedWait(
    spread.keyBy((n) => n % KEYS, Types.LONG),
    async (n: number) => {
      job.onRecord?.(n);
      await job.door.pass();
      return n;
    },
    '0 ms',
    { capacity: 2, type: Types.LONG },
  )
    .uid('wait')
    .keyBy((n) => n % KEYS, Types.LONG)
    .process(() => new NumberPerKey(), NUMBERED)
    .uid('numbered')
    .map((numbered) => {
      job.seen.push(numbered);
      return numbered;
    }, NUMBERED)
    .uid('seen');
  return env;
}

/** Every record came once, and so did every count of its key. */
export function assertAllOnce(seen: readonly Numbered[], numbers: number): void {
  const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);
  const all = Array.from({ length: numbers }, (_, n) => n);
  assert.deepEqual(ascending(seen.map(([record]) => record)), all);
  for (let key = 0; key < KEYS; key++) {
    const counts = seen.filter(([record]) => record % KEYS === key).map(([, count]) => count);
    const expected = all.filter((n) => n % KEYS === key).map((_, index) => index + 1);
    assert.deepEqual(ascending(counts), expected);
  }
}

/** Until nothing moves any more, since all is full before the door. */
export async function stalled(job: JobClient): Promise<void> {
  let [moved, quietTurns] = [0, 0];
  await until(job, () => {
    const operators = job.details().vertices.flatMap((vertex) => vertex.operators);
    const now = operators.reduce((sum, each) => sum + each.numRecordsIn + each.numRecordsOut, 0);
    quietTurns = now === moved && now > 0 ? quietTurns + 1 : 0;
    moved = now;
    return quietTurns > 100;
  });
}
