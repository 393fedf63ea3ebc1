/** A batch gives what the same program gives as a stream of which nothing is late. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AggregateFunction,
  type Collector,
  CountEvictor,
  EventTimeSessionWindows,
  KeyedCoProcessFunction,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type OnTimerContext,
  ProcessJoinFunction,
  type ProcessWindowContext,
  ProcessWindowFunction,
  SlidingEventTimeWindows,
  type TimeWindow,
  TumblingEventTimeWindows,
  Types,
  ValueStateDescriptor,
  WatermarkStrategy,
  type WindowAssigner,
} from '@millrace/core';
import fc from 'fast-check';
import type { DataStream } from './data-stream.ts';
import type { KeyedStream } from './keyed-stream.ts';
import { StreamExecutionEnvironment } from './stream-execution-environment.ts';

interface Event {
  readonly key: string;
  readonly time: number;
  readonly value: number;
}

type Events = KeyedStream<Event, string>;
type Program = (events: Events) => DataStream<string>;

const EVENT = Types.POJO<Event>('Event', {
  key: Types.STRING,
  time: Types.LONG,
  value: Types.LONG,
});
const SUM = new ValueStateDescriptor('sum', Types.LONG);

const TOTAL: AggregateFunction<Event, number, number> = {
  createAccumulator: () => 0,
  add: ({ value }, total) => total + value,
  getResult: (total) => total,
  merge: (a, b) => a + b,
};

class Tell<IN> extends ProcessWindowFunction<IN, string, string, TimeWindow> {
  override process(
    key: string,
    { window }: ProcessWindowContext<TimeWindow>,
    elements: Iterable<IN>,
    out: Collector<string>,
  ): void {
    const parts = [...elements].map((element) => JSON.stringify(element)).sort();
    out.collect(`${key} ${window} ${parts}`);
  }
}

class AtTheEnd extends KeyedProcessFunction<string, Event, string> {
  override processElement({ value }: Event, context: KeyedProcessContext<string>): void {
    const sum = this.runtimeContext.getState(SUM);
    sum.update((sum.value() ?? 0) + value);
    context.timerService().registerEventTimeTimer(1_000_000);
  }

  override onTimer(_time: number, context: OnTimerContext<string>, out: Collector<string>): void {
    out.collect(`${context.currentKey} ${this.runtimeContext.getState(SUM).value()}`);
  }
}

class BothAtTheEnd extends KeyedCoProcessFunction<string, Event, Event, string> {
  override processElement1({ value }: Event, context: KeyedProcessContext<string>): void {
    this.count(value, context);
  }

  override processElement2({ value }: Event, context: KeyedProcessContext<string>): void {
    this.count(value * 1_000, context);
  }

  override onTimer(_time: number, context: OnTimerContext<string>, out: Collector<string>): void {
    out.collect(`${context.currentKey} ${this.runtimeContext.getState(SUM).value()}`);
  }

  private count(value: number, context: KeyedProcessContext<string>): void {
    const sum = this.runtimeContext.getState(SUM);
    sum.update((sum.value() ?? 0) + value);
    context.timerService().registerEventTimeTimer(1_000_000);
  }
}

class Pairs extends ProcessJoinFunction<Event, Event, string> {
  override processElement(
    left: Event,
    right: Event,
    _context: unknown,
    out: Collector<string>,
  ): void {
    out.collect(`${left.key} ${left.time} ${left.value} ${right.time} ${right.value}`);
  }
}

const windows: Record<string, () => WindowAssigner<Event, TimeWindow>> = {
  tumbling: () => TumblingEventTimeWindows.of(10),
  'overlapping sliding': () => SlidingEventTimeWindows.of(10, 3),
  'sliding, with gaps,': () => SlidingEventTimeWindows.of(4, 10),
  session: () => EventTimeSessionWindows.withGap(5),
};

const smaller = (a: Event, b: Event): Event =>
  a.time < b.time || (a.time === b.time && a.value < b.value) ? a : b;

function windowPrograms(assigner: () => WindowAssigner<Event, TimeWindow>): Program[] {
  return [
    (events) => events.window(assigner()).aggregate(TOTAL, new Tell<number>()),
    (events) => events.window(assigner()).reduce(smaller, new Tell<Event>()),
    (events) => events.window(assigner()).process(new Tell<Event>()),
    (events) =>
      events.window(assigner()).evictor(CountEvictor.of(1_000)).process(new Tell<Event>()),
    (events) =>
      events
        .windowAll(assigner())
        .sum('value')
        .map((event) => `${event.value}`),
  ];
}

const PROGRAMS: Record<string, Program[]> = {
  ...Object.fromEntries(
    Object.entries(windows).map(([name, assigner]) => [
      `${name} windows`,
      windowPrograms(assigner),
    ]),
  ),
  'functions with timers': [(events) => events.process(new AtTheEnd())],
  'two inputs': [
    (events) =>
      events
        .connect(events.filter(({ value }) => value > 2).keyBy(({ key }) => key, Types.STRING))
        .process(new BothAtTheEnd()),
  ],
  'interval joins': [
    (events) =>
      events.intervalJoin(events).between(-3, 5).upperBoundExclusive().process(new Pairs()),
  ],
  'window joins': [
    (events) =>
      events
        .join(events.filter(({ value }) => value > 2))
        .where(({ key }) => key, Types.STRING)
        .equalTo(({ key }) => key)
        .window(TumblingEventTimeWindows.of(10))
        .apply((a, b) => `${a.key} ${a.time} ${a.value} ${b.time} ${b.value}`),
  ],
};

const events = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    time: fc.integer({ min: -20, max: 40 }),
    value: fc.integer({ min: 0, max: 5 }),
  }),
  { maxLength: 25 },
);

describe('a batch gives what a stream gives of which nothing is late:', () => {
  for (const [name, programs] of Object.entries(PROGRAMS)) {
    it(name, async () => {
      await fc.assert(
        fc.asyncProperty(
          events,
          fc.constantFrom(...programs),
          fc.integer({ min: 1, max: 3 }),
          fc.constantFrom('1 kb', '1 mb'),
          async (input, program, parallelism, memory) => {
            const settings = { 'parallelism.default': `${parallelism}` };

            const streamed = await run(input, program, settings);
            const batched = await run(input, program, {
              ...settings,
              'execution.runtime-mode': 'BATCH',
              'taskmanager.memory.managed.size': memory,
            });

            assert.deepEqual(batched, streamed);
          },
        ),
        { numRuns: 25 },
      );
    });
  }
});

/** Sorted, as the order of keys is another. */
async function run(
  input: readonly Event[],
  program: Program,
  configuration: Readonly<Record<string, string>>,
): Promise<string[]> {
  const env = StreamExecutionEnvironment.createLocalEnvironment(configuration);
  const keyed = env
    .fromCollection(input, EVENT)
    .assignTimestampsAndWatermarks(
      WatermarkStrategy.noWatermarks<Event>().withTimestampAssigner(({ time }) => time),
    )
    .keyBy(({ key }) => key, Types.STRING);
  return (await program(keyed).executeAndCollect()).sort();
}
