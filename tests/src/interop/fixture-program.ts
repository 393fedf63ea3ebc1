/**
 * The job of the fixtures, operator for operator and edge for edge, so that records which were in
 * flight between its tasks find their channels. Its source has no more events to give.
 *
 * Java: lab.SpJob of the project that made the fixtures.
 */
import {
  DataGeneratorSource,
  type DataStream,
  EventTimeSessionWindows,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from 'millrace';
import { EVENT } from './interop-event-type.ts';
import { event, FINAL_WATERMARK, type InteropEvent, NUMBER_OF_EVENTS } from './interop-events.ts';
import {
  ByLong,
  ByPojo,
  ByString,
  ByTuple,
  Discard,
  Expiring,
  OpState,
  WithRules,
} from './interop-functions.ts';
import { heldAfter, WINDOW_SUM } from './interop-program.ts';
import { KEY_AND_NAME, KEY_POJO, RULES, SUM_AND_COUNT, TUPLE_KEY } from './interop-types.ts';

const RULE = Types.TUPLE(Types.STRING, Types.LONG);

/** What follows the last event. */
const FINAL = WatermarkStrategy.forGenerator<InteropEvent>(() => ({
  onEvent: () => {},
  onPeriodicEmit: (output) => output.emitWatermark(FINAL_WATERMARK),
})).withTimestampAssigner(({ timestamp }) => timestamp);

export interface FixtureProgramOptions {
  readonly configuration: Readonly<Record<string, string>>;
  readonly parallelism?: number;
  /** Of the records between the tasks. */
  readonly eventType?: typeof EVENT;
  /** In place of this operator there is one of another uid. */
  readonly renamed?: string;
}

export function fixtureProgram(options: FixtureProgramOptions): StreamExecutionEnvironment {
  const { configuration, parallelism = 2, eventType = EVENT } = options;
  const uid = (name: string): string => (name === options.renamed ? `${name}-2` : name);
  const env = StreamExecutionEnvironment.createLocalEnvironment(configuration);
  env.setParallelism(parallelism).setMaxParallelism(128);
  const none = { rateLimiterStrategy: heldAfter(0) };
  const events: DataStream<InteropEvent> = env
    .fromSource(
      new DataGeneratorSource((i) => event(NUMBER_OF_EVENTS + i), 1, none),
      FINAL,
      'source',
      eventType,
    )
    .uid('source')
    .setParallelism(1);
  const rules = env
    .fromSource(
      new DataGeneratorSource((i): [string, number] => [`rule-${i}`, i * 10], 10, none),
      WatermarkStrategy.noWatermarks(),
      'broadcast-source',
      RULE,
    )
    .uid('broadcast-source')
    .setParallelism(1);
  const byString = events.keyBy((e) => e.stringKey, Types.STRING);
  const byLong = events.keyBy((e) => e.longKey, Types.BIGINT_LONG);
  byString.process(new ByString('by-string', undefined)).uid(uid('by-string'));
  byLong.process(new ByLong('by-long', undefined)).uid(uid('by-long'));
  events
    .keyBy((e) => e.tupleKey, TUPLE_KEY)
    .process(new ByTuple('by-tuple', undefined))
    .uid('by-tuple');
  events
    .keyBy((e) => e.pojoKey, KEY_POJO)
    .process(new ByPojo('by-pojo', undefined))
    .uid('by-pojo');
  byString.process(new Expiring('ttl-op', undefined)).uid('ttl-op');
  byString.connect(rules.broadcast(RULES)).process(new WithRules(undefined)).uid('broadcast-op');
  events
    .partitionCustom(
      (id: number, partitions) => id % partitions,
      (e) => e.id,
    )
    .process(new OpState(() => {}))
    .uid('op-state');
  byString
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
  byLong
    .window(EventTimeSessionWindows.withGap('500 ms'))
    .aggregate(WINDOW_SUM, { accumulatorType: SUM_AND_COUNT })
    .uid('win-session');
  return env;
}
