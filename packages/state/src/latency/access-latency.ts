/**
 * Measures one in so many accesses of a kind.
 *
 * Flink: StateLatencyMetricBase, LatencyTrackingStateConfig.
 */
// Hot path.
import {
  type Clock,
  DescriptiveStatisticsHistogram,
  type MetricGroup,
  nanoTimeOf,
} from '@millrace/core';

/** How accesses to keyed state are measured. */
export interface StateLatencyTracking {
  /** One in so many is measured, at least 1. */
  readonly sampleInterval: number;
  /** Measured accesses that each histogram remembers. */
  readonly historySize: number;
  /** The name of the state is a variable, `state_name`, and not a group alone. */
  readonly stateNameAsVariable: boolean;
}

/** Of the accesses of one kind to one state, in nanoseconds. */
export class AccessLatency {
  private readonly metrics: StateLatencyMetrics;
  private readonly name: string;
  private readonly sampleInterval: number;
  private untilSample: number;
  /** From the first measured access on. */
  private histogram: DescriptiveStatisticsHistogram | undefined;

  constructor(metrics: StateLatencyMetrics, name: string) {
    this.metrics = metrics;
    this.name = name;
    this.sampleInterval = metrics.tracking.sampleInterval;
    this.untilSample = 0;
    this.histogram = undefined;
  }

  /** Before an access. @returns what to give `end`; -1 for an access that is not measured */
  begin(): number {
    if (this.untilSample > 0) {
      this.untilSample--;
      return -1;
    }
    this.untilSample = this.sampleInterval - 1;
    return nanoTimeOf(this.metrics.clock);
  }

  /** After an access; not called for one that threw. */
  end(began: number): void {
    if (began >= 0) {
      this.histogram ??= this.metrics.createHistogram(this.name);
      this.histogram.update(nanoTimeOf(this.metrics.clock) - began);
    }
  }
}

/** The metrics of one state. */
export class StateLatencyMetrics {
  readonly clock: Clock;
  readonly tracking: StateLatencyTracking;
  private readonly group: MetricGroup;

  /** @param group - of the operator */
  constructor(
    stateName: string,
    parts: {
      readonly clock: Clock;
      readonly tracking: StateLatencyTracking;
      readonly group: MetricGroup;
    },
  ) {
    this.clock = parts.clock;
    this.tracking = parts.tracking;
    this.group = parts.tracking.stateNameAsVariable
      ? parts.group.addGroup('state_name', stateName)
      : parts.group.addGroup(stateName);
  }

  createHistogram(name: string): DescriptiveStatisticsHistogram {
    const { historySize } = this.tracking;
    return this.group.histogram(name, new DescriptiveStatisticsHistogram(historySize));
  }
}
