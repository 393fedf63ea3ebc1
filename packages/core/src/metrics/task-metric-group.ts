/**
 * Metrics as a tree that can be read at any time; nothing is reported from here.
 *
 * Invariant: asking twice for one counter or group gives the same one, so that a restarted operator
 * goes on with what is there.
 *
 * Flink: AbstractMetricGroup, SimpleCounter.
 */
// Hot path.

import type { Counter, MetricGroup } from './metrics.ts';

export class SimpleCounter implements Counter {
  count: number;

  constructor() {
    this.count = 0;
  }

  inc(n = 1): void {
    this.count += n;
  }
}

export class TaskMetricGroup implements MetricGroup {
  readonly name: string;
  readonly counters: Map<string, SimpleCounter>;
  readonly gauges: Map<string, () => number>;
  readonly groups: Map<string, TaskMetricGroup>;

  constructor(name: string) {
    this.name = name;
    this.counters = new Map();
    this.gauges = new Map();
    this.groups = new Map();
  }

  counter(name: string): SimpleCounter {
    let counter = this.counters.get(name);
    if (counter === undefined) {
      counter = new SimpleCounter();
      this.counters.set(name, counter);
    }
    return counter;
  }

  /** A gauge of the same name is replaced: a restarted operator reads its own fields. */
  gauge(name: string, value: () => number): void {
    this.gauges.set(name, value);
  }

  addGroup(name: string): TaskMetricGroup {
    let group = this.groups.get(name);
    if (group === undefined) {
      group = new TaskMetricGroup(name);
      this.groups.set(name, group);
    }
    return group;
  }

  /** Every counter and gauge of this group and those below, by dotted name. */
  values(): Map<string, number> {
    const values = new Map<string, number>();
    this.collectValues('', values);
    return values;
  }

  private collectValues(prefix: string, values: Map<string, number>): void {
    for (const [name, counter] of this.counters) {
      values.set(prefix + name, counter.count);
    }
    for (const [name, gauge] of this.gauges) {
      values.set(prefix + name, gauge());
    }
    for (const [name, group] of this.groups) {
      group.collectValues(`${prefix}${name}.`, values);
    }
  }
}
