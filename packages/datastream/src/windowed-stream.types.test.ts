/** What the compiler knows of windows: no annotation that it could find itself. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AggregateFunction,
  type Collector,
  CountEvictor,
  CountTrigger,
  DeltaTrigger,
  EventTimeSessionWindows,
  EventTimeTrigger,
  type GlobalWindow,
  GlobalWindows,
  ProcessAllWindowFunction,
  ProcessWindowFunction,
  perSubtask,
  RichFunction,
  SlidingEventTimeWindows,
  type TimeWindow,
  type Trigger,
  TumblingEventTimeWindows,
  Types,
  type WindowFunction,
} from '@millrace/core';
import type { AllWindowedStream } from './all-windowed-stream.ts';
import type { SingleOutputStreamOperator } from './data-stream.ts';
import { StreamExecutionEnvironment } from './stream-execution-environment.ts';
import { isType } from './type-fixture.ts';
import type { WindowedStream } from './windowed-stream.ts';

interface Flight {
  readonly origin: string;
  readonly delay: number;
  readonly seats: bigint;
  readonly day: Date;
  readonly stops: readonly string[];
}

const FLIGHTS: readonly Flight[] = [];

const Mean: AggregateFunction<Flight, [number, number], number> = {
  createAccumulator: () => [0, 0],
  add: ({ delay }, [sum, n]) => [sum + delay, n + 1],
  getResult: ([sum, n]) => sum / n,
};

class Late extends ProcessWindowFunction<number, boolean, string, TimeWindow> {
  override process(
    ...[, , means, out]: Parameters<
      ProcessWindowFunction<number, boolean, string, TimeWindow>['process']
    >
  ): void {
    for (const mean of means) {
      out.collect(mean > 0);
    }
  }
}

class Total extends ProcessAllWindowFunction<Flight, number, TimeWindow> {
  override process(
    ...[, flights, out]: Parameters<ProcessAllWindowFunction<Flight, number, TimeWindow>['process']>
  ): void {
    out.collect([...flights].length);
  }
}

function streams() {
  const flights = StreamExecutionEnvironment.createLocalEnvironment().fromData(FLIGHTS);
  const keyed = flights.keyBy((flight) => flight.origin, Types.STRING);
  return { flights, keyed, windows: keyed.window(SlidingEventTimeWindows.of('1 h', '1 min')) };
}

describe('the types of windows', () => {
  it('follow from the assigner and the function', () => {
    const { flights, keyed, windows } = streams();
    isType<WindowedStream<Flight, string, TimeWindow>>()(windows);
    isType<WindowedStream<Flight, string, GlobalWindow>>()(keyed.countWindow(10, 2));
    isType<AllWindowedStream<Flight, GlobalWindow>>()(flights.countWindowAll(5));
    isType<WindowedStream<Flight, string, TimeWindow>>()(
      keyed.window(EventTimeSessionWindows.withDynamicGap((flight: Flight) => flight.delay)),
    );

    isType<SingleOutputStreamOperator<number>>()(
      windows.apply((_origin, window, all, out: Collector<number>) => {
        isType<TimeWindow>()(window);
        isType<Iterable<Flight>>()(all);
        out.collect(_origin.length);
      }),
    );
    isType<SingleOutputStreamOperator<boolean>>()(windows.aggregate(Mean, () => new Late()));
    isType<SingleOutputStreamOperator<boolean>>()(
      windows.aggregate(Mean, (_origin, _window, means, out: Collector<boolean>) => {
        isType<Iterable<number>>()(means);
        out.collect(true);
      }),
    );
    isType<SingleOutputStreamOperator<boolean>>()(
      windows.aggregate(
        Mean,
        perSubtask(() => new Late()),
      ),
    );
    isType<SingleOutputStreamOperator<string>>()(
      windows.reduce(
        (a) => a,
        (origin, _window, [flight], out: Collector<string>) =>
          out.collect(`${origin}${flight!.delay}`),
      ),
    );
    isType<SingleOutputStreamOperator<number>>()(
      flights.windowAll(TumblingEventTimeWindows.of(10)).process(() => new Total()),
    );
    isType<SingleOutputStreamOperator<number>>()(
      flights
        .windowAll(TumblingEventTimeWindows.of(10))
        .apply(({ start }, _all, out: Collector<number>) => out.collect(start)),
    );
    assert.ok(windows);
  });

  it('know which fields of a record can be added up or compared', () => {
    const { keyed, windows, flights } = streams();
    isType<SingleOutputStreamOperator<Flight>>()(windows.sum('delay'));
    isType<SingleOutputStreamOperator<Flight>>()(keyed.sum('seats'));
    isType<SingleOutputStreamOperator<Flight>>()(keyed.maxBy('day', false));
    isType<SingleOutputStreamOperator<Flight>>()(keyed.min('origin'));
    const pairs = flights.map((flight): [string, number] => [flight.origin, flight.delay]);
    const byOrigin = pairs.keyBy(([origin]) => origin, Types.STRING);
    isType<SingleOutputStreamOperator<[string, number]>>()(byOrigin.sum(1));
    isType<SingleOutputStreamOperator<[string, number]>>()(byOrigin.max(0));
    flights
      .map((flight): number[] => [flight.delay])
      .keyBy(() => 0)
      .sum(7);

    // @ts-expect-error a text cannot be added up.
    windows.sum('origin');
    // @ts-expect-error flights have no such field.
    keyed.sum('price');
    // @ts-expect-error a list has no order.
    keyed.maxBy('stops');
    // @ts-expect-error element 0 is a text.
    byOrigin.sum(0);
    // @ts-expect-error there is no element 2.
    byOrigin.max(2);
    assert.ok(keyed);
  });

  it('refuse functions of another shape', () => {
    const { flights, keyed, windows } = streams();
    const ofNumbers: WindowFunction<number, string, string, TimeWindow> = () => {};
    const byNumber: WindowFunction<Flight, string, number, TimeWindow> = () => {};
    const ofGlobal: WindowFunction<Flight, string, string, GlobalWindow> = (_key, window) =>
      window.maxTimestamp();

    const ofTime: WindowFunction<Flight, number, string, TimeWindow> = (
      _key,
      { start },
      _all,
      out,
    ) => out.collect(start);
    const ofTexts: WindowFunction<string, string, string, TimeWindow> = () => {};

    // @ts-expect-error the function gets flights, not numbers.
    windows.apply(ofNumbers);
    // @ts-expect-error the key is a text.
    windows.apply(byNumber);
    // @ts-expect-error a lambda gets what an object would.
    windows.apply((key: number) => assert.ok(key));
    // @ts-expect-error the windows of a count are global, and have no start.
    keyed.countWindow(3).apply(ofTime);
    windows.apply(ofGlobal); // Which asks for less than a time window has.
    // @ts-expect-error the mean is a number, which is what the function must take.
    windows.aggregate(Mean, ofTexts);
    // @ts-expect-error the function is one of keyed windows.
    flights.windowAll(TumblingEventTimeWindows.of(1)).process(() => new Late());
    // @ts-expect-error a reduce gives what it takes.
    windows.reduce((a) => a.delay);
    const ofTextTrigger = DeltaTrigger.of(1, (a: string) => a.length, Types.STRING);
    // @ts-expect-error the trigger compares texts.
    windows.trigger(ofTextTrigger);
    windows.trigger(DeltaTrigger.of(1, (a: Flight, b: Flight) => a.delay - b.delay, Types.GENERIC));
    windows.evictor(CountEvictor.of(3)).trigger(() => CountTrigger.of(1));
    assert.ok(windows);
  });
});

describe('windows, when the program is built', () => {
  const sessions = () => streams().keyed.window(EventTimeSessionWindows.withGap(10));

  it('refuse a trigger that cannot merge where windows do', () => {
    const { canMerge: _no, ...rest } = { ...EventTimeTrigger.create(), canMerge: undefined };
    const trigger: Trigger<Flight, TimeWindow> = {
      ...rest,
      onElement: () => 'fire',
      onEventTime: () => 'continue',
      onProcessingTime: () => 'continue',
      clear: () => {},
    };

    assert.throws(
      () =>
        sessions()
          .trigger(trigger)
          .reduce((a) => a),
      { code: 'UNSUPPORTED' },
    );
  });

  it('refuse an aggregate function without merge where windows merge', () => {
    assert.throws(() => sessions().aggregate(Mean), { code: 'UNSUPPORTED', message: /no merge/ });
    assert.ok(sessions().evictor(CountEvictor.of(2)).aggregate(Mean));
  });

  it('refuse a rich function that reduces or aggregates', () => {
    class Rich extends RichFunction {
      reduce(a: Flight): Flight {
        return a;
      }
    }

    assert.throws(() => streams().windows.reduce(new Rich()), { code: 'UNSUPPORTED' });
  });

  it('refuse what is no window function', () => {
    const { windows } = streams();

    // @ts-expect-error there is no such method.
    assert.throws(() => windows.apply({ run: () => {} }), { code: 'INVALID_GRAPH' });
    assert.throws(() => windows.aggregate(Mean, Late as never), { code: 'INVALID_GRAPH' });
    assert.throws(() => windows.trigger(GlobalWindows.create() as never), {
      code: 'INVALID_GRAPH',
    });
  });
});
