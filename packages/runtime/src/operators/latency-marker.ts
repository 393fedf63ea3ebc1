/**
 * Marks that sources send with their records, to see how long a record takes to each operator.
 *
 * A marker goes the way of the records, in order with them, past all functions: it tells how long
 * records wait, and not how long functions take for one. Where records go several ways it takes one
 * of them by chance.
 *
 * Flink: LatencyMarker, LatencyStats.
 */
import { DescriptiveStatisticsHistogram, type MetricGroup } from '@millrace/core';

export interface LatencyMarker {
  /** When the source sent it, ms. */
  readonly markedTime: number;
  /** Of the source, in hexadecimal digits. */
  readonly operatorId: string;
  /** Of the source. */
  readonly subtaskIndex: number;
}

/** What an operator tells apart: nothing, sources, or their subtasks. */
export type LatencyGranularity = 'single' | 'operator' | 'subtask';

/** How a job measures latency. */
export interface LatencyTracking {
  /** Between two markers of a source; 0 for none. */
  readonly intervalMs: number;
  readonly granularity: LatencyGranularity;
  /** Latencies that each histogram remembers. */
  readonly historySize: number;
}

/** The latencies of one operator of a subtask. */
export class LatencyStats {
  private readonly group: MetricGroup;
  private readonly tracking: LatencyTracking;
  private readonly operator: { readonly operatorId: string; readonly subtaskIndex: number };
  private readonly histograms: Map<string, DescriptiveStatisticsHistogram>;

  /** @param group - `latency` of the job */
  constructor(
    group: MetricGroup,
    tracking: LatencyTracking,
    operator: { readonly operatorId: string; readonly subtaskIndex: number },
  ) {
    this.group = group;
    this.tracking = tracking;
    this.operator = operator;
    this.histograms = new Map();
  }

  reportLatency(marker: LatencyMarker, now: number): void {
    const source = this.sourceOf(marker);
    let histogram = this.histograms.get(source);
    if (histogram === undefined) {
      histogram = this.createHistogram(marker);
      this.histograms.set(source, histogram);
    }
    histogram.update(now - marker.markedTime);
  }

  private sourceOf({ operatorId, subtaskIndex }: LatencyMarker): string {
    switch (this.tracking.granularity) {
      case 'single':
        return '';
      case 'operator':
        return operatorId;
      case 'subtask':
        return `${operatorId} ${subtaskIndex}`;
    }
  }

  private createHistogram(marker: LatencyMarker): DescriptiveStatisticsHistogram {
    const { granularity, historySize } = this.tracking;
    const { operatorId, subtaskIndex } = this.operator;
    let group = this.group;
    if (granularity !== 'single') {
      group = group.addGroup('source_id', marker.operatorId);
    }
    if (granularity === 'subtask') {
      group = group.addGroup('source_subtask_index', String(marker.subtaskIndex));
    }
    return group
      .addGroup('operator_id', operatorId)
      .addGroup('operator_subtask_index', String(subtaskIndex))
      .histogram('latency', new DescriptiveStatisticsHistogram(historySize));
  }
}
