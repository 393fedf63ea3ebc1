/** The functions that most window jobs share. Java: lab.jobs.Panes. */
import {
  type AggregateFunction,
  type Collector,
  type ProcessWindowContext,
  ProcessWindowFunction,
  type TimeWindow,
  type TypeInformation,
  Types,
  type Window,
} from 'millrace';
import { digest, type Event } from './event.ts';
import { text, windowText } from './text.ts';

type CountAndDigest = [number, number];

export const COUNT_AND_DIGEST: TypeInformation<CountAndDigest> = Types.TUPLE(
  Types.LONG,
  Types.LONG,
);

/** How many records, and their values in order: `n:digest`. */
export const DIGEST: AggregateFunction<Event, CountAndDigest, string> = {
  createAccumulator: () => [0, 0],
  add: ({ value }, [count, soFar]) => [count + 1, digest(soFar, value)],
  getResult: ([count, soFar]) => `${count}:${soFar}`,
  merge: (a, b) => [a[0] + b[0], digest(a[1], b[1])],
};

/**
 * How many records, and the sum of their values, in whatever order sessions merge: Flink does not
 * say.
 */
export const TOTAL: AggregateFunction<Event, CountAndDigest, string> = {
  createAccumulator: () => [0, 0],
  add: ({ value }, [count, sum]) => [count + 1, sum + value * value],
  getResult: ([count, sum]) => `${count}:${sum}`,
  merge: (a, b) => [a[0] + b[0], a[1] + b[1]],
};

/** KEY WINDOW CONTENTS WATERMARK; contents are the records, or the one result of an aggregation. */
export class Tell<T extends Event | string, W extends Window> extends ProcessWindowFunction<
  T,
  string,
  string,
  W
> {
  override process(
    key: string,
    context: ProcessWindowContext<W>,
    elements: Iterable<T>,
    out: Collector<string>,
  ): void {
    out.collect(
      text(key, windowText(context.window), contents(elements), context.currentWatermark()),
    );
  }
}

/** For sessions: the order of their records is that in which windows merged. */
export class TellSorted extends ProcessWindowFunction<Event, string, string, TimeWindow> {
  override process(
    key: string,
    context: ProcessWindowContext<TimeWindow>,
    elements: Iterable<Event>,
    out: Collector<string>,
  ): void {
    const sorted = [...elements].sort((a, b) => a.seq - b.seq);
    out.collect(
      text(key, windowText(context.window), contents(sorted), context.currentWatermark()),
    );
  }
}

export function contents(elements: Iterable<Event | string>): string {
  const texts = [...elements].map((element) =>
    typeof element === 'string' ? element : `#${element.seq}=${element.value}`,
  );
  return `[${texts.join(',')}]`;
}
