/** Flink: org.apache.flink.metrics. Metric names and scopes are Flink's. */

export interface Counter {
  inc(n?: number): void;
  readonly count: number;
}

export interface MetricGroup {
  counter(name: string): Counter;
  gauge(name: string, value: () => number): void;
  addGroup(name: string): MetricGroup;
}
