/** What the compiler knows of a program: no casts and no annotations but those that a reader wants. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AggregateFunction,
  type Collector,
  type KeyedProcessContext,
  KeyedProcessFunction,
  OutputTag,
  type ProcessContext,
  ProcessFunction,
  type ProcessWindowContext,
  ProcessWindowFunction,
  perSubtask,
  type TimeWindow,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from '@millrace/core';
import type {
  DataStream,
  SideOutputDataStream,
  SingleOutputStreamOperator,
} from './data-stream.ts';
import type { DataStreamSource } from './data-stream-source.ts';
import type { KeyedStream } from './keyed-stream.ts';
import { StreamExecutionEnvironment } from './stream-execution-environment.ts';
import { isType } from './type-fixture.ts';

interface Flight {
  readonly origin: string;
  readonly delay: number;
  readonly time: number;
}

interface Mean {
  readonly origin: string;
  readonly mean: number;
}

class Delays implements AggregateFunction<Flight, { sum: number; n: number }, number> {
  createAccumulator(): { sum: number; n: number } {
    return { sum: 0, n: 0 };
  }
  add(flight: Flight, acc: { sum: number; n: number }): { sum: number; n: number } {
    return { sum: acc.sum + flight.delay, n: acc.n + 1 };
  }
  getResult(acc: { sum: number; n: number }): number {
    return acc.sum / acc.n;
  }
  merge(a: { sum: number; n: number }, b: { sum: number; n: number }): { sum: number; n: number } {
    return { sum: a.sum + b.sum, n: a.n + b.n };
  }
}

class Report extends ProcessWindowFunction<number, Mean, string, TimeWindow> {
  override process(
    origin: string,
    _context: ProcessWindowContext<TimeWindow>,
    means: Iterable<number>,
    out: Collector<Mean>,
  ): void {
    for (const mean of means) {
      out.collect({ origin, mean });
    }
  }
}

class Watch extends KeyedProcessFunction<string, Flight, boolean> {
  override processElement(
    flight: Flight,
    context: KeyedProcessContext<string>,
    out: Collector<boolean>,
  ): void {
    out.collect(context.currentKey === flight.origin);
  }
}

class NumericKeyWatch extends KeyedProcessFunction<number, Flight, boolean> {
  override processElement(_flight: Flight, context: KeyedProcessContext<number>): void {
    context.timerService().registerEventTimeTimer(context.currentKey);
  }
}

class Departures extends ProcessFunction<Flight, Date> {
  override processElement(flight: Flight, _context: ProcessContext, out: Collector<Date>): void {
    out.collect(new Date(flight.time));
  }
}

const FLIGHTS: readonly Flight[] = [{ origin: 'VIE', delay: 1, time: 0 }];

describe('the types of a program', () => {
  it('follow from its functions', () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment();
    const flights = env.fromData(FLIGHTS);
    isType<DataStreamSource<Flight>>()(flights);
    isType<DataStreamSource<number>>()(env.fromSequence(1, 2));

    const delays = flights.map((flight) => flight.delay);
    isType<SingleOutputStreamOperator<number>>()(delays);
    isType<SingleOutputStreamOperator<string>>()(flights.map({ map: (f) => f.origin }));
    isType<SingleOutputStreamOperator<Flight>>()(flights.filter((f) => f.delay > 0));
    isType<SingleOutputStreamOperator<string>>()(
      flights.flatMap((f, out: Collector<string>) => out.collect(f.origin)),
    );
    isType<SingleOutputStreamOperator<Date>>()(flights.process(new Departures()));
    isType<SingleOutputStreamOperator<Date>>()(flights.process(() => new Departures()));
    isType<SingleOutputStreamOperator<string>>()(
      flights.map(perSubtask(() => ({ map: (flight: Flight) => flight.origin }))),
    );
    isType<SingleOutputStreamOperator<Flight>>()(
      flights.filter(perSubtask(() => (flight: Flight) => flight.delay > 0)),
    );
    isType<DataStream<Flight>>()(flights.rebalance().union(flights));
    isType<DataStream<Flight>>()(
      flights.partitionCustom(
        (origin: string, n) => origin.length % n,
        (f) => f.origin,
      ),
    );

    const mixed = env.fromData<string | number>(['a', 1]);
    const onlyText = mixed.filter((value): value is string => typeof value === 'string');
    isType<SingleOutputStreamOperator<string>>()(onlyText);
    assert.ok(delays.type);
  });

  it('follow through keys and windows', () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment();
    const late = new OutputTag<Flight>('late');
    const flights = env
      .fromData(FLIGHTS)
      .assignTimestampsAndWatermarks(
        WatermarkStrategy.forBoundedOutOfOrderness<Flight>('5 s').withTimestampAssigner(
          (flight) => flight.time,
        ),
      );
    const keyed = flights.keyBy((flight) => flight.origin);
    isType<KeyedStream<Flight, string>>()(keyed);
    isType<SingleOutputStreamOperator<boolean>>()(keyed.process(new Watch()));
    isType<SingleOutputStreamOperator<boolean>>()(keyed.process(() => new Watch()));
    isType<SingleOutputStreamOperator<boolean>>()(keyed.process(perSubtask(() => new Watch())));
    isType<SingleOutputStreamOperator<Flight>>()(
      keyed.reduce((a, b) => (a.delay > b.delay ? a : b)),
    );

    const windows = keyed.window(TumblingEventTimeWindows.of('1 h')).sideOutputLateData(late);
    isType<SingleOutputStreamOperator<Flight>>()(windows.reduce((a) => a));
    isType<SingleOutputStreamOperator<number>>()(windows.aggregate(new Delays()));
    isType<SingleOutputStreamOperator<number>>()(
      windows.aggregate(new Delays(), { type: Types.DOUBLE }),
    );
    const means = windows.aggregate(new Delays(), new Report());
    isType<SingleOutputStreamOperator<Mean>>()(means);
    isType<SingleOutputStreamOperator<Mean>>()(
      windows.aggregate(
        () => new Delays(),
        () => new Report(),
      ),
    );
    isType<SideOutputDataStream<Flight>>()(means.getSideOutput(late));
    assert.equal(means.transformation.name, 'TumblingEventTimeWindows');
  });

  it('refuse what does not fit', () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment();
    const flights = env.fromData(FLIGHTS);
    const keyed = flights.keyBy((flight) => flight.origin);

    // @ts-expect-error the function works on keys that are numbers.
    keyed.process(new NumericKeyWatch());
    // @ts-expect-error what the factory makes works on keys that are numbers.
    keyed.process(() => new NumericKeyWatch());
    // @ts-expect-error a factory has no parameters.
    assert.throws(() => keyed.process((watch: Watch) => watch), { code: 'INVALID_GRAPH' });
    // @ts-expect-error a key may not be undefined.
    flights.keyBy(() => undefined);
    // @ts-expect-error the type is not that of the records.
    flights.map((flight) => flight.delay, Types.STRING);
    // @ts-expect-error one union, one type.
    flights.union(env.fromData(['x']));
  });
});
