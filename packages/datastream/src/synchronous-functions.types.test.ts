/** Async functions do not compile where nothing would wait for them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Collector,
  type FlatMapFunction,
  type KeyedProcessContext,
  KeyedProcessFunction,
  ProcessFunction,
  TumblingEventTimeWindows,
} from '@millrace/core';
import { StreamExecutionEnvironment } from './stream-execution-environment.ts';

describe('functions that emit through their collector', () => {
  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  const numbers = env.fromData([1, 2]);

  it('may be declared void, and plain ones may give whatever they like but a promise', () => {
    class Declared extends KeyedProcessFunction<number, number, number> {
      override processElement(
        value: number,
        _c: KeyedProcessContext<number>,
        out: Collector<number>,
      ): void {
        out.collect(value);
      }
      override onTimer(): void {}
    }
    const seen = new Map<number, number>();

    const streams = [
      numbers.keyBy((n) => n).process(new Declared()),
      numbers.flatMap((n, out: Collector<number>) => n > 1 && out.collect(n)),
      numbers.flatMap<number>((n, _out) => seen.set(n, n)),
    ];

    assert.equal(streams.length, 3);
  });

  it('may not be async', () => {
    class Method extends ProcessFunction<number, number> {
      // @ts-expect-error: nothing waits for the promise.
      override async processElement(): Promise<void> {}
    }
    class Timer extends KeyedProcessFunction<number, number, number> {
      override processElement(): void {}
      // @ts-expect-error: nothing waits for the promise.
      override async onTimer(): Promise<void> {}
    }
    // @ts-expect-error: nothing waits for the promise.
    const plain: FlatMapFunction<number, number> = async (_n, _out) => {};
    // @ts-expect-error: nothing waits for the promise.
    const called = () => numbers.flatMap(async (n, out: Collector<number>) => out.collect(n));
    const windows = numbers.keyBy((n) => n).window(TumblingEventTimeWindows.of(5));
    const applied = () =>
      // @ts-expect-error: nothing waits for the promise.
      windows.apply(async (_k, _w, _rs, out: Collector<number>) => out.collect(1));
    // @ts-expect-error: nor here, where the result is a record.
    const reduced = () => numbers.keyBy((n) => n).reduce(async (a, b) => a + b);
    // @ts-expect-error: nor here, where it is a decision.
    const filtered = () => numbers.filter(async (n) => n > 1);

    assert.ok(
      [Method, Timer, plain, called, applied, reduced, filtered].every(
        (f) => typeof f === 'function',
      ),
    );
  });
});
