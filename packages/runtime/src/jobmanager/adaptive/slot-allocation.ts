/**
 * Which parallelisms a job has with so many slots.
 *
 * Invariants:
 * - Each vertex is within its bounds, and vertices that `forward()` connects have one parallelism.
 * - No more slots are taken than there are; each slot sharing group has as many as its widest vertex.
 * - Slots go to the groups in equal shares, but for what a group must have or cannot use.
 *
 * Pure. Flink: SlotSharingSlotAllocator.determineParallelism.
 */
import type { JobGraph, JobVertex } from '../../graph/job-graph.ts';
import { forwardGroups, type VertexParallelism } from '../../graph/rescaled-job-graph.ts';
import {
  boundsOfGroup,
  type JobResourceRequirements,
  type ParallelismBounds,
} from '../../graph/resource-requirements.ts';

interface GroupBounds extends ParallelismBounds {
  readonly group: string;
}

/** `undefined` where they do not suffice for the lower bounds. */
export function parallelismWith(
  slots: number,
  jobGraph: JobGraph,
  requirements: JobResourceRequirements,
): VertexParallelism | undefined {
  const bounds = boundsOfVertices(jobGraph, requirements);
  const shares = sharesOfGroups(slots, groupBounds(jobGraph, bounds));
  if (shares === undefined) {
    return undefined;
  }
  const connected = forwardGroups(jobGraph);
  const shareOf = ({ slotSharingGroup }: JobVertex): number => shares.get(slotSharingGroup)!;
  const parallelism = new Map(
    jobGraph.vertices.map((vertex) => {
      const share = Math.min(...connected.get(vertex.id)!.map(shareOf));
      return [vertex.id, Math.min(share, bounds.get(vertex.id)!.upperBound)] as const;
    }),
  );
  const suffices = [...parallelism].every(([id, count]) => count >= bounds.get(id)!.lowerBound);
  return suffices ? parallelism : undefined;
}

/** Slots that a job takes at these parallelisms. */
export function slotsOf(jobGraph: JobGraph, parallelism: VertexParallelism): number {
  const widest = new Map<string, number>();
  for (const { id, slotSharingGroup } of jobGraph.vertices) {
    const known = widest.get(slotSharingGroup) ?? 0;
    widest.set(slotSharingGroup, Math.max(known, parallelism.get(id)!));
  }
  return [...widest.values()].reduce((sum, slots) => sum + slots, 0);
}

function boundsOfVertices(
  jobGraph: JobGraph,
  requirements: JobResourceRequirements,
): ReadonlyMap<string, ParallelismBounds> {
  const connected = forwardGroups(jobGraph);
  return new Map(
    jobGraph.vertices.map(({ id }) => [
      id,
      boundsOfGroup(connected.get(id)!, (each) => requirements[each]!),
    ]),
  );
}

function groupBounds(
  jobGraph: JobGraph,
  bounds: ReadonlyMap<string, ParallelismBounds>,
): GroupBounds[] {
  const groups = new Map<string, GroupBounds>();
  for (const { id, slotSharingGroup: group } of jobGraph.vertices) {
    const { lowerBound, upperBound } = bounds.get(id)!;
    const known = groups.get(group);
    groups.set(group, {
      group,
      lowerBound: Math.max(lowerBound, known?.lowerBound ?? 0),
      upperBound: Math.max(upperBound, known?.upperBound ?? 0),
    });
  }
  return [...groups.values()];
}

function sharesOfGroups(
  slots: number,
  groups: readonly GroupBounds[],
): ReadonlyMap<string, number> | undefined {
  let required = groups.reduce((sum, { lowerBound }) => sum + lowerBound, 0);
  if (slots < required) {
    return undefined;
  }
  let unassigned = slots;
  let groupsLeft = groups.length;
  const shares = new Map<string, number>();
  // What those leave that cannot use their share goes to the others.
  for (const { group, lowerBound, upperBound } of groups.toSorted(
    (a, b) => a.upperBound - b.upperBound,
  )) {
    required -= lowerBound;
    const fair = Math.max(Math.floor(unassigned / groupsLeft), lowerBound);
    const share = Math.min(upperBound, unassigned - required, fair);
    shares.set(group, share);
    unassigned -= share;
    groupsLeft--;
  }
  return shares;
}
