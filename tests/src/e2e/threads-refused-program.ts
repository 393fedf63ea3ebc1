/** A job that follows the processors of the machine, and is refused: the process has nothing left to do. */
import {
  DataGeneratorSource,
  DiscardingSink,
  errorCode,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
} from 'millrace';

const env = StreamExecutionEnvironment.createLocalEnvironment({
  'execution.target': 'threads',
  'scheduler-mode': 'REACTIVE',
  'heartbeat.interval': '10 s',
  'heartbeat.timeout': '1 s',
});
env
  .fromSource(
    new DataGeneratorSource((n) => n, 10, { type: Types.LONG }),
    WatermarkStrategy.noWatermarks<number>(),
    'numbers',
  )
  .sinkTo(new DiscardingSink());
await env.executeAsync('refused').catch((error: unknown) => console.log(errorCode(error)));
