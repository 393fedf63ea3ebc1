/** A job like the one whose answers were recorded from real Flink: source → map → keyed window → sink. */
import {
  DataGeneratorSource,
  Histogram,
  IntCounter,
  type JobClient,
  LongMaximum,
  RateLimiterStrategy,
  RichFunction,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from 'millrace';

interface Pair {
  readonly key: number;
  readonly value: number;
}

const PAIR = Types.POJO('lab.Pair', { key: Types.LONG, value: Types.LONG });

class ToPairs extends RichFunction {
  private readonly records = new IntCounter();
  private readonly max = new LongMaximum();
  private readonly digits = new Histogram();
  private readonly failAt: number;
  private readonly closing: Promise<void> | undefined;

  constructor(failAt: number, closing: Promise<void> | undefined) {
    super();
    this.failAt = failAt;
    this.closing = closing;
  }

  override close(): Promise<void> | void {
    return this.closing;
  }

  override open(): void {
    this.runtimeContext.addAccumulator('records', this.records);
    this.runtimeContext.addAccumulator('maxValue', this.max);
    this.runtimeContext.addAccumulator('lastDigit', this.digits);
  }

  map(value: number): Pair {
    if (value === this.failAt) {
      throw new Error(`asked to fail at record ${value}`);
    }
    this.records.add(1);
    this.max.add(value);
    this.digits.add(value % 10);
    return { key: value % 10, value };
  }
}

export async function startRestJob(options: {
  readonly name: string;
  readonly directory: string;
  readonly count?: number;
  readonly failAt?: number;
  readonly savepoint?: string;
  /** Its tasks wait for this when they end. */
  readonly closing?: Promise<void>;
}): Promise<JobClient> {
  const { name, directory, count = 1_000_000_000, failAt = -1, savepoint } = options;
  const env = StreamExecutionEnvironment.createLocalEnvironmentWithWebUI({
    'rest.bind-port': '0',
    'web.refresh-interval': '10 ms',
    'execution.shutdown-on-application-finish': 'false',
    'execution.checkpointing.tolerable-failed-checkpoints': '3',
    'execution.checkpointing.interval': '100 ms',
    'execution.checkpointing.dir': `file://${directory}/checkpoints`,
    'execution.checkpointing.savepoint-dir': `file://${directory}/savepoints`,
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.attempts': '2',
    'restart-strategy.fixed-delay.delay': '20 ms',
    ...(savepoint === undefined ? {} : { 'execution.state-recovery.path': savepoint }),
  }).setParallelism(2);
  env.config.setGlobalJobParameters({ name, rate: '1000' });
  env
    .fromSource(
      new DataGeneratorSource((index) => index, count, {
        rateLimiterStrategy: RateLimiterStrategy.perSecond(1000),
        type: Types.LONG,
      }),
      WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((value) => value),
      'numbers',
    )
    .uid('numbers')
    .map(new ToPairs(failAt, options.closing), PAIR)
    .name('to-pairs')
    .uid('to-pairs')
    .keyBy((pair) => pair.key, Types.LONG)
    .window(TumblingEventTimeWindows.of('1 s'))
    .reduce((sum, pair) => ({ key: sum.key, value: sum.value + pair.value }))
    .uid('sum-per-second')
    .rebalance()
    .filter(() => false)
    .uid('nothing')
    .print()
    .uid('nowhere');
  return env.executeAsync(name);
}
