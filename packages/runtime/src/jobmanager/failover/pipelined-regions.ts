/**
 * The parts of a job that exchange no records: each can restart alone.
 *
 * Invariants:
 * - Each subtask is in one region; two that a channel connects are in the same one.
 * - No region can be split further.
 *
 * Pure. Flink: PipelinedRegionComputeUtil, SchedulingPipelinedRegionComputeUtil. All edges of a
 * stream are pipelined.
 */
import type { SubtaskAddress } from '../../checkpoint/checkpoint-coordinator-gateway.ts';
import { checkpointTasksOf, subtaskKey } from '../../checkpoint/checkpoint-plan.ts';
import type { JobGraph } from '../../graph/job-graph.ts';

export type PipelinedRegion = readonly SubtaskAddress[];

/** In the order of their first subtasks; sources come first in a job graph. */
export function pipelinedRegions(jobGraph: JobGraph): PipelinedRegion[] {
  const regions = new Map<string, SubtaskAddress[]>();
  for (const { address, upstream } of checkpointTasksOf(jobGraph)) {
    let region: SubtaskAddress[] = [address];
    regions.set(subtaskKey(address), region);
    for (const sender of upstream) {
      region = united(regions, region, regions.get(subtaskKey(sender))!);
    }
  }
  return [...new Set(regions.values())];
}

/** The smaller one joins the other, so a job of n subtasks takes n log n steps. */
function united(
  regions: Map<string, SubtaskAddress[]>,
  one: SubtaskAddress[],
  other: SubtaskAddress[],
): SubtaskAddress[] {
  if (one === other) {
    return one;
  }
  const [larger, smaller] = one.length > other.length ? [one, other] : [other, one];
  for (const address of smaller) {
    larger.push(address);
    regions.set(subtaskKey(address), larger);
  }
  return larger;
}
