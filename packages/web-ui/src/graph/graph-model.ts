/** What of a job's description is drawn: operators and the edges between them, with their names. */
import type { JobDetails, JobVertex } from '../rest/jobs.ts';
import type { Topology, TopologyEdge } from './placed-graph.ts';

export interface ModelEdge extends TopologyEdge {
  /** `HASH`, `REBALANCE`, …; empty where the plan does not say. */
  readonly shipStrategy: string;
}

export interface GraphModel {
  readonly vertices: ReadonlyMap<string, JobVertex>;
  readonly topology: Topology;
  readonly edges: readonly ModelEdge[];
}

export function graphModel(job: JobDetails): GraphModel {
  const vertices = new Map(job.vertices.map((vertex) => [vertex.id, vertex]));
  const edges = job.plan.nodes.flatMap((node) =>
    (node.inputs ?? [])
      .filter(({ id }) => vertices.has(id) && vertices.has(node.id))
      .map(({ id, ship_strategy = '' }) => ({
        from: id,
        to: node.id,
        shipStrategy: ship_strategy,
      })),
  );
  return {
    vertices,
    edges,
    topology: {
      nodes: [...vertices.keys()],
      edges: edges.map(({ from, to }) => ({ from, to })),
    },
  };
}

export type Load = 'unknown' | 'idle' | 'light' | 'busy' | 'full' | 'pressed';

/** Where work piles up: `full` operators hold up the `pressed` ones before them. */
export function loadOf(busy: number | undefined, backPressured: number | undefined): Load {
  if ((backPressured ?? 0) >= 0.5) {
    return 'pressed';
  }
  if (busy === undefined) {
    return backPressured === undefined ? 'unknown' : 'idle';
  }
  return busy >= 0.9 ? 'full' : busy >= 0.6 ? 'busy' : busy >= 0.2 ? 'light' : 'idle';
}

/** A name cut in the middle: both ends of a chain tell the most. */
export function shortName(name: string, charsMax: number): string {
  if (name.length <= charsMax) {
    return name;
  }
  const end = Math.floor((charsMax - 1) / 3);
  return `${name.slice(0, charsMax - 1 - end)}…${name.slice(name.length - end)}`;
}
