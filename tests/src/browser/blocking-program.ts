/** A job one of whose functions holds the thread of all jobs: twenty seconds, some after it began. */
import {
  Configuration,
  DataGeneratorSource,
  DiscardingSink,
  RateLimiterStrategy,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
} from 'millrace';

const BLOCKED_AT = 6000;
const BLOCKED_MS = 20_000;

const env = StreamExecutionEnvironment.getExecutionEnvironment(
  Configuration.fromMap({
    'rest.bind-port': '0',
    'execution.shutdown-on-application-finish': 'false',
  }),
);
env
  .fromSource(
    new DataGeneratorSource((index) => index, Number.MAX_SAFE_INTEGER, {
      type: Types.LONG,
      rateLimiterStrategy: RateLimiterStrategy.perSecond(1000),
    }),
    WatermarkStrategy.noWatermarks<number>(),
    'numbers',
  )
  .map((index) => {
    if (index === BLOCKED_AT) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCKED_MS);
    }
    return index;
  }, Types.LONG)
  .sinkTo(new DiscardingSink<number>());
await env.executeAsync('held up');
