/** Programs with two streams: connect, broadcast, union; failures, restores, ends. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  type BroadcastContext,
  BroadcastProcessFunction,
  type Collector,
  CollectSink,
  type DataStream,
  KeyedCoProcessFunction,
  type KeyedProcessContext,
  MapStateDescriptor,
  type OpenContext,
  type ReadOnlyBroadcastContext,
  reinterpretAsKeyedStream,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';
import { completedCheckpoints } from './counting-program.ts';
import {
  environmentsIn,
  failOnce,
  keyOf,
  type Timed,
  timedRecords,
  timedStream,
} from './two-streams.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-streams-that-meet-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const environment = environmentsIn(folder);

/** How many records of the key came from either side, said for each one: `key:left:right`. */
class CountSides extends KeyedCoProcessFunction<string, Timed, Timed, string> {
  private readonly onRecord: () => void;
  private left!: ValueState<number>;
  private right!: ValueState<number>;

  constructor(onRecord: () => void = () => {}) {
    super();
    this.onRecord = onRecord;
  }

  override open(_context: OpenContext): void {
    this.left = this.runtimeContext.getState(new ValueStateDescriptor('left', Types.LONG));
    this.right = this.runtimeContext.getState(new ValueStateDescriptor('right', Types.LONG));
  }

  override processElement1(
    _record: Timed,
    context: KeyedProcessContext<string>,
    out: Collector<string>,
  ): void {
    this.count(this.left, context, out);
  }

  override processElement2(
    _record: Timed,
    context: KeyedProcessContext<string>,
    out: Collector<string>,
  ): void {
    this.count(this.right, context, out);
  }

  private count(
    side: ValueState<number>,
    context: KeyedProcessContext<string>,
    out: Collector<string>,
  ): void {
    this.onRecord();
    side.update((side.value() ?? 0) + 1);
    out.collect(`${context.currentKey}:${this.left.value() ?? 0}:${this.right.value() ?? 0}`);
  }
}

/** The last counts of each key, whatever the order in which the two sides came. */
function finalCounts(results: readonly string[]): Map<string, string> {
  const counts = new Map<string, [number, number]>();
  for (const [key, left, right] of results.map((text) => text.split(':'))) {
    const known = counts.get(key as string) ?? [0, 0];
    counts.set(key as string, [
      Math.max(known[0], Number(left)),
      Math.max(known[1], Number(right)),
    ]);
  }
  return new Map([...counts].sort().map(([key, sides]) => [key, sides.join(':')]));
}

function expectedCounts(left: readonly Timed[], right: readonly Timed[]): Map<string, string> {
  const keys = [...new Set([...left, ...right].map(({ key }) => key))].sort();
  const of = (records: readonly Timed[], key: string): number =>
    records.filter((record) => record.key === key).length;
  return new Map(keys.map((key) => [key, `${of(left, key)}:${of(right, key)}`]));
}

function countBoth(
  streams: { readonly left: DataStream<Timed>; readonly right: DataStream<Timed> },
  onRecord?: () => void,
): CollectSink<string> {
  const sink = new CollectSink<string>();
  streams.left
    .connect(streams.right)
    .keyBy(keyOf, keyOf, Types.STRING)
    .process(new CountSides(onRecord), Types.STRING)
    .uid('count sides')
    .sinkTo(sink)
    .uid('results')
    .setParallelism(1);
  return sink;
}

describe('two connected streams', () => {
  const left = timedRecords(1_500, 1);
  const right = timedRecords(900, 2);

  it('give each result exactly once after a failure in the middle', async () => {
    const env = environment(2);
    let seen = 0;
    const fail = failOnce(() => ++seen === 1_200);
    const sink = countBoth(
      {
        left: timedStream(env, left, { name: 'left', perCheckpoint: 150 }),
        right: timedStream(env, right, { name: 'right', perCheckpoint: 90 }),
      },
      fail,
    );

    const job = await env.executeAsync();
    await job.jobExecutionResult();

    assert.equal(fail.count, 1);
    assert.ok((job.details().restoredCheckpointId ?? 0) > 0);
    assert.equal(sink.results.length, left.length + right.length);
    assert.deepEqual(finalCounts(sink.results), expectedCounts(left, right));
  });

  it('lose nothing with checkpoints that are at least once', async () => {
    const env = environment(2, { 'execution.checkpointing.mode': 'AT_LEAST_ONCE' });
    let seen = 0;
    const fail = failOnce(() => ++seen === 1_200);
    const sink = countBoth(
      {
        left: timedStream(env, left, { name: 'left', perCheckpoint: 150 }),
        right: timedStream(env, right, { name: 'right', perCheckpoint: 90 }),
      },
      fail,
    );

    await env.execute();

    assert.equal(fail.count, 1);
    for (const [key, counts] of expectedCounts(left, right)) {
      const [atLeastLeft, atLeastRight] = counts.split(':').map(Number);
      const got = finalCounts(sink.results).get(key)?.split(':').map(Number) as number[];
      assert.ok((got[0] as number) >= (atLeastLeft as number), `${key} left`);
      assert.ok((got[1] as number) >= (atLeastRight as number), `${key} right`);
    }
  });

  it('go on, take checkpoints and restore when one of them has ended long before the other', async () => {
    const few = right.slice(0, 20);
    const env = environment(2);
    let seen = 0;
    const fail = failOnce(() => ++seen === 1_300);
    const sink = countBoth(
      {
        left: timedStream(env, left, { name: 'left', perCheckpoint: 100 }),
        right: timedStream(env, few, { name: 'right' }),
      },
      fail,
    );

    const job = await env.executeAsync();
    await job.jobExecutionResult();

    assert.equal(fail.count, 1);
    assert.ok((job.details().restoredCheckpointId ?? 0) > 3);
    assert.equal(sink.results.length, left.length + few.length);
    assert.deepEqual(finalCounts(sink.results), expectedCounts(left, few));
  });

  it('are restored from a retained checkpoint at another parallelism', async () => {
    const state = { 'execution.checkpointing.dir': join(folder, 'rescaled') };
    const program = (parallelism: number, from?: string) => {
      const env = environment(parallelism, {
        ...state,
        ...(from === undefined ? {} : { 'execution.state-recovery.path': from }),
      });
      const sink = countBoth({
        left: timedStream(env, left, { name: 'left', perCheckpoint: 150 }),
        right: timedStream(env, right, { name: 'right', perCheckpoint: 90 }),
      });
      return { env, sink };
    };
    const first = program(2);
    const job = await first.env.executeAsync();
    const ended = job.jobExecutionResult().catch(() => {});
    await completedCheckpoints(job, 3);
    await job.cancel();
    await ended;
    const checkpoint = job
      .details()
      .checkpoints.history.find(({ status }) => status === 'COMPLETED')?.externalPointer;

    const second = program(3, checkpoint);
    await second.env.execute();

    assert.ok(second.sink.results.length < left.length + right.length);
    assert.deepEqual(finalCounts(second.sink.results), expectedCounts(left, right));
  });
});

const LIMITS = new MapStateDescriptor('limits', Types.STRING, Types.LONG);

class Limits extends BroadcastProcessFunction<Timed, readonly [string, number], string> {
  override processElement(
    record: Timed,
    context: ReadOnlyBroadcastContext,
    out: Collector<string>,
  ): void {
    const limit = context.getBroadcastState(LIMITS).get(record.key);
    out.collect(`${record.id}:${limit ?? 'none'}`);
  }

  override processBroadcastElement(
    [key, limit]: readonly [string, number],
    context: BroadcastContext,
  ): void {
    context.getBroadcastState(LIMITS).put(key, limit);
  }
}

describe('a broadcast stream', () => {
  it('is the same on every subtask, and is there again after a failure', async () => {
    const records = timedRecords(2_000, 3);
    const env = environment(3);
    let seen = 0;
    const fail = failOnce(() => ++seen === 1_500);
    const limits = env.fromData<readonly [string, number]>(
      ['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6'].map((key, at) => [key, at * 10] as const),
    );
    const sink = new CollectSink<string>();
    timedStream(env, records, { name: 'records', perCheckpoint: 200 })
      .map((record) => {
        fail();
        return record;
      })
      .rebalance()
      .connect(limits.broadcast(LIMITS))
      .process(new Limits(), Types.STRING)
      .sinkTo(sink)
      .setParallelism(1);

    const job = await env.executeAsync();
    await job.jobExecutionResult();

    const limitOf = new Map(sink.results.map((text) => text.split(':') as [string, string]));
    const afterRestore = records.slice(1_500);
    assert.equal(fail.count, 1);
    assert.ok((job.details().restoredCheckpointId ?? 0) > 0);
    assert.equal(sink.results.length, records.length);
    for (const { id, key } of afterRestore) {
      assert.equal(limitOf.get(String(id)), String(Number(key.slice(1)) * 10));
    }
  });
});

describe('one stream more than once', () => {
  it('in a union with itself comes once for each time', async () => {
    const env = environment(2);
    const numbers = env.fromSequence(1, 100);

    const all = await numbers.union(numbers, numbers).executeAndCollect();

    const thrice = Array.from({ length: 300 }, (_, at) => Math.floor(at / 3) + 1);
    assert.deepEqual(
      all.sort((a, b) => a - b),
      thrice,
    );
  });

  it('connected with itself feeds both inputs', async () => {
    const env = environment(2);
    const numbers = env.fromSequence(1, 50);

    const both = await numbers
      .connect(numbers)
      .map({ map1: (value) => value, map2: (value) => -value }, Types.LONG)
      .executeAndCollect();

    const expected = Array.from({ length: 50 }, (_, at) => [at + 1, -at - 1]).flat();
    assert.deepEqual(
      both.sort((a, b) => a - b),
      expected.sort((a, b) => a - b),
    );
  });
});

describe('a stream that is taken for a keyed one', () => {
  it('keeps its records where they are and has the state of their keys', async () => {
    const env = environment(3);
    const records = timedRecords(300, 5);
    const keyed = timedStream(env, records, { name: 'records' })
      .keyBy(keyOf, Types.STRING)
      .map((record) => record);

    const sums = await reinterpretAsKeyedStream(keyed, keyOf, Types.STRING)
      .reduce((a, b) => ({ key: a.key, time: 0, id: a.id + b.id }))
      .executeAndCollect();

    const expected = new Map<string, number>();
    for (const { key, id } of records) {
      expected.set(key, (expected.get(key) ?? 0) + id);
    }
    const largest = new Map<string, number>();
    for (const { key, id } of sums) {
      largest.set(key, Math.max(largest.get(key) ?? 0, id));
    }
    assert.deepEqual([...largest].sort(), [...expected].sort());
  });
});
