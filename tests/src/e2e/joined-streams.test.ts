/** Programs that join two streams: by interval, by window, in groups. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Collector,
  CollectSink,
  CountEvictor,
  CountTrigger,
  type JoinFunction,
  type ListCheckpointed,
  OutputTag,
  type ProcessContext,
  ProcessFunction,
  type ProcessJoinContext,
  ProcessJoinFunction,
  PurgingTrigger,
  perSubtask,
  RichFunction,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from 'millrace';
import {
  environmentsIn,
  failOnce,
  keyOf,
  naiveJoin,
  sortedResults,
  TIMED,
  type Timed,
  timedRecords,
  timedStream,
} from './two-streams.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-joined-streams-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const environment = environmentsIn(folder);

class Pairs extends ProcessJoinFunction<Timed, Timed, string> {
  private readonly onPair: () => void;

  constructor(onPair: () => void) {
    super();
    this.onPair = onPair;
  }

  override processElement(
    left: Timed,
    right: Timed,
    context: ProcessJoinContext,
    out: Collector<string>,
  ): void {
    this.onPair();
    assert.equal(context.timestamp, Math.max(left.time, right.time));
    out.collect(`${left.id}-${right.id}`);
  }
}

describe('joins of two streams', () => {
  const streams = fc.record({
    left: fc.integer({ min: 1, max: 200 }),
    right: fc.integer({ min: 1, max: 200 }),
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    failAfterPairs: fc.integer({ min: 1, max: 60 }),
    parallelism: fc.integer({ min: 1, max: 3 }),
  });

  it('by interval give the pairs of a naive join, whatever fails when', async () => {
    await fc.assert(
      fc.asyncProperty(streams, async ({ seed, failAfterPairs, parallelism, ...counts }) => {
        const left = timedRecords(counts.left, seed);
        const right = timedRecords(counts.right, seed + 1);
        const env = environment(parallelism);
        let pairs = 0;
        const sink = new CollectSink<string>();
        timedStream(env, left, { name: 'left', perCheckpoint: 50 })
          .keyBy(keyOf, Types.STRING)
          .intervalJoin(
            timedStream(env, right, { name: 'right', perCheckpoint: 50 }).keyBy(
              keyOf,
              Types.STRING,
            ),
          )
          .between(-40, '60 ms')
          .upperBoundExclusive()
          .process(new Pairs(failOnce(() => ++pairs === failAfterPairs)), Types.STRING)
          .sinkTo(sink)
          .setParallelism(1);

        await env.execute();

        const meets = (a: Timed, b: Timed): boolean =>
          b.time - a.time >= -40 && b.time - a.time < 60;
        assert.deepEqual(sortedResults(sink), naiveJoin(left, right, meets));
      }),
      { numRuns: 12 },
    );
  });

  it('by interval leave out a bound that is exclusive', async () => {
    const at = (time: number): Timed => ({ key: 'a', time, id: time });
    const env = environment(1);
    const left = timedStream(env, [at(10)], { name: 'left' }).keyBy(keyOf, Types.STRING);
    const right = timedStream(env, [8, 9, 10, 11, 12].map(at), { name: 'right' }).keyBy(
      keyOf,
      Types.STRING,
    );
    const between = () => left.intervalJoin(right).between(-2, 2);
    const times = async (join: ReturnType<typeof between>): Promise<string> => {
      const pairs = await join.process(new Pairs(() => {}), Types.STRING).executeAndCollect();
      return pairs
        .map((pair) => Number(pair.split('-')[1]))
        .sort((a, b) => a - b)
        .join(' ');
    };

    assert.deepEqual(
      [
        await times(between()),
        await times(between().lowerBoundExclusive()),
        await times(between().upperBoundExclusive()),
        await times(between().lowerBoundExclusive().upperBoundExclusive()),
      ],
      ['8 9 10 11 12', '9 10 11 12', '8 9 10 11', '9 10 11'],
    );
  });

  it('by window give the pairs of a naive join, whatever fails when', async () => {
    await fc.assert(
      fc.asyncProperty(streams, async ({ seed, failAfterPairs, parallelism, ...counts }) => {
        const left = timedRecords(counts.left, seed);
        const right = timedRecords(counts.right, seed + 1);
        const env = environment(parallelism);
        let pairs = 0;
        const fail = failOnce(() => ++pairs === failAfterPairs);
        const sink = new CollectSink<string>();
        timedStream(env, left, { name: 'left', perCheckpoint: 50 })
          .join(timedStream(env, right, { name: 'right', perCheckpoint: 50 }))
          .where(keyOf, Types.STRING)
          .equalTo(keyOf)
          .window(TumblingEventTimeWindows.of(100))
          .apply((a, b) => {
            fail();
            return `${a.id}-${b.id}`;
          }, Types.STRING)
          .sinkTo(sink)
          .setParallelism(1);

        await env.execute();

        const windowOf = ({ time }: Timed): number => Math.floor(time / 100);
        const meets = (a: Timed, b: Timed): boolean => windowOf(a) === windowOf(b);
        assert.deepEqual(sortedResults(sink), naiveJoin(left, right, meets));
      }),
      { numRuns: 12 },
    );
  });

  it('by window carry the largest timestamp of the window', async () => {
    const env = environment(2);
    const left = timedStream(env, timedRecords(30, 1), { name: 'left' });
    const right = timedStream(env, timedRecords(30, 2), { name: 'right' });

    const times = await left
      .join(right)
      .where(keyOf, Types.STRING)
      .equalTo(keyOf, Types.STRING)
      .window(TumblingEventTimeWindows.of(100))
      .apply((a, _b, out: Collector<number>) => out.collect(Math.floor(a.time / 100) * 100 + 99))
      .process(new WithTimestamp())
      .executeAndCollect();

    assert.ok(times.length > 0);
    assert.ok(times.every(([expected, timestamp]) => expected === timestamp));
  });

  it('coGroup gives each window once, also those with records of one stream only', async () => {
    const env = environment(2);
    const left: Timed[] = [
      { key: 'a', time: 1, id: 1 },
      { key: 'a', time: 2, id: 2 },
      { key: 'b', time: 3, id: 3 },
    ];
    const right: Timed[] = [
      { key: 'a', time: 4, id: 4 },
      { key: 'c', time: 5, id: 5 },
      { key: 'a', time: 105, id: 6 },
    ];

    const groups = await timedStream(env, left, { name: 'left' })
      .coGroup(timedStream(env, right, { name: 'right' }))
      .where(keyOf, Types.STRING)
      .equalTo(keyOf, Types.STRING)
      .window(TumblingEventTimeWindows.of(100))
      .apply((first, second, out: Collector<string>) => {
        const ids = (records: Iterable<Timed>): string => [...records].map(({ id }) => id).join();
        out.collect(`${ids(first)}|${ids(second)}`);
      }, Types.STRING)
      .executeAndCollect();

    assert.deepEqual(groups.sort(), ['1,2|4', '3|', '|5', '|6']);
  });

  it('by window take a trigger, an evictor and a lateness of their own', async () => {
    const env = environment(1);
    const records = ['a', 'b', 'c', 'd'].map((key, id) => ({ key, time: 1, id }));
    const tenTimes = records.flatMap((record) => new Array<Timed>(10).fill(record));

    const sizes = await timedStream(env, tenTimes, { name: 'left' })
      .coGroup(timedStream(env, tenTimes, { name: 'right' }))
      .where(keyOf, Types.STRING)
      .equalTo(keyOf, Types.STRING)
      .window(TumblingEventTimeWindows.of(100))
      .trigger(PurgingTrigger.of(CountTrigger.of(20)))
      .evictor(CountEvictor.of(8))
      .allowedLateness('1 s')
      .apply(
        (first, second, out: Collector<number>) =>
          out.collect([...first].length + [...second].length),
        Types.LONG,
      )
      .executeAndCollect();

    assert.deepEqual(sizes, [8, 8, 8, 8]);
  });

  it('by window run the life cycle of a rich function, one of its own on each subtask', async () => {
    const calls: string[] = [];
    class Enrich extends RichFunction {
      private suffix = 'not opened';
      override open(): void {
        this.suffix = `of ${this.runtimeContext.taskInfo.numberOfParallelSubtasks}`;
        calls.push('open');
      }
      override close(): void {
        calls.push('close');
      }
      join(a: Timed, b: Timed): string {
        return `${a.id}-${b.id} ${this.suffix}`;
      }
    }
    const env = environment(2);
    const record: Timed = { key: 'a', time: 1, id: 7 };
    const enrich: JoinFunction<Timed, Timed, string> = new Enrich();
    const windows = timedStream(env, [record], { name: 'left' })
      .join(timedStream(env, [record], { name: 'right' }))
      .where(keyOf, Types.STRING)
      .equalTo(keyOf)
      .window(TumblingEventTimeWindows.of(100));

    const pairs = await windows
      .apply(enrich, Types.STRING)
      .union(windows.apply(perSubtask(() => new Enrich())))
      .executeAndCollect();

    assert.deepEqual(pairs, ['7-7 of 2', '7-7 of 2']);
    assert.deepEqual(calls, [...new Array(4).fill('open'), ...new Array(4).fill('close')]);
  });

  it('by window and in groups keep the state of a ListCheckpointed function over a failure', async () => {
    const left = timedRecords(60, 1);
    const right = timedRecords(60, 2);
    const windowOf = ({ time }: Timed): number => Math.floor(time / 100);
    const pairs = naiveJoin(left, right, (a, b) => windowOf(a) === windowOf(b)).length;
    class Numbered implements ListCheckpointed<number> {
      private last = 0;
      private readonly fail: () => void;
      constructor(fail: () => void) {
        this.fail = fail;
      }
      snapshotState(checkpointId: number, checkpointTimestamp: number): readonly number[] {
        assert.ok(checkpointId > 0 && checkpointTimestamp > 0);
        return [this.last];
      }
      restoreState([last = 0]: readonly number[]): void {
        this.last = last;
      }
      join(): string {
        this.fail();
        this.last += 1;
        return `${this.last}`;
      }
      coGroup(first: readonly Timed[], second: readonly Timed[], out: Collector<string>): void {
        for (let i = 0; i < first.length * second.length; i++) {
          out.collect(this.join());
        }
      }
    }
    const numbers = async (kind: 'join' | 'coGroup'): Promise<readonly string[]> => {
      const env = environment(1);
      const sink = new CollectSink<string>();
      let met = 0;
      const fail = failOnce(() => ++met === Math.ceil(pairs * 0.7));
      const one = timedStream(env, left, { name: 'left', perCheckpoint: 10 });
      const two = timedStream(env, right, { name: 'right', perCheckpoint: 10 });
      const windows = one[kind](two)
        .where(keyOf, Types.STRING)
        .equalTo(keyOf)
        .window(TumblingEventTimeWindows.of(100));
      windows.apply(new Numbered(fail), Types.STRING).sinkTo(sink);
      const job = await env.executeAsync();
      await job.jobExecutionResult();
      assert.ok((job.details().restoredCheckpointId ?? 0) > 0);
      return sink.results;
    };

    const expected = Array.from({ length: pairs }, (_, i) => `${i + 1}`);

    assert.ok(pairs > 20);
    assert.deepEqual(await numbers('join'), expected);
    assert.deepEqual(await numbers('coGroup'), expected);
  });

  it('by interval send records below the watermark to the side output of their side', async () => {
    const lateLeft = new OutputTag<Timed>('late left', TIMED);
    const lateRight = new OutputTag<Timed>('late right', TIMED);
    const env = environment(1);
    const afterEach = WatermarkStrategy.forGenerator<Timed>(() => ({
      onEvent: (_record, time, output) => output.emitWatermark(time - 1),
      onPeriodicEmit: () => {},
    })).withTimestampAssigner(({ time }) => time);
    const records = env
      .fromData<Timed>(
        [
          { key: 'a', time: 100, id: 1 },
          { key: 'a', time: 5, id: 2 },
        ],
        TIMED,
      )
      .assignTimestampsAndWatermarks(afterEach)
      .keyBy(keyOf, Types.STRING);
    const joined = records
      .intervalJoin(records)
      .between(-1, 1)
      .sideOutputLeftLateData(lateLeft)
      .sideOutputRightLateData(lateRight)
      .process(new Pairs(() => {}), Types.STRING);
    const [pairs, late] = [new CollectSink<string>(), new CollectSink<Timed>()];
    joined.sinkTo(pairs);
    joined.getSideOutput(lateLeft).union(joined.getSideOutput(lateRight)).sinkTo(late);

    await env.execute();

    // The side whose record comes after both watermarks is late; it is at least one of the two.
    assert.deepEqual(pairs.results, ['1-1']);
    assert.ok(late.results.length > 0);
    assert.ok(late.results.every(({ id }) => id === 2));
  });
});

class WithTimestamp extends ProcessFunction<number, [number, number | undefined]> {
  override processElement(
    value: number,
    context: ProcessContext,
    out: Collector<[number, number | undefined]>,
  ): void {
    out.collect([value, context.timestamp()]);
  }
}
