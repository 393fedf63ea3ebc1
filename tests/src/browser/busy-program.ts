/**
 * A process to look at: a job at full speed whose state is skewed, that failed once and went on; one that
 * has finished, and one that has failed for good. All of it at one endpoint.
 *
 * Arguments: the folder for checkpoints and savepoints, then settings as `key=value`.
 */
import {
  type AggregateFunction,
  Configuration,
  DataGeneratorSource,
  DiscardingSink,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type MapState,
  MapStateDescriptor,
  StateTtlConfig,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';

/** Keys `shop-0000` to `shop-2999`; every third record is of the first of them. */
const SHOPS = 3000;
const FAVOURITE_EVERY = 3;
const PLANTED_AT = 20_000;

const [folder = '.', ...given] = process.argv.slice(2);
const configuration = Configuration.fromMap({
  'rest.bind-port': '0',
  'parallelism.default': '2',
  'execution.shutdown-on-application-finish': 'false',
  'execution.checkpointing.interval': '2 s',
  'execution.checkpointing.dir': `${folder}/checkpoints`,
  'execution.checkpointing.savepoint-dir': `${folder}/savepoints`,
  'execution.checkpointing.num-retained': '1000',
  'web.checkpoints.history': '1000',
  'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
  'restart-strategy.type': 'fixed-delay',
  'restart-strategy.fixed-delay.attempts': '5',
  'restart-strategy.fixed-delay.delay': '100 ms',
  'log.level': 'DEBUG',
  ...Object.fromEntries(given.map((setting) => setting.split(/=(.*)/s, 2) as [string, string])),
});

function shopOf(index: number): string {
  return `shop-${String(index % FAVOURITE_EVERY === 0 ? 0 : index % SHOPS).padStart(4, '0')}`;
}

class Sales extends KeyedProcessFunction<string, number, number> {
  private sold!: ValueState<number>;
  private byTill!: MapState<string, number>;

  override open(): void {
    const sold = new ValueStateDescriptor('sold', Types.LONG);
    sold.setQueryable('sold');
    this.sold = this.runtimeContext.getState(sold);
    const byTill = new MapStateDescriptor('by-till', Types.STRING, Types.LONG);
    byTill.enableTimeToLive(new StateTtlConfig({ timeToLive: '1 h' }));
    this.byTill = this.runtimeContext.getMapState(byTill);
  }

  override processElement(
    index: number,
    context: KeyedProcessContext<string>,
    out: { collect(value: number): void },
  ): void {
    const sold = (this.sold.value() ?? 0) + 1;
    this.sold.update(sold);
    this.byTill.put(`till ${context.currentKey === 'shop-0000' ? sold % 50 : sold % 3}`, sold);
    if (index === PLANTED_AT && this.runtimeContext.taskInfo.attemptNumber === 0) {
      throw new Error('planted: the shop burns');
    }
    out.collect(index);
  }
}

const COUNT: AggregateFunction<number, number, number> = {
  createAccumulator: () => 0,
  add: (_, sum) => sum + 1,
  getResult: (sum) => sum,
  merge: (left, right) => left + right,
};

function environment(): StreamExecutionEnvironment {
  const env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
  env.config.setGlobalJobParameters({ shops: String(SHOPS) });
  return env;
}

function numbers(env: StreamExecutionEnvironment, count: number) {
  return env
    .fromSource(
      new DataGeneratorSource((index) => index, count, { type: Types.LONG }),
      WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((index) => index),
      'tills',
    )
    .uid('tills')
    .setParallelism(1); // Else one half of all numbers is far ahead of the other in time.
}

const finished = environment();
numbers(finished, 1000)
  .keyBy(shopOf, Types.STRING)
  .process(new Sales(), Types.LONG)
  .uid('sales')
  .sinkTo(new DiscardingSink<number>());
await finished.execute('yesterday');

const doomed = environment();
doomed.configure({ 'restart-strategy.type': 'none' });
numbers(doomed, 1000)
  .map((index): number => {
    if (index === 500) {
      throw new Error('planted: no paper in the till');
    }
    return index;
  }, Types.LONG)
  .sinkTo(new DiscardingSink<number>());
await doomed.execute('doomed').catch(() => {});

const busy = environment();
numbers(busy, Number.MAX_SAFE_INTEGER)
  .keyBy(shopOf, Types.STRING)
  .process(new Sales(), Types.LONG)
  .uid('sales')
  .name('sales by shop')
  .keyBy(shopOf, Types.STRING)
  .window(TumblingEventTimeWindows.of('1 min'))
  .aggregate(COUNT, { accumulatorType: Types.LONG, type: Types.LONG })
  .uid('minutes')
  .name('sales by shop and minute')
  .sinkTo(new DiscardingSink<number>())
  .uid('nowhere')
  .name('nowhere');
await busy.executeAsync('busy shops');
