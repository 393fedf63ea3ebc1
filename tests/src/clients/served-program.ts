/**
 * A job without an end that others watch and steer over REST: numbers → accumulators and metrics →
 * sums in windows by key → nowhere.
 *
 *     node served-program.js -D rest.bind-port=0 …
 *
 * Tells `job ID URL` once checkpoints are taken and the endpoint listens.
 */
import {
  DataGeneratorSource,
  DiscardingSink,
  LongCounter,
  RateLimiterStrategy,
  RichFunction,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
  webInterfaceUrl,
} from 'millrace';

interface Reading {
  key: string;
  time: number;
  value: number;
}

const READING = Types.POJO('Reading', {
  key: Types.STRING,
  time: Types.LONG,
  value: Types.LONG,
});
const RECORDS_PER_SECOND = 2_000;
const NUMBER_OF_KEYS = 100;

class Counting extends RichFunction {
  private readonly seen = new LongCounter();

  override open(): void {
    this.runtimeContext.addAccumulator('seen', this.seen);
  }

  map(reading: Reading): Reading {
    this.seen.add(1);
    return reading;
  }
}

const env = StreamExecutionEnvironment.getExecutionEnvironment({
  'execution.checkpointing.interval': '1 s',
  'parallelism.default': '2',
});
env
  .fromSource(
    new DataGeneratorSource(
      (n): Reading => ({ key: `key-${n % NUMBER_OF_KEYS}`, time: n, value: n % 1_000 }),
      Number.MAX_SAFE_INTEGER,
      { rateLimiterStrategy: RateLimiterStrategy.perSecond(RECORDS_PER_SECOND) },
    ),
    WatermarkStrategy.forMonotonousTimestamps<Reading>().withTimestampAssigner(({ time }) => time),
    'readings',
    READING,
  )
  .uid('readings')
  .setParallelism(1) // Each subtask would begin with an event time of its own.
  .map(new Counting(), READING)
  .name('counting')
  .uid('counting')
  .keyBy(({ key }) => key, Types.STRING)
  .window(TumblingEventTimeWindows.of(1_000))
  .reduce((a, b) => ({ key: a.key, time: Math.max(a.time, b.time), value: a.value + b.value }))
  .name('sums')
  .uid('sums')
  .sinkTo(new DiscardingSink())
  .uid('nowhere');
const job = await env.executeAsync('served job');
const url = await webInterfaceUrl();
const told = setInterval(() => {
  if (job.details().checkpoints.counts.completed > 0) {
    clearInterval(told);
    process.stdout.write(`job ${job.jobId} ${url}\n`);
  }
}, 50);
await job.jobExecutionResult().catch(() => {}); // Its end is what those outside ask for.
clearInterval(told);
