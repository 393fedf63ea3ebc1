import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BroadcastProcessFunction,
  type Collector,
  type CoProcessFunction,
  DiscardingSink,
  KeyedBroadcastProcessFunction,
  KeyedCoProcessFunction,
  MapStateDescriptor,
  type ProcessJoinContext,
  ProcessJoinFunction,
  type ReadOnlyBroadcastContext,
  TumblingEventTimeWindows,
  Types,
} from '@millrace/core';
import { createJobGraph } from '@millrace/runtime';
import type { DataStream } from './data-stream.ts';
import { reinterpretAsKeyedStream } from './reinterpret-as-keyed-stream.ts';
import { StreamExecutionEnvironment } from './stream-execution-environment.ts';

const SAME_MAP = { map1: (value: number) => value, map2: (value: number) => value };
const SELF = (value: number): number => value;
const RULES = new MapStateDescriptor('rules', Types.LONG, Types.LONG);

class BothSides extends KeyedCoProcessFunction<number, number, number, number> {
  override processElement1(): void {}
  override processElement2(): void {}
}

class Pairs extends ProcessJoinFunction<number, number, number> {
  override processElement(
    left: number,
    _right: number,
    _context: ProcessJoinContext,
    out: Collector<number>,
  ): void {
    out.collect(left);
  }
}

class Rules extends BroadcastProcessFunction<number, number, number> {
  override processElement(
    value: number,
    _context: ReadOnlyBroadcastContext,
    out: Collector<number>,
  ): void {
    out.collect(value);
  }
  override processBroadcastElement(): void {}
}

class KeyedRules extends KeyedBroadcastProcessFunction<number, number, number, number> {
  override processElement(): void {}
  override processBroadcastElement(): void {}
}

interface Inputs {
  readonly env: StreamExecutionEnvironment;
  readonly left: DataStream<number>;
  readonly right: DataStream<number>;
}

function inputs(): Inputs {
  const env = StreamExecutionEnvironment.createLocalEnvironment({ 'parallelism.default': '2' });
  return { env, left: env.fromSequence(1, 10), right: env.fromSequence(1, 20) };
}

/** `name | ids of the operators`, as the real Flink prints for the same program. */
function plan({ env }: Inputs, result: DataStream<number>): string[] {
  result.sinkTo(new DiscardingSink());
  return createJobGraph(env.getStreamGraph()).vertices.map(
    ({ name, operators }) => `${name} | ${operators.map((each) => each.operatorId).join(' ')}`,
  );
}

const LEFT = 'Source: Sequence Source | bc764cd8ddf7a0cff126f51c16239658';
const RIGHT = 'Source: Sequence Source | feca28aff5a3958840bee985ee7de4d3';

describe('names, chains and generated operator ids of streams that meet are those of Flink 1.20.5', () => {
  it('connect', () => {
    const streams = inputs();
    const { left, right } = streams;

    assert.deepEqual(plan(streams, left.map(SELF).connect(right).map(SAME_MAP)), [
      'Source: Sequence Source -> Map | cbc357ccb763df2852fee8c4fc7d55f2 2be4fe38b4ce63aa5bffc06b65e24e03',
      RIGHT,
      'Co-Map -> Sink: Writer | 685fa031c53f27eb72e36aade80e27bb d8cc4f3c3c9208e7806fe085260758ac',
    ]);
  });

  it('connect with keys', () => {
    const streams = inputs();
    const connected = streams.left.connect(streams.right).keyBy(SELF, SELF, Types.LONG);

    assert.deepEqual(plan(streams, connected.process(new BothSides())), [
      LEFT,
      RIGHT,
      'Co-Keyed-Process -> Sink: Writer | 4bf7c1955ffe56e2106d666433eaf137 ccb29b5204e83e8a588b3828afaa7015',
    ]);
  });

  it('a stream connected with itself', () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment({ 'parallelism.default': '2' });
    const left = env.fromSequence(1, 10);

    assert.deepEqual(plan({ env, left, right: left }, left.connect(left).map(SAME_MAP)), [
      LEFT,
      'Co-Map -> Sink: Writer | 1c943b41203305066226c50ac6d7f5ad fcb392b5239eb9846b27eda55f48ee5c',
    ]);
  });

  it('a union of a stream with itself and another', () => {
    const streams = inputs();
    const { left, right } = streams;

    assert.deepEqual(plan(streams, left.union(left, right).map(SELF)), [
      LEFT,
      RIGHT,
      'Map -> Sink: Writer | b31df105c631da5105d74b14b9790bff 3458abc29d27b2394d31155825398add',
    ]);
  });

  it('a stream connected with a union', () => {
    const streams = inputs();
    const { left, right } = streams;

    assert.deepEqual(plan(streams, right.connect(left.union(right)).map(SAME_MAP)), [
      RIGHT,
      LEFT,
      'Co-Map -> Sink: Writer | 91a1156a7e0d9766445f0fdd112fd95c 16e44fad251bff0e0cb951918d6f587e',
    ]);
  });

  it('an interval join', () => {
    const streams = inputs();
    const left = streams.left.keyBy(SELF, Types.LONG);
    const right = streams.right.keyBy(SELF, Types.LONG);

    const joined = left.intervalJoin(right).between(-1, 1).process(new Pairs());

    assert.deepEqual(plan(streams, joined), [
      LEFT,
      RIGHT,
      'Interval Join -> Sink: Writer | 4bf7c1955ffe56e2106d666433eaf137 ccb29b5204e83e8a588b3828afaa7015',
    ]);
  });

  it('a window join', () => {
    const streams = inputs();
    const joined = streams.left
      .join(streams.right)
      .where(SELF, Types.LONG)
      .equalTo(SELF, Types.LONG)
      .window(TumblingEventTimeWindows.of(5))
      .apply((a: number) => a);

    assert.deepEqual(plan(streams, joined), [
      'Source: Sequence Source -> Map | cbc357ccb763df2852fee8c4fc7d55f2 2be4fe38b4ce63aa5bffc06b65e24e03',
      'Source: Sequence Source -> Map | 6cdc5bb954874d922eaee11a8e7b5dd5 eb99017e0f9125fa6648bf56123bdcf7',
      'TumblingEventTimeWindows -> Sink: Writer | 8b481b930a189b6b1762a9d95a61ada1 1005f03a37a9d727782a1597ca596a1c',
    ]);
  });

  it('a stream connected with a broadcast one', () => {
    const streams = inputs();
    const result = streams.left.connect(streams.right.broadcast(RULES)).process(new Rules());

    assert.deepEqual(plan(streams, result), [
      LEFT,
      RIGHT,
      'Co-Process-Broadcast -> Sink: Writer | 4bf7c1955ffe56e2106d666433eaf137 ccb29b5204e83e8a588b3828afaa7015',
    ]);
  });

  it('a keyed stream connected with a broadcast one', () => {
    const streams = inputs();
    const result = streams.left
      .keyBy(SELF, Types.LONG)
      .connect(streams.right.broadcast(RULES))
      .process(new KeyedRules());

    assert.deepEqual(plan(streams, result), [
      LEFT,
      RIGHT,
      'Co-Process-Broadcast-Keyed -> Sink: Writer | 4bf7c1955ffe56e2106d666433eaf137 ccb29b5204e83e8a588b3828afaa7015',
    ]);
  });

  it('a stream that is taken for a keyed one, which keeps the chain', () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment({ 'parallelism.default': '2' });
    const left = env.fromSequence(1, 10);
    const mapped = left.keyBy(SELF, Types.LONG).map(SELF);
    const reduced = reinterpretAsKeyedStream(mapped, SELF, Types.LONG).reduce((a) => a);

    assert.deepEqual(plan({ env, left, right: left }, reduced), [
      LEFT,
      'Map -> Keyed Reduce -> Sink: Writer | 20ba6b65f97481d5570070de90e4e791 cdf5528fc65ae6b8b6b126cfdfcc40dd 4ab008489d4c8ed0fe577883438cc1ff',
    ]);
  });
});

describe('the slot sharing group of an operator with two inputs', () => {
  const groupOf = (left: string, right: string): string | undefined => {
    const env = StreamExecutionEnvironment.createLocalEnvironment();
    const first = env.fromSequence(1, 2).slotSharingGroup(left);
    const second = env.fromSequence(1, 2).slotSharingGroup(right);
    first.connect(second).map(SAME_MAP).sinkTo(new DiscardingSink());
    return env.getStreamGraph().nodes.find(({ name }) => name === 'Co-Map')?.slotSharingGroup;
  };

  it('is that of its inputs when they agree', () => {
    assert.equal(groupOf('a', 'a'), 'a');
  });

  it('is the default one when they differ', () => {
    assert.equal(groupOf('a', 'b'), 'default');
  });
});

describe('streams that meet are refused', () => {
  it('when they belong to different environments', () => {
    const one = inputs();
    const other = inputs();

    assert.throws(() => one.left.connect(other.left).map(SAME_MAP), { code: 'INVALID_GRAPH' });
    assert.throws(() => one.left.union(other.left), { code: 'INVALID_GRAPH' });
  });

  it('when their keys are declared with different types', () => {
    const { left, right } = inputs();
    const byLong = left.keyBy(SELF, Types.LONG);
    const byInt = right.keyBy(SELF, Types.INT);
    const message = /declared as Long and as Integer/;

    assert.throws(() => byLong.connect(byInt), { code: 'INVALID_GRAPH', message });
    assert.throws(() => byLong.intervalJoin(byInt).between(0, 1).process(new Pairs()), {
      code: 'INVALID_GRAPH',
      message,
    });
    assert.throws(() => left.join(right).where(SELF, Types.LONG).equalTo(SELF, Types.INT), {
      code: 'INVALID_GRAPH',
      message,
    });
  });

  it('with a function with timers when they have no keys', () => {
    const { left, right } = inputs();

    assert.throws(
      () =>
        left
          .connect(right)
          .process(new BothSides() as unknown as CoProcessFunction<number, number, number>),
      { code: 'INVALID_GRAPH', message: /BothSides, which has onTimer; call keyBy/ },
    );
    assert.throws(
      () => left.connect(right.broadcast(RULES)).process(new KeyedRules() as unknown as Rules),
      { code: 'INVALID_GRAPH', message: /KeyedRules, which has onTimer/ },
    );
  });

  it('with one function where two are needed', () => {
    const { left, right } = inputs();
    const connected = left.connect(right);

    assert.throws(() => connected.map(SELF as never), {
      code: 'INVALID_GRAPH',
      message: /got one function; give an object with the methods map1 and map2/,
    });
    assert.throws(() => connected.flatMap({ flatMap1: () => {} } as never), {
      code: 'INVALID_GRAPH',
      message: /got no flatMap2/,
    });
  });

  it('by an interval join in processing time, and by one whose bounds are exchanged', () => {
    const { left, right } = inputs();
    const join = left.keyBy(SELF).intervalJoin(right.keyBy(SELF));

    assert.throws(() => join.between('1 s', '-1 s'), { code: 'CONFIG_VALUE_INVALID' });
    assert.throws(() => join.inProcessingTime().between('-1 s', '1 s'), { code: 'UNSUPPORTED' });
    assert.doesNotThrow(() => join.inEventTime().between('-1 s', '1 s'));
  });
});
