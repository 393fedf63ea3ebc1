/**
 * A program on RocksDB whose values are long, so that they fill files, and each of which tells what it
 * must be: the count of its key and a text of both. A value that is lost or from another version
 * fails the job; the last counts tell the rest.
 */
import { join } from 'node:path';
import { SeededRandom } from '@millrace/testing';
import {
  type Collector,
  CollectSink,
  DataGeneratorSource,
  type ExecutionServices,
  type KeyedProcessContext,
  KeyedProcessFunction,
  RateLimiterStrategy,
  StreamExecutionEnvironment,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';

export interface LongValuesOptions {
  readonly configuration: Readonly<Record<string, string>>;
  readonly services?: ExecutionServices;
  /** Called for each record before it is counted; what it throws fails the task. */
  readonly onRecord?: (index: number) => void;
  readonly records?: number;
}

export interface LongValuesProgram {
  readonly env: StreamExecutionEnvironment;
  readonly sink: CollectSink<{ readonly key: number; readonly count: number }>;
}

export const KEYS = 400;
const RECORDS = 4_000;
const RECORDS_PER_CHECKPOINT = 400;
const TEXT_LENGTH = 2_000;

class CountWithText extends KeyedProcessFunction<number, number, { key: number; count: number }> {
  private readonly onRecord: (index: number) => void;
  private value!: ValueState<string>;

  constructor(onRecord: (index: number) => void) {
    super();
    this.onRecord = onRecord;
  }

  override open(): void {
    this.value = this.runtimeContext.getState(new ValueStateDescriptor('long', Types.STRING));
  }

  override processElement(
    index: number,
    context: KeyedProcessContext<number>,
    out: Collector<{ key: number; count: number }>,
  ): void {
    this.onRecord(index);
    const key = context.currentKey;
    const before = this.value.value();
    const count = Number(before?.split('|', 1)[0] ?? 0);
    if (before !== undefined && before !== textOf(key, count)) {
      throw new Error(`key ${key} holds ${before.slice(0, 40)}…, which was never written`);
    }
    this.value.update(textOf(key, count + 1));
    out.collect({ key, count: count + 1 });
  }
}

export function longValuesProgram(options: LongValuesOptions): LongValuesProgram {
  const { configuration, services = {}, onRecord = () => {}, records = RECORDS } = options;
  const env = StreamExecutionEnvironment.createLocalEnvironment(configuration);
  env.setServices(services);
  const sink = new CollectSink<{ readonly key: number; readonly count: number }>();
  env
    .fromSource(
      new DataGeneratorSource((index) => index, records, {
        rateLimiterStrategy: RateLimiterStrategy.perCheckpoint(RECORDS_PER_CHECKPOINT),
      }),
      WatermarkStrategy.noWatermarks<number>(),
      'numbers',
      Types.LONG,
    )
    .uid('numbers')
    .keyBy((index) => index % KEYS, Types.LONG)
    .process(new CountWithText(onRecord))
    .uid('counts')
    .sinkTo(sink)
    .uid('results')
    .setParallelism(1);
  return { env, sink };
}

/** RocksDB with its files in `folder/local` and small write buffers, and checkpoints that stay. */
export function rocksdbIn(folder: string): Record<string, string> {
  return {
    'state.backend.type': 'rocksdb',
    'state.backend.rocksdb.localdir': join(folder, 'local'),
    'state.backend.rocksdb.memory.managed': 'false',
    'state.backend.rocksdb.writebuffer.size': '256 kb',
    'execution.checkpointing.incremental': 'true',
    'execution.checkpointing.interval': '10 ms',
    'execution.checkpointing.dir': join(folder, 'checkpoints'),
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    'execution.checkpointing.data-inline-threshold': '64 b',
    'restart-strategy.type': 'none',
  };
}

/** Whether each key was counted as often as it came, once. */
export function isExact(program: LongValuesProgram, records: number = RECORDS): boolean {
  const { keys, allExact } = seenKeys(program, records);
  return allExact && keys === KEYS;
}

/** Of the records that came to this program after what it was restored from. */
export function seenKeys(
  { sink }: LongValuesProgram,
  records: number = RECORDS,
): { readonly keys: number; readonly allExact: boolean } {
  const counts = new Map<number, number>();
  for (const { key, count } of sink.results) {
    counts.set(key, Math.max(count, counts.get(key) ?? 0));
  }
  const allExact = [...counts.values()].every((count) => count === records / KEYS);
  return { keys: counts.size, allExact };
}

/** No compression makes it short. */
function textOf(key: number, count: number): string {
  const random = new SeededRandom(key * 100_003 + count);
  let text = `${count}|`;
  while (text.length < TEXT_LENGTH) {
    text += Math.floor(random.next() * 36 ** 6).toString(36);
  }
  return text;
}
