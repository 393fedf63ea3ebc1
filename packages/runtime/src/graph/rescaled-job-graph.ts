/**
 * The job graph at other parallelisms.
 *
 * Invariants:
 * - Chains, operator ids, max parallelisms and the edges that barriers may overtake stay, so a checkpoint
 *   of the one graph is one of the other.
 * - Vertices that the program connected by `forward()` have one parallelism and move together. An edge
 *   that is forward only because nothing else was said becomes rebalance where the parallelisms of its
 *   ends come to differ, as if the program had been started so.
 * - A vertex whose parallelism the program set keeps it unless it is named.
 *
 * Pure. Flink: JobResourceRequirements, VertexParallelism;
 * StreamTask.replaceForwardPartitionerIfConsumerParallelismDoesNotMatch.
 */
import { ConfigError } from '@millrace/core';
import type { JobEdge, JobGraph, JobVertex } from './job-graph.ts';
import {
  ForwardForUnspecifiedPartitioner,
  RebalanceForUnspecifiedPartitioner,
} from './stream-partitioners.ts';

/** At least one of the two. */
export interface RescaleRequest {
  /** Of every vertex whose parallelism the program did not set and that is not named. */
  readonly parallelism?: number;
  /**
   * Of single vertices, whoever set their parallelism. A key is the id of a vertex, or the uid or the
   * name of one of its operators.
   */
  readonly vertices?: Readonly<Record<string, number>>;
}

/** Parallelism by vertex id. */
export type VertexParallelism = ReadonlyMap<string, number>;

/**
 * What a request makes of the parallelisms.
 *
 * @throws ConfigError `PARALLELISM_OUT_OF_RANGE` for what is no whole number from 1 to the max
 *   parallelism, `OPERATOR_UNKNOWN`, `INVALID_GRAPH` for two parallelisms of one vertex or of vertices
 *   that `forward()` connects, `CONFIG_VALUE_INVALID` for a request that asks for nothing
 */
export function rescaledParallelism(
  jobGraph: JobGraph,
  request: RescaleRequest,
): VertexParallelism {
  const named = Object.entries(request.vertices ?? {});
  if (request.parallelism === undefined && named.length === 0) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      'a rescale needs a parallelism, or vertices with theirs; it was given neither',
    );
  }
  const groups = forwardGroups(jobGraph);
  const wanted = new Map<ForwardGroup, { readonly parallelism: number; readonly by: string }>();
  for (const [key, parallelism] of named) {
    const group = groups.get(vertexNamed(jobGraph, key).id)!;
    const other = wanted.get(group);
    if (other !== undefined && other.parallelism !== parallelism) {
      throw new ConfigError(
        'INVALID_GRAPH',
        `parallelism ${other.parallelism} is asked for '${other.by}' and ${parallelism} for '${key}', ` +
          'which are one vertex or are connected by forward(): give them one parallelism',
      );
    }
    wanted.set(group, { parallelism, by: key });
  }
  return new Map(
    jobGraph.vertices.map((vertex) => {
      const group = groups.get(vertex.id)!;
      const byDefault = group.some(isConfigured) ? undefined : request.parallelism;
      const parallelism = wanted.get(group)?.parallelism ?? byDefault ?? vertex.parallelism;
      checkParallelism(vertex, parallelism);
      return [vertex.id, parallelism] as const;
    }),
  );
}

/** @param parallelism - of every vertex */
export function withParallelism(jobGraph: JobGraph, parallelism: VertexParallelism): JobGraph {
  return {
    ...jobGraph,
    vertices: jobGraph.vertices.map((vertex) => ({
      ...vertex,
      parallelism: parallelism.get(vertex.id)!,
      inputs: vertex.inputs.map((edge) => {
        const isEqual = parallelism.get(edge.sourceVertexId) === parallelism.get(vertex.id);
        return isEqual || !mayRebalance(edge)
          ? edge
          : { ...edge, partitioner: new RebalanceForUnspecifiedPartitioner() };
      }),
    })),
  };
}

export function parallelismOf({ vertices }: JobGraph): VertexParallelism {
  return new Map(vertices.map(({ id, parallelism }) => [id, parallelism]));
}

export function hasParallelism(jobGraph: JobGraph, parallelism: VertexParallelism): boolean {
  return jobGraph.vertices.every((vertex) => parallelism.get(vertex.id) === vertex.parallelism);
}

/** Vertices that have one parallelism. */
export type ForwardGroup = JobVertex[];

/** The group of each vertex, by vertex id. */
export function forwardGroups(jobGraph: JobGraph): ReadonlyMap<string, ForwardGroup> {
  const groups = new Map<string, ForwardGroup>();
  for (const vertex of jobGraph.vertices) {
    const group = [vertex];
    groups.set(vertex.id, group);
    for (const edge of vertex.inputs) {
      const upstream = groups.get(edge.sourceVertexId)!;
      if (edge.partitioner.kind === 'forward' && !mayRebalance(edge) && upstream !== group) {
        group.push(...upstream);
        for (const { id } of upstream) {
          groups.set(id, group);
        }
      }
    }
  }
  return groups;
}

function mayRebalance(edge: JobEdge): boolean {
  return edge.partitioner instanceof ForwardForUnspecifiedPartitioner;
}

function isConfigured({ parallelismConfigured, parallelismMax }: JobVertex): boolean {
  return parallelismConfigured === true || parallelismMax === 1;
}

function vertexNamed(jobGraph: JobGraph, key: string): JobVertex {
  const { vertices } = jobGraph;
  const byId = vertices.find(({ id }) => id === key);
  const byUid = vertices.find(({ operators }) => operators.some(({ uid }) => uid === key));
  const byName = vertices.filter(
    ({ name, operators }) => name === key || operators.some((operator) => operator.name === key),
  );
  const found = byId ?? byUid ?? (byName.length === 1 ? byName[0] : undefined);
  if (found === undefined) {
    const why =
      byName.length === 0
        ? `no vertex of job ${jobGraph.jobName} has the id, and no operator the uid or name`
        : `${byName.length} vertices of job ${jobGraph.jobName} have an operator of the name`;
    const known = vertices.map(({ id, name }) => `${id} (${name})`).join(', ');
    throw new ConfigError('OPERATOR_UNKNOWN', `${why} '${key}'; its vertices are ${known}`);
  }
  return found;
}

/** The most subtasks that it can have. */
export function parallelismLimit({
  maxParallelism,
  parallelismMax = maxParallelism,
}: JobVertex): number {
  return Math.min(maxParallelism, parallelismMax);
}

function checkParallelism(vertex: JobVertex, parallelism: number): void {
  const { name, maxParallelism, parallelismMax = maxParallelism } = vertex;
  const most = parallelismLimit(vertex);
  if (!Number.isInteger(parallelism) || parallelism < 1 || parallelism > most) {
    const why = parallelismMax < maxParallelism ? 'which it cannot exceed' : 'its max parallelism';
    throw new ConfigError(
      'PARALLELISM_OUT_OF_RANGE',
      `parallelism ${parallelism} is asked for '${name}'; use 1 to ${most}, ${why}`,
    );
  }
}
