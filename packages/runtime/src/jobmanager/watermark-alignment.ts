/**
 * How far each source of a job may go, by groups of sources that are aligned with each other.
 *
 * Invariants:
 * - The slowest subtask of all sources of a group decides; one that has reported nothing yet does
 *   not, and an idle one reports the end of time.
 * - Only subtasks that have reported are told.
 *
 * Flink: SourceCoordinator.WatermarkAggregator, with the CoordinatorStore.
 */
import { MAX_TIMESTAMP } from '@millrace/core';

export class WatermarkAlignmentGroup {
  /** Last reports by source and subtask. */
  private readonly reports = new Map<string, Map<number, number>>();

  report(sourceId: string, subtask: number, watermark: number): void {
    const ofSource = this.reports.get(sourceId) ?? new Map<number, number>();
    ofSource.set(subtask, watermark);
    this.reports.set(sourceId, ofSource);
  }

  /** Subtasks of a source that have reported. */
  subtasksOf(sourceId: string): Iterable<number> {
    return this.reports.get(sourceId)?.keys() ?? [];
  }

  /** The end of time when all are idle or have ended. */
  maxAllowedWatermark(maxDriftMs: number): number {
    let slowest = MAX_TIMESTAMP;
    for (const ofSource of this.reports.values()) {
      for (const watermark of ofSource.values()) {
        slowest = Math.min(slowest, watermark);
      }
    }
    return slowest + maxDriftMs;
  }
}

/** The groups of one attempt to run a job. */
export class WatermarkAlignmentGroups {
  private readonly groups = new Map<string, WatermarkAlignmentGroup>();

  group(name: string): WatermarkAlignmentGroup {
    const group = this.groups.get(name) ?? new WatermarkAlignmentGroup();
    this.groups.set(name, group);
    return group;
  }
}
