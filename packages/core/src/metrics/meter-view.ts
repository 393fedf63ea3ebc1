/**
 * The rate of a counter over the last minute, from its values at the ends of intervals of 5 s.
 *
 * While the first minute is not over, what was counted is divided by the whole minute all the same:
 * the rate rises to its value. Flink: MeterView.
 */
import { type Counter, type Meter, UPDATE_INTERVAL_MS, type View } from './metrics.ts';
import { SimpleCounter } from './simple-counter.ts';

const DEFAULT_TIME_SPAN_SECONDS = 60;

export class MeterView implements Meter, View {
  rate: number;
  private readonly counter: Counter;
  private readonly timeSpanSeconds: number;
  /** Of the counter at the end of each interval: one more than there are intervals. */
  private readonly values: number[];
  private index: number;

  /**
   * @param counter - what `markEvent` adds to; others may too
   * @param timeSpanSeconds - cut down to a multiple of 5 s, at least 5 s
   */
  constructor(
    counter: Counter = new SimpleCounter(),
    timeSpanSeconds: number = DEFAULT_TIME_SPAN_SECONDS,
  ) {
    const intervals = intervalsIn(timeSpanSeconds);
    this.rate = 0;
    this.counter = counter;
    this.timeSpanSeconds = (intervals * UPDATE_INTERVAL_MS) / 1000;
    this.values = new Array<number>(intervals + 1).fill(0);
    this.index = 0;
  }

  markEvent(n = 1): void {
    this.counter.inc(n);
  }

  get count(): number {
    return this.counter.count;
  }

  updateView(): void {
    this.index = (this.index + 1) % this.values.length;
    this.values[this.index] = this.counter.count;
    const oldest = this.values[(this.index + 1) % this.values.length] as number;
    this.rate = (this.counter.count - oldest) / this.timeSpanSeconds;
  }
}

/** Whole intervals of views in a time span, at least one. */
export function intervalsIn(timeSpanSeconds: number): number {
  return Math.max(1, Math.floor((timeSpanSeconds * 1000) / UPDATE_INTERVAL_MS));
}
