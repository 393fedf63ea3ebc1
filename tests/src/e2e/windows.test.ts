/** Programs with windows and rolling aggregations, as a user writes them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AggregateFunction,
  type AllWindowFunction,
  type Collector,
  CountEvictor,
  CountTrigger,
  EventTimeSessionWindows,
  GlobalWindows,
  OutputTag,
  ProcessAllWindowFunction,
  type ProcessWindowContext,
  ProcessWindowFunction,
  PurgingTrigger,
  SlidingEventTimeWindows,
  StreamExecutionEnvironment,
  type TimeWindow,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from 'millrace';

interface Ride {
  readonly taxi: string;
  readonly km: number;
  readonly at: number;
  readonly driver: string;
}

const ride = (taxi: string, at: number, km: number, driver = ''): Ride => ({
  taxi,
  at,
  km,
  driver,
});

/** All windows but the late ones wait for the end: the watermark comes with it. */
function rides(list: readonly Ride[], parallelism = 1) {
  return StreamExecutionEnvironment.createLocalEnvironment()
    .setParallelism(parallelism)
    .fromData(list)
    .assignTimestampsAndWatermarks(
      WatermarkStrategy.forMonotonousTimestamps<Ride>().withTimestampAssigner(({ at }) => at),
    );
}

const RIDES = [
  ride('a', 1, 5, 'x'),
  ride('b', 2, 7, 'y'),
  ride('a', 3, 2, 'z'),
  ride('a', 12, 4, 'x'),
  ride('b', 13, 7, 'v'),
];

const Kilometres: AggregateFunction<Ride, number, number> = {
  createAccumulator: () => 0,
  add: ({ km }, sum) => sum + km,
  getResult: (sum) => sum,
  merge: (a, b) => a + b,
};

class Report extends ProcessWindowFunction<number, string, string, TimeWindow> {
  override process(
    taxi: string,
    { window }: ProcessWindowContext<TimeWindow>,
    sums: Iterable<number>,
    out: Collector<string>,
  ): void {
    out.collect(`${taxi} ${window.start}: ${[...sums].join()}`);
  }
}

class ReportAll extends ProcessAllWindowFunction<Ride, string, TimeWindow> {
  override process(
    { window }: ProcessWindowContext<TimeWindow>,
    all: Iterable<Ride>,
    out: Collector<string>,
  ): void {
    out.collect(`${window.start}: ${[...all].map(({ km }) => km).join(' ')}`);
  }
}

async function sorted<T>(results: Promise<T[]>): Promise<T[]> {
  return (await results).sort();
}

describe('windows of a keyed stream', () => {
  const windows = () =>
    rides(RIDES)
      .keyBy(({ taxi }) => taxi, Types.STRING)
      .window(TumblingEventTimeWindows.of(10));

  it('hand a window function the key, the window and its records', async () => {
    const described = windows().apply((taxi, { start }, all, out: Collector<string>) =>
      out.collect(`${taxi} ${start}: ${[...all].map(({ km }) => km).join(' ')}`),
    );

    assert.deepEqual(await sorted(described.executeAndCollect()), [
      'a 0: 5 2',
      'a 10: 4',
      'b 0: 7',
      'b 10: 7',
    ]);
  });

  it('hand it the one result of a reduce or an aggregate', async () => {
    const reduced = windows().reduce(
      (a, b) => (a.km > b.km ? a : b),
      (taxi, _window, [longest], out: Collector<string>) => out.collect(`${taxi}: ${longest!.km}`),
    );
    const aggregated = windows().aggregate(Kilometres, {
      apply: (taxi, _window, [sum], out: Collector<string>) => out.collect(`${taxi}: ${sum}`),
    });
    const processed = windows().aggregate(Kilometres, () => new Report());

    assert.deepEqual(await sorted(reduced.executeAndCollect()), ['a: 4', 'a: 5', 'b: 7', 'b: 7']);
    assert.deepEqual(await sorted(aggregated.executeAndCollect()), [
      'a: 4',
      'a: 7',
      'b: 7',
      'b: 7',
    ]);
    assert.deepEqual(await sorted(processed.executeAndCollect()), [
      'a 0: 7',
      'a 10: 4',
      'b 0: 7',
      'b 10: 7',
    ]);
  });

  it('aggregate a field, and keep the rest of the first record', async () => {
    const [sum, min, max] = await Promise.all([
      windows().sum('km').executeAndCollect(),
      windows().min('km').executeAndCollect(),
      windows().max('at').executeAndCollect(),
    ]);

    const ofTaxiA = (list: Ride[]) =>
      list.find(({ taxi, driver }) => taxi === 'a' && driver === 'x');
    assert.deepEqual(ofTaxiA(sum), ride('a', 1, 7, 'x'));
    assert.deepEqual(ofTaxiA(min), ride('a', 1, 2, 'x'));
    assert.deepEqual(ofTaxiA(max), ride('a', 3, 5, 'x'));
  });

  it('give the whole record with the extreme value: the first of several, or the last', async () => {
    const all = () => rides(RIDES).windowAll(TumblingEventTimeWindows.of(100));

    assert.deepEqual(await all().minBy('km').executeAndCollect(), [RIDES[2]]);
    assert.deepEqual(await all().maxBy('km').executeAndCollect(), [RIDES[1]]);
    assert.deepEqual(await all().maxBy('km', false).executeAndCollect(), [RIDES[4]]);
  });

  it('take a trigger, an evictor, an allowed lateness and a side output for what is late', async () => {
    const late = new OutputTag<Ride>('late', Types.GENERIC);
    const counted = rides([...RIDES, ride('a', 14, 1)])
      .keyBy(({ taxi }) => taxi, Types.STRING)
      .window(TumblingEventTimeWindows.of(100))
      .trigger(CountTrigger.of(2))
      .evictor(() => CountEvictor.of(3))
      .allowedLateness('1 s')
      .sideOutputLateData(late)
      .apply((taxi, _window, all, out: Collector<string>) =>
        out.collect(`${taxi}: ${[...all].map(({ km }) => km).join(' ')}`),
      );

    assert.deepEqual(await counted.executeAndCollect(), ['a: 5 2', 'b: 7 7', 'a: 2 4 1']);
  });

  it('may be sessions and sliding ones', async () => {
    const keyed = () => rides(RIDES).keyBy(({ taxi }) => taxi, Types.STRING);
    const sessions = keyed()
      .window(EventTimeSessionWindows.withDynamicGap(({ km }: Ride) => km))
      .aggregate(Kilometres, () => new Report());
    const sliding = keyed()
      .window(SlidingEventTimeWindows.of(20, 10))
      .aggregate(Kilometres, () => new Report());

    assert.deepEqual(await sorted(sessions.executeAndCollect()), [
      'a 12: 4',
      'a 1: 7',
      'b 13: 7',
      'b 2: 7',
    ]);
    assert.deepEqual(await sorted(sliding.executeAndCollect()), [
      'a -10: 7',
      'a 0: 11',
      'a 10: 4',
      'b -10: 7',
      'b 0: 14',
      'b 10: 7',
    ]);
  });
});

describe('count windows', () => {
  const numbers = [1, 2, 3, 4, 5, 6, 7];
  const keyed = () =>
    StreamExecutionEnvironment.createLocalEnvironment()
      .fromData(numbers)
      .keyBy(() => 'all', Types.STRING);
  const text = (_key: string, _window: unknown, all: Iterable<number>, out: Collector<string>) =>
    out.collect([...all].join());

  it('of n are a global window, purged at each n records', async () => {
    const same = keyed().window(GlobalWindows.create());

    assert.deepEqual(await keyed().countWindow(3).apply(text).executeAndCollect(), [
      '1,2,3',
      '4,5,6',
    ]);
    assert.deepEqual(
      await same
        .trigger(PurgingTrigger.of(CountTrigger.of(3)))
        .apply(text)
        .executeAndCollect(),
      ['1,2,3', '4,5,6'],
    );
  });

  it('of n with a slide hold the last n records at each slide', async () => {
    assert.deepEqual(await keyed().countWindow(3, 2).apply(text).executeAndCollect(), [
      '1,2',
      '2,3,4',
      '4,5,6',
    ]);
  });

  it('of all records need no key', async () => {
    const all = StreamExecutionEnvironment.createLocalEnvironment().fromData(numbers);

    assert.deepEqual(
      await all
        .countWindowAll(3)
        .reduce((a, b) => a + b)
        .executeAndCollect(),
      [6, 15],
    );
  });

  it('refuse a size or slide that is no count', () => {
    assert.throws(() => keyed().countWindow(0), { code: 'CONFIG_VALUE_INVALID' });
    assert.throws(() => keyed().countWindow(2, 0), { code: 'CONFIG_VALUE_INVALID' });
  });
});

describe('windows of all records', () => {
  it('have parallelism 1 and one key group, whatever the program says', async () => {
    const stream = rides(RIDES, 4).windowAll(TumblingEventTimeWindows.of(10)).sum('km');

    assert.equal(stream.transformation.parallelism, 1);
    assert.equal(stream.transformation.maxParallelism, 1);
    assert.throws(() => stream.setParallelism(2), { code: 'PARALLELISM_OUT_OF_RANGE' });
    assert.deepEqual(
      (await stream.executeAndCollect()).map(({ km }) => km),
      [14, 11],
    );
  });

  it('take functions of all windows, of each kind', async () => {
    const windows = () => rides(RIDES).windowAll(TumblingEventTimeWindows.of(10));
    const describeAll: AllWindowFunction<Ride, string, TimeWindow> = ({ start }, all, out) =>
      out.collect(`${start}: ${[...all].map(({ km }) => km).join(' ')}`);
    const expected = ['0: 5 7 2', '10: 4 7'];

    assert.deepEqual(await windows().apply(describeAll).executeAndCollect(), expected);
    assert.deepEqual(
      await windows()
        .process(() => new ReportAll())
        .executeAndCollect(),
      expected,
    );
    assert.deepEqual(
      await windows()
        .aggregate(Kilometres, ({ start }, [sum], out: Collector<string>) =>
          out.collect(`${start}: ${sum}`),
        )
        .executeAndCollect(),
      ['0: 14', '10: 11'],
    );
    assert.deepEqual(
      await windows()
        .reduce(
          (a, b) => (a.km > b.km ? a : b),
          () => new ReportAll(),
        )
        .executeAndCollect(),
      ['0: 7', '10: 7'],
    );
  });
});

describe('rolling aggregations of a keyed stream', () => {
  const env = () => StreamExecutionEnvironment.createLocalEnvironment();
  const pairs: [string, number][] = [
    ['a', 3],
    ['b', 1],
    ['a', 1],
    ['a', 4],
    ['b', 1],
  ];
  const keyed = () =>
    env()
      .fromData(pairs)
      .keyBy(([key]) => key, Types.STRING);

  it('give the sum, least and greatest value so far, for each record', async () => {
    assert.deepEqual(await keyed().sum(1).executeAndCollect(), [
      ['a', 3],
      ['b', 1],
      ['a', 4],
      ['a', 8],
      ['b', 2],
    ]);
    assert.deepEqual(
      (await keyed().min(1).executeAndCollect()).map(([, n]) => n),
      [3, 1, 1, 1, 1],
    );
    assert.deepEqual(
      (await keyed().max(1).executeAndCollect()).map(([, n]) => n),
      [3, 1, 3, 4, 1],
    );
  });

  it('by a field keep the whole record, the first of several or the last', async () => {
    const byTaxi = () => rides(RIDES).keyBy(({ taxi }) => taxi, Types.STRING);

    const first = await byTaxi().maxBy('km').executeAndCollect();
    const last = await byTaxi().maxBy('km', false).executeAndCollect();

    assert.deepEqual(first.at(-1), RIDES[1]);
    assert.deepEqual(last.at(-1), RIDES[4]);
  });

  it('leave the records that came as they were', async () => {
    const input = [ride('a', 0, 1), ride('a', 0, 2)];
    const before = structuredClone(input);

    await env()
      .fromData(input)
      .keyBy(({ taxi }) => taxi, Types.STRING)
      .sum('km')
      .executeAndCollect();

    assert.deepEqual(input, before);
  });

  it('of plain numbers use field 0', async () => {
    const sums = env()
      .fromData([1, 2, 3])
      .keyBy(() => 'all', Types.STRING)
      .sum(0);

    assert.deepEqual(await sums.executeAndCollect(), [1, 3, 6]);
  });
});
