/** Window operators on records that are texts, `key:anything`. */
import {
  type AggregateFunction,
  type Collector,
  type ProcessWindowContext,
  ProcessWindowFunction,
  type TimeWindow,
  TumblingEventTimeWindows,
  Types,
  type Window,
} from '@millrace/core';
import {
  createWindowOperator,
  type WindowOperator,
  type WindowOperatorOptions,
} from '@millrace/runtime';
import { type OperatorHarnessOptions, OperatorTestHarness } from '../operator-harness.ts';

/** The end of a bounded input. */
export const END: number = Number.POSITIVE_INFINITY;

export type WindowOptions = WindowOperatorOptions<string, string, string, Window>;

/** Joins what the window holds: `key[start-end]: a b c`. */
export class Join extends ProcessWindowFunction<string, string, string, Window> {
  override process(
    key: string,
    context: ProcessWindowContext<Window>,
    elements: Iterable<string>,
    out: Collector<string>,
  ): void {
    out.collect(`${key}${boundsOf(context.window)}: ${[...elements].join(' ')}`);
  }
}

export function boundsOf(window: Window): string {
  const { start, end } = window as TimeWindow;
  return start === undefined ? '[global]' : `[${start}-${end}]`;
}

export const JOIN: WindowOptions['windowFunction'] = {
  kind: 'process',
  processFunction: new Join(),
  elementType: Types.STRING,
};

/** Gives the number of records as text. */
export const COUNT: AggregateFunction<string, number, string> = {
  createAccumulator: () => 0,
  add: (_value, count) => count + 1,
  getResult: (count) => `${count}`,
  merge: (a, b) => a + b,
};

export const COUNT_RECORDS: WindowOptions['windowFunction'] = {
  kind: 'aggregate',
  aggregateFunction: COUNT,
  accumulatorType: Types.LONG,
  elementType: Types.STRING,
};

/** An assigner, trigger or evictor of any kind of window as the fixture takes it. */
// biome-ignore lint/suspicious/noExplicitAny: the fixture is for windows of every kind.
export function any<T>(value: T): any {
  return value;
}

export type TestedOperator = WindowOperator<string, string, string, Window>;

/** Tumbling event-time windows of a second unless the options say otherwise. */
export function windowOperator(options: Partial<WindowOptions> = {}): TestedOperator {
  return createWindowOperator<string, string, string, Window>({
    name: 'windows',
    assigner: any(TumblingEventTimeWindows.of(1000)),
    windowFunction: JOIN,
    keySelector: (value) => value.split(':')[0] as string,
    keyType: Types.STRING,
    ...options,
  });
}

export function openWindows(
  options: Partial<WindowOptions> = {},
  harness: OperatorHarnessOptions = {},
): Promise<OperatorTestHarness<string, TestedOperator>> {
  return OperatorTestHarness.open(windowOperator(options), harness);
}
