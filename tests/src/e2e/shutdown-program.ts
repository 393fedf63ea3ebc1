/**
 * Sums in windows by key into files, in a process of its own that is told to stop.
 *
 *     node shutdown-program.js ROOT SETTINGS
 *
 * SETTINGS is JSON; `{"test.hangs": "true"}` has a function that never closes. Tells `running` once
 * checkpoints are taken, and in its end the checkpoint that it went on from.
 */
import { join } from 'node:path';
import {
  csvEncoder,
  DataGeneratorSource,
  FileSink,
  RateLimiterStrategy,
  RichFunction,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from 'millrace';
import { completedCheckpoints } from './counting-program.ts';

interface Event {
  key: string;
  time: number;
  value: number;
}

const NUMBER_OF_EVENTS = 8_000;
const EVENTS_PER_CHECKPOINT = 400;
const NUMBER_OF_KEYS = 50;

class Hanging extends RichFunction {
  map(event: Event): Event {
    return event;
  }

  override close(): Promise<void> {
    return new Promise(() => setInterval(() => {}, 1_000));
  }
}

const [root, settings] = process.argv.slice(2) as [string, string];
const { 'test.hangs': hangs, ...configuration } = JSON.parse(settings) as Record<string, string>;
const env = StreamExecutionEnvironment.createLocalEnvironment({
  'parallelism.default': '2',
  'execution.checkpointing.interval': '20 ms',
  'execution.checkpointing.dir': join(root, 'checkpoints'),
  'restart-strategy.type': 'none',
  ...configuration,
});
const events = env
  .fromSource(
    new DataGeneratorSource(
      (n): Event => ({ key: `key-${n % NUMBER_OF_KEYS}`, time: n * 10, value: n }),
      NUMBER_OF_EVENTS,
      { rateLimiterStrategy: RateLimiterStrategy.perCheckpoint(EVENTS_PER_CHECKPOINT) },
    ),
    WatermarkStrategy.forMonotonousTimestamps<Event>().withTimestampAssigner(({ time }) => time),
    'events',
  )
  .uid('events')
  .setParallelism(1);
(hangs === 'true' ? events.map(new Hanging()) : events)
  .keyBy(({ key }) => key, Types.STRING)
  .window(TumblingEventTimeWindows.of(4_000))
  .reduce((a, b) => ({ key: a.key, time: Math.max(a.time, b.time), value: a.value + b.value }))
  .uid('sums')
  .sinkTo(
    FileSink.forRowFormat(
      join(root, 'output'),
      csvEncoder<Event>({ columns: ['key', 'time', 'value'] }),
    ),
  )
  .uid('files');
const job = await env.executeAsync('shutdown');
completedCheckpoints(job, 3).then(
  () => process.stdout.write('running\n'),
  () => {}, // It ended before; who started it waits for that too.
);
await job.jobExecutionResult();
process.stdout.write(`finished after ${job.details().restoredCheckpointId}\n`);
