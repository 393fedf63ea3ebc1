/**
 * What a metric is, and the groups in which they are named. Names and scopes are Flink's.
 *
 * Flink: org.apache.flink.metrics.
 */

export interface Counter {
  /** @param n - 1 unless given; may be negative */
  inc(n?: number): void;
  readonly count: number;
}

/** What a gauge may show; reporters that take only numbers leave the rest out. */
export type GaugeValue = number | string | boolean;

export type Gauge = () => GaugeValue;

/** How often something happens. */
export interface Meter {
  markEvent(n?: number): void;
  /** Events a second. */
  readonly rate: number;
  /** Of all events until now. */
  readonly count: number;
}

/** How values are distributed. */
export interface Histogram {
  update(value: number): void;
  /** Of all values that were ever given; the statistics may be of the last ones only. */
  readonly count: number;
  statistics(): HistogramStatistics;
}

/** Of the values that a histogram remembers. All but `size` are `NaN` while there is none. */
export interface HistogramStatistics {
  readonly size: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Of a sample: divided by `size - 1`; 0 for one value. */
  readonly stddev: number;
  /** @param quantile - in `[0, 1]` */
  quantile(quantile: number): number;
}

/**
 * A metric whose value is over a time: it is told at each end of an interval of `UPDATE_INTERVAL_MS`.
 *
 * Flink: View.
 */
export interface View {
  /** @param now - the end of the interval, ms */
  updateView(now: number): void;
}

/** Flink: View.UPDATE_INTERVAL_SECONDS. */
export const UPDATE_INTERVAL_MS = 5000;

export interface MetricGroup {
  /**
   * The counter of that name, made at the first call. With `counter` that one is registered in its
   * place, a counter of your own.
   */
  counter(name: string): Counter;
  counter<C extends Counter>(name: string, counter: C): C;
  /** A gauge of the same name is replaced. */
  gauge(name: string, value: Gauge): void;
  /** A meter of the same name is replaced. @returns `meter` */
  meter<M extends Meter>(name: string, meter: M): M;
  /** A histogram of the same name is replaced. @returns `histogram` */
  histogram<H extends Histogram>(name: string, histogram: H): H;
  /** The group of that name below this one, made at the first call. */
  addGroup(name: string): MetricGroup;
  /** A group `key.value`, in which the variable `<key>` is `value`. */
  addGroup(key: string, value: string): MetricGroup;
  /** The names above a metric of this group, outermost first. */
  readonly scopeComponents: readonly string[];
  /** Of this group and those above it: `<host>`, `<task_name>` and the like, with the brackets. */
  readonly allVariables: ReadonlyMap<string, string>;
  /** Scope and name with the delimiter between, as reporters show it. */
  getMetricIdentifier(name: string): string;
}
