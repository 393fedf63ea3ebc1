/**
 * The job of the fixtures, as a Millrace program: the uids, keys, states, timers and windows that
 * real Flink wrote. Its source is another: the position of the fixtures' is a list of their own.
 *
 * Java: tests/interop/src/main/java/lab/SpJob.java
 */
import {
  type AggregateFunction,
  DataGeneratorSource,
  type DataStream,
  EventTimeSessionWindows,
  type RateLimiterStrategy,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from 'millrace';
import { event, FINAL_WATERMARK, type InteropEvent, NUMBER_OF_EVENTS } from './interop-events.ts';
import {
  ByLong,
  ByPojo,
  ByString,
  ByTuple,
  Discard,
  Expiring,
  NullMap,
  type OnRead,
  type OnRestore,
  OpState,
  WithRules,
} from './interop-functions.ts';
import { KEY_AND_NAME, KEY_POJO, RULES, SUM_AND_COUNT, TUPLE_KEY } from './interop-types.ts';

/** Operators of the fixtures that the program has too. */
export const SHARED_UIDS: readonly string[] = [
  'by-string',
  'by-long',
  'by-tuple',
  'by-pojo',
  'ttl-op',
  'broadcast-op',
  'win-agg',
  'win-process',
  'win-session',
  'op-state',
];

const NUMBER_OF_RULES = 10;
const RULE = Types.TUPLE(Types.STRING, Types.LONG);
/** The source never gets there, so the job never ends by itself. */
const NUMBERS = 1_000_000;

export interface InteropOptions {
  readonly configuration: Readonly<Record<string, string>>;
  readonly parallelism: number;
  /** First event, where the checkpoint has no position of the source. */
  readonly from?: number;
  /** How many events this run processes. */
  readonly events: number;
  /** In place of processing: tells for each event what the functions see of its keys. */
  readonly onRead?: OnRead;
  readonly onRestore?: OnRestore;
}

export const WINDOW_SUM: AggregateFunction<InteropEvent, [number, number], number> = {
  createAccumulator: () => [0, 0],
  add: ({ value }, [sum, count]) => [sum + value, count + 1],
  getResult: ([, count]) => count,
  merge: (a, b) => [a[0] + b[0], a[1] + b[1]],
};

/** Grants `events` records, then none: what is generated with it never ends. */
export function heldAfter(events: number): RateLimiterStrategy {
  let left = events;
  return {
    createRateLimiter: () => ({
      acquire: (wanted: number): number => {
        const granted = Math.min(wanted, left);
        left -= granted;
        return granted;
      },
      whenAvailable: () => new Promise<never>(() => {}),
      notifyCheckpointComplete: (): void => {},
      close: (): void => {},
    }),
  };
}

function watermarks(): WatermarkStrategy<InteropEvent> {
  return WatermarkStrategy.forGenerator<InteropEvent>(() => ({
    onEvent: ({ id }, _timestamp, output) => {
      if (id === NUMBER_OF_EVENTS - 1) {
        output.emitWatermark(FINAL_WATERMARK);
      }
    },
    onPeriodicEmit: () => {},
  })).withTimestampAssigner(({ timestamp }) => timestamp);
}

export function interopProgram(options: InteropOptions): StreamExecutionEnvironment {
  const { onRead, onRestore = () => {}, from = 0 } = options;
  const env = StreamExecutionEnvironment.createLocalEnvironment(options.configuration);
  env.setParallelism(options.parallelism).setMaxParallelism(128);
  const source = new DataGeneratorSource((index) => event(from + index), NUMBERS - from, {
    rateLimiterStrategy: heldAfter(options.events),
  });
  const events = env.fromSource(source, watermarks(), 'events').uid('events').setParallelism(1);
  const byString = events.keyBy((e) => e.stringKey, Types.STRING);
  byString.process(new ByString('by-string', onRead)).uid('by-string');
  events
    .keyBy((e) => e.longKey, Types.BIGINT_LONG)
    .process(new ByLong('by-long', onRead))
    .uid('by-long');
  events
    .keyBy((e) => e.tupleKey, TUPLE_KEY)
    .process(new ByTuple('by-tuple', onRead))
    .uid('by-tuple');
  events
    .keyBy((e) => e.pojoKey, KEY_POJO)
    .process(new ByPojo('by-pojo', onRead))
    .uid('by-pojo');
  byString.process(new NullMap('null-map', onRead)).uid('null-map');
  byString.process(new Expiring('ttl-op', onRead)).uid('ttl-op');
  byString.connect(rules(env).broadcast(RULES)).process(new WithRules(onRead)).uid('broadcast-op');
  events
    .partitionCustom(
      (id: number, partitions) => id % partitions,
      (e) => e.id,
    )
    .process(new OpState(onRestore))
    .uid('op-state');
  addWindows(
    events
      .filter(() => onRead === undefined)
      .uid('to-windows')
      .setParallelism(1),
  );
  return env;
}

function rules(env: StreamExecutionEnvironment): DataStream<[string, number]> {
  const rule = (index: number): [string, number] => [`rule-${index}`, index * 10];
  const source = new DataGeneratorSource(rule, NUMBERS, {
    rateLimiterStrategy: heldAfter(NUMBER_OF_RULES),
  });
  return env
    .fromSource(source, WatermarkStrategy.noWatermarks(), 'broadcast-source', RULE)
    .uid('broadcast-source')
    .setParallelism(1);
}

function addWindows(events: DataStream<InteropEvent>): void {
  events
    .keyBy((e) => e.stringKey, Types.STRING)
    .window(TumblingEventTimeWindows.of('1 s'))
    .aggregate(WINDOW_SUM, { accumulatorType: SUM_AND_COUNT })
    .uid('win-agg');
  events
    .map((e): [bigint, string] => [e.longKey, `e${e.id}`], KEY_AND_NAME)
    .uid('to-pair')
    .setParallelism(1)
    .keyBy(([key]) => key, Types.BIGINT_LONG)
    .window(TumblingEventTimeWindows.of('5 s'))
    .process(new Discard())
    .uid('win-process');
  events
    .keyBy((e) => e.longKey, Types.BIGINT_LONG)
    .window(EventTimeSessionWindows.withGap('500 ms'))
    .aggregate(WINDOW_SUM, { accumulatorType: SUM_AND_COUNT })
    .uid('win-session');
}
