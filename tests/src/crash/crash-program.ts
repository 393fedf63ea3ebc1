/**
 * The job of the crash test, run in a process of its own: it is killed at any moment and started
 * again until it finishes. In its end it tells the checkpoint that it went on from.
 *
 *     node crash-program.js ROOT STATE_BACKEND
 */
import { join } from 'node:path';
import { SeededRandom } from '@millrace/testing';
import {
  type Collector,
  csvEncoder,
  DataGeneratorSource,
  FileSink,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type OnTimerContext,
  RateLimiterStrategy,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';
import { watchFileOperations } from './file-operation-kill.ts';

interface Event {
  key: string;
  time: number;
  value: number;
}

interface Quiet {
  key: string;
  time: number;
  count: number;
}

const NUMBER_OF_EVENTS = 16_000;
const NUMBER_OF_KEYS = 100;
/** So there are some twenty checkpoints, on a machine of any speed. */
const EVENTS_PER_CHECKPOINT = 800;
const START = 1_700_000_000_000;
const QUIET_MS = 12_000;

/** Counts the records of each key and tells the count whenever the key has been quiet. */
class QuietKeys extends KeyedProcessFunction<string, Event, Quiet> {
  private count!: ValueState<number>;
  private last!: ValueState<number>;

  override open(): void {
    this.count = this.runtimeContext.getState(new ValueStateDescriptor('count', Types.LONG));
    this.last = this.runtimeContext.getState(new ValueStateDescriptor('last', Types.LONG));
  }

  override processElement(event: Event, context: KeyedProcessContext<string>): void {
    this.count.update((this.count.value() ?? 0) + 1);
    this.last.update(Math.max(this.last.value() ?? 0, event.time));
    context.timerService().registerEventTimeTimer(event.time + QUIET_MS);
  }

  override onTimer(time: number, context: OnTimerContext<string>, out: Collector<Quiet>): void {
    if (time === (this.last.value() ?? 0) + QUIET_MS) {
      out.collect({ key: context.currentKey, time, count: this.count.value() ?? 0 });
    }
  }
}

function eventOf(index: number): Event {
  const random = new SeededRandom(index);
  return {
    key: `key-${random.nextInt(NUMBER_OF_KEYS)}`,
    time: START + index * 30 - random.nextInt(4_000),
    value: random.nextInt(1_000),
  };
}

const [root, stateBackend] = process.argv.slice(2) as [string, string];
watchFileOperations(root);
const env = StreamExecutionEnvironment.createLocalEnvironment({
  'parallelism.default': '2',
  'execution.checkpointing.interval': '10 ms',
  // Small state too is written to files of its own, so that kills can meet them.
  'execution.checkpointing.data-inline-threshold': '256 b',
  'execution.checkpointing.dir': join(root, 'checkpoints'),
  'state.backend.type': stateBackend,
  'execution.checkpointing.incremental': 'true',
  'state.backend.rocksdb.localdir': `${root}-local`,
  'high-availability.type': 'filesystem',
  'high-availability.storageDir': join(root, 'high-availability'),
  // A kill after the end, before the process has told of it, must not run the job again.
  'job-result-store.delete-on-commit': 'false',
  'restart-strategy.type': 'none',
});
const smallParts = { rollingPolicy: { maxPartSizeBytes: 4 * 1024 } };
const source = env
  .fromSource(
    new DataGeneratorSource(eventOf, NUMBER_OF_EVENTS, {
      rateLimiterStrategy: RateLimiterStrategy.perCheckpoint(EVENTS_PER_CHECKPOINT),
    }),
    WatermarkStrategy.forGenerator<Event>(() => ({
      onEvent: (_event, time, output) => output.emitWatermark(time - 5_000),
      onPeriodicEmit: () => {},
    })).withTimestampAssigner((event) => event.time),
    'events',
  )
  .uid('events')
  .setParallelism(1);
const byKey = source.keyBy((event) => event.key, Types.STRING);
byKey
  .window(TumblingEventTimeWindows.of(10_000))
  .reduce((a, b) => ({ key: a.key, time: Math.max(a.time, b.time), value: a.value + b.value }))
  .uid('sums')
  .sinkTo(
    FileSink.forRowFormat(
      join(root, 'output', 'sums'),
      csvEncoder<Event>({ columns: ['key', 'time', 'value'] }),
      smallParts,
    ),
  )
  .uid('sums-files');
byKey
  .process(new QuietKeys())
  .uid('quiet')
  .sinkTo(
    FileSink.forRowFormat(
      join(root, 'output', 'quiet'),
      csvEncoder<Quiet>({ columns: ['key', 'time', 'count'] }),
      smallParts,
    ),
  )
  .uid('quiet-files');
const job = await env.executeAsync('crash');
await job.jobExecutionResult();
process.stdout.write(`${job.details().restoredCheckpointId ?? ''}\n`);
