/**
 * Metrics as a tree that can be read at any time; nothing is reported from here.
 *
 * Invariants:
 * - Asking twice for one counter or group gives the same one, so that a restarted operator goes on
 *   with what is there. Its gauges, meters and histograms take the place of those before.
 * - A name stands for one kind of metric: what comes later under another kind is not registered.
 *
 * Flink: AbstractMetricGroup, GenericMetricGroup.
 */
import type { Counter, Gauge, GaugeValue, Histogram, Meter, MetricGroup, View } from './metrics.ts';
import { bindScope } from './scope-format.ts';
import { SimpleCounter } from './simple-counter.ts';

/** A metric with its kind, by which reporters tell them apart. */
export type Metric =
  | { readonly type: 'counter'; readonly metric: Counter }
  | { readonly type: 'gauge'; readonly metric: Gauge }
  | { readonly type: 'meter'; readonly metric: Meter }
  | { readonly type: 'histogram'; readonly metric: Histogram };

/** Takes the metrics that have to hear of time, and what is wrong with a name. */
export interface MetricListener {
  readonly delimiter: string;
  addView(view: View): void;
  removeView(view: View): void;
  warn(message: string): void;
}

const NOBODY: MetricListener = {
  delimiter: '.',
  addView: () => {},
  removeView: () => {},
  warn: () => {},
};

/** Where a group stands. */
export interface MetricScope {
  readonly parent?: GenericMetricGroup;
  /** Without values: `taskmanager.job.task`. */
  readonly logical: string;
  /** Names and variables of the whole scope, or names that follow those of the parent. */
  readonly components: readonly string[];
  readonly isWholeScope: boolean;
  /** Beside those of the parent. */
  readonly variables: ReadonlyMap<string, string>;
}

export class GenericMetricGroup implements MetricGroup {
  /** Without values: `taskmanager.job.task`. */
  readonly logicalScope: string;
  readonly metrics: Map<string, Metric>;
  /** Those below, by name, or by key and value. */
  readonly groups: Map<string, GenericMetricGroup>;
  private scope: MetricScope;
  private readonly views: Map<string, View>;
  private readonly listener: MetricListener;

  /** @param scope - where it stands; a name alone is a group outside of any registry, for tests */
  constructor(scope: MetricScope | string, listener: MetricListener = NOBODY) {
    this.scope = typeof scope === 'string' ? namedScope(scope) : scope;
    this.logicalScope = this.scope.logical;
    this.metrics = new Map();
    this.groups = new Map();
    this.views = new Map();
    this.listener = listener;
  }

  get scopeComponents(): readonly string[] {
    const { components, isWholeScope, parent } = this.scope;
    return isWholeScope
      ? bindScope(components, this.allVariables)
      : [...(parent?.scopeComponents ?? []), ...components];
  }

  get allVariables(): ReadonlyMap<string, string> {
    const { parent, variables } = this.scope;
    return parent === undefined ? variables : new Map([...parent.allVariables, ...variables]);
  }

  /** Those below the component that this group belongs to. Flink: getQueryServiceMetricInfo. */
  get groupsInComponent(): readonly string[] {
    const { components, isWholeScope, parent } = this.scope;
    return isWholeScope ? [] : [...(parent?.groupsInComponent ?? []), ...components];
  }

  /** In the place of those that it was made with; the groups below see them too. */
  setVariables(variables: ReadonlyMap<string, string>): void {
    this.scope = { ...this.scope, variables };
  }

  getMetricIdentifier(name: string): string {
    return [...this.scopeComponents, name].join(this.listener.delimiter);
  }

  counter(name: string): Counter;
  counter<C extends Counter>(name: string, counter: C): C;
  counter(name: string, counter?: Counter): Counter {
    const known = this.metrics.get(name);
    if (counter === undefined && known?.type === 'counter') {
      return known.metric;
    }
    const metric = counter ?? new SimpleCounter();
    this.register(name, { type: 'counter', metric });
    return metric;
  }

  gauge(name: string, value: Gauge): void {
    this.register(name, { type: 'gauge', metric: value });
  }

  meter<M extends Meter>(name: string, meter: M): M {
    this.register(name, { type: 'meter', metric: meter });
    return meter;
  }

  histogram<H extends Histogram>(name: string, histogram: H): H {
    this.register(name, { type: 'histogram', metric: histogram });
    return histogram;
  }

  addGroup(key: string, value?: string): GenericMetricGroup {
    const variables = new Map(value === undefined ? [] : [[`<${key}>`, value]]);
    return this.child(value === undefined ? key : `${key}=${value}`, {
      logical: `${this.logicalScope}.${key}`,
      components: value === undefined ? [key] : [key, value],
      isWholeScope: false,
      variables,
    });
  }

  /** Hears of time under a name of its own, for gauges that share it. One of the same name ends. */
  view<V extends View>(name: string, view: V): V {
    const known = this.views.get(name);
    if (known !== undefined) {
      this.listener.removeView(known);
    }
    this.views.set(name, view);
    this.listener.addView(view);
    return view;
  }

  /** The group below that is found by `id`, made with `scope` at the first call. */
  child(id: string, scope: Omit<MetricScope, 'parent'>): GenericMetricGroup {
    let group = this.groups.get(id);
    if (group === undefined) {
      group = new GenericMetricGroup({ ...scope, parent: this }, this.listener);
      this.groups.set(id, group);
    }
    return group;
  }

  /** Forgets all metrics of this group and of those below. */
  close(): void {
    for (const { metric } of this.metrics.values()) {
      if (isView(metric)) {
        this.listener.removeView(metric);
      }
    }
    for (const view of this.views.values()) {
      this.listener.removeView(view);
    }
    for (const group of this.groups.values()) {
      group.close();
    }
    this.views.clear();
    this.metrics.clear();
    this.groups.clear();
  }

  /** Counters and gauges of this group and those below, by the names below it between dots. */
  values(): Map<string, GaugeValue> {
    const values = new Map<string, GaugeValue>();
    this.collectValues('', values);
    return values;
  }

  private register(name: string, metric: Metric): void {
    const known = this.metrics.get(name);
    if (known !== undefined && known.type !== metric.type) {
      this.listener.warn(
        `the ${metric.type} '${this.getMetricIdentifier(name)}' is not reported: a ${known.type} has that name; give it another one`,
      );
      return;
    }
    if (known !== undefined && isView(known.metric)) {
      this.listener.removeView(known.metric);
    }
    this.metrics.set(name, metric);
    if (isView(metric.metric)) {
      this.listener.addView(metric.metric);
    }
  }

  private collectValues(prefix: string, values: Map<string, GaugeValue>): void {
    for (const [name, { type, metric }] of this.metrics) {
      if (type === 'counter') {
        values.set(prefix + name, metric.count);
      } else if (type === 'gauge') {
        values.set(prefix + name, metric());
      }
    }
    for (const group of this.groups.values()) {
      group.collectValues(`${prefix}${group.scope.components.join('.')}.`, values);
    }
  }
}

function namedScope(name: string): MetricScope {
  return { logical: name, components: [name], isWholeScope: false, variables: new Map() };
}

function isView(metric: unknown): metric is View {
  return typeof (metric as Partial<View>).updateView === 'function';
}
