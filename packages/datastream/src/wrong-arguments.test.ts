/** What a program hands in by mistake is refused by the call that takes it, before anything runs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AsyncRetryStrategies,
  CountTrigger,
  OutputTag,
  PrintSink,
  PurgingTrigger,
  TimeEvictor,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from '@millrace/core';
import { AsyncDataStream } from './async-data-stream.ts';
import { StreamExecutionEnvironment } from './stream-execution-environment.ts';

const SALE = Types.POJO('Sale', { shop: Types.STRING, cents: Types.LONG });
const sales = [{ shop: 'north', cents: 5 }];
const env = StreamExecutionEnvironment.createLocalEnvironment();
const stream = env.fromData(sales, SALE);
const keyed = stream.keyBy((sale) => sale.shop);
const windowed = keyed.window(TumblingEventTimeWindows.of(1000));
const pairs = env
  .fromData<[string, number]>([['a', 1]], Types.TUPLE(Types.STRING, Types.LONG))
  .keyBy((pair) => pair[0]);
// Programs in JavaScript, or behind a cast, hand in what the compiler would refuse.
// biome-ignore lint/suspicious/noExplicitAny: what is wrong has any type.
const nothing = undefined as any;
// biome-ignore lint/suspicious/noExplicitAny: what is wrong has any type.
const wrong = (value: unknown): any => value;

type Case = readonly [name: string, program: () => unknown, message: RegExp];

function refuses(code: string, cases: readonly Case[]): void {
  for (const [name, program, message] of cases) {
    it(`refuses ${name}`, () => {
      assert.throws(program, { name: 'ConfigError', code, message });
    });
  }
}

describe('an argument of the wrong kind', () => {
  refuses('INVALID_GRAPH', [
    [
      'window(undefined)',
      () => keyed.window(nothing),
      /^window got undefined; give a window assig/,
    ],
    ['windowAll(undefined)', () => stream.windowAll(nothing), /^windowAll got undefined/],
    [
      'the class of an assigner',
      () => keyed.window(wrong(TumblingEventTimeWindows)),
      /window got the class TumblingEventTimeWindows itself; give a window assigner/,
    ],
    [
      'assignTimestampsAndWatermarks(undefined)',
      () => stream.assignTimestampsAndWatermarks(nothing),
      /assignTimestampsAndWatermarks got undefined; give a watermark strategy/,
    ],
    ['sinkTo(undefined)', () => stream.sinkTo(nothing), /sinkTo got undefined; give a sink/],
    ['the class of a sink', () => stream.sinkTo(wrong(PrintSink)), /the class PrintSink itself/],
    ['fromData(undefined)', () => env.fromData(nothing), /got undefined; give an array or/],
    ['fromData(5)', () => env.fromData(wrong(5)), /got 5; give an array or another iterable/],
    [
      'fromSource(undefined)',
      () => env.fromSource(nothing, WatermarkStrategy.noWatermarks(), 'source'),
      /fromSource got undefined; give a source/,
    ],
    ['keyBy(undefined)', () => stream.keyBy(nothing), /keyBy got undefined; give a function/],
    ['the name of a field as key', () => stream.keyBy(wrong('shop')), /keyBy got 'shop'; give a/],
    [
      'forGenerator(undefined)',
      () => WatermarkStrategy.forGenerator(nothing),
      /forGenerator got undefined; give a function that makes a generator/,
    ],
    [
      'PurgingTrigger.of(undefined)',
      () => PurgingTrigger.of(nothing),
      /PurgingTrigger.of got undefined; give the trigger that fires/,
    ],
    [
      'PurgingTrigger.of the class of a trigger',
      () => PurgingTrigger.of(wrong(CountTrigger)),
      /PurgingTrigger.of got the class CountTrigger itself/,
    ],
    [
      'sideOutputLateData(undefined)',
      () => windowed.sideOutputLateData(nothing),
      /sideOutputLateData got undefined; give the tag/,
    ],
    [
      'getSideOutput of an id',
      () => stream.map((x) => x).getSideOutput(wrong('late')),
      /getSideOutput got 'late'; give the tag/,
    ],
    ['a side output without a name', () => new OutputTag(''), /new OutputTag got ''; give an id/],
    [
      'an enum without constants',
      () => Types.ENUM('X', []),
      /Types.ENUM\('X'\) got .*its constants/,
    ],
    [
      'a flatMap that returns its records, for it takes no collector',
      () => stream.flatMap(wrong((sale: unknown) => [sale])),
      /flatMap got a function; give a function that takes the collector too/,
    ],
  ]);
});

describe('an aggregation of a field that the type does not declare', () => {
  refuses('INVALID_GRAPH', [
    ['sum', () => keyed.sum(wrong('zzz')), /sum got the field "zzz", .*POJO<Sale>.*cents, shop/],
    ['minBy', () => keyed.minBy(wrong('zzz')), /minBy got the field "zzz"/],
    ['max of windows', () => windowed.max(wrong('zzz')), /max got the field "zzz"/],
    ['sum of a tuple', () => pairs.sum(wrong(2)), /sum got the field 2, .*Tuple2.*0, 1/],
  ]);

  it('takes the fields that it declares', () => {
    assert.doesNotThrow(() => [keyed.sum('cents'), windowed.maxBy('shop'), pairs.sum(1)]);
  });

  it('fails naming the field where the type is generic', async () => {
    const program = StreamExecutionEnvironment.createLocalEnvironment();
    const results = program
      .fromData([...sales, ...sales])
      .keyBy((sale) => sale.shop)
      .sum(wrong('zzz'))
      .executeAndCollect();
    await assert.rejects(results, (error: Error) => {
      const messages = [error.message, (error.cause as Error | undefined)?.message];
      return messages.some((message) => message?.includes('sum("zzz") found undefined'));
    });
  });
});

describe('a duration that is none', () => {
  const retries = { maxAttempts: 1, ifException: () => true };
  refuses('CONFIG_VALUE_INVALID', [
    [
      'in a window, which it names',
      () => TumblingEventTimeWindows.of(nothing),
      /^the size of TumblingEventTimeWindows is undefined; use a whole number/,
    ],
    [
      'as text in a window, which it names',
      () => TumblingEventTimeWindows.of('1 fortnight'),
      /^the size of TumblingEventTimeWindows '1 fortnight' is invalid: 'fortnight' is not a unit/,
    ],
    [
      'in retries, whose option it names',
      () => AsyncRetryStrategies.fixedDelay(wrong(retries)),
      /^backoffTime of a retry strategy is undefined/,
    ],
    [
      'as lateness',
      () => windowed.allowedLateness(-1),
      /^the allowed lateness of windows is -1 ms; use a whole number/,
    ],
    ['in an evictor', () => TimeEvictor.of(-1), /^the window size of a TimeEvictor is -1 ms/],
    [
      'as timeout of asynchronous calls',
      () => AsyncDataStream.orderedWait(stream, async () => 1, nothing),
      /^the timeout of AsyncDataStream.orderedWait is undefined/,
    ],
  ]);
});

describe('executeAndCollect', () => {
  it('takes a number as the limit', async () => {
    const program = StreamExecutionEnvironment.createLocalEnvironment();
    assert.deepEqual(await program.fromSequence(1, 1e9).executeAndCollect(3), [1, 2, 3]);
  });

  for (const limit of [0, -1, 1.5, Number.NaN]) {
    it(`refuses the limit ${limit}`, async () => {
      await assert.rejects(stream.executeAndCollect(limit), {
        code: 'CONFIG_VALUE_INVALID',
        message: new RegExp(`the limit ${limit}; use a whole number from 1`),
      });
    });
  }
});
