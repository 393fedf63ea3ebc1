/**
 * How many subtasks each vertex of a job may have, as an adaptive scheduler keeps to.
 *
 * Invariants:
 * - Vertices that `forward()` connects have one parallelism: what all of them allow.
 * - No upper bound is above the max parallelism, nor above what makes sense for an operator.
 *
 * Pure. Flink: JobResourceRequirements, JobVertexResourceRequirements, VertexParallelismStore.
 */
import { ConfigError } from '@millrace/core';
import type { JobGraph, JobVertex } from './job-graph.ts';
import { forwardGroups, parallelismLimit, type VertexParallelism } from './rescaled-job-graph.ts';

/** Numbers of subtasks, at least 1. */
export interface ParallelismBounds {
  /** With fewer the job does not run. */
  readonly lowerBound: number;
  /** More it never has. */
  readonly upperBound: number;
}

/** By vertex id. */
export type JobResourceRequirements = Readonly<Record<string, ParallelismBounds>>;

/** Up to the parallelism of the job graph; in reactive mode as many as there can be. */
export function initialRequirements(
  jobGraph: JobGraph,
  mode: 'adaptive' | 'reactive',
): JobResourceRequirements {
  return Object.fromEntries(
    jobGraph.vertices.map((vertex) => {
      const upperBound = mode === 'reactive' ? parallelismLimit(vertex) : vertex.parallelism;
      return [vertex.id, { lowerBound: 1, upperBound }] as const;
    }),
  );
}

/** Where a parallelism is wished for: up to that, and less while there are no slots for it. */
export function requirementsUpTo(
  requirements: JobResourceRequirements,
  parallelism: VertexParallelism,
): JobResourceRequirements {
  return Object.fromEntries(
    Object.entries(requirements).map(([id, { lowerBound, upperBound }]) => {
      const upper = parallelism.get(id) ?? upperBound;
      return [id, { lowerBound: Math.min(lowerBound, upper), upperBound: upper }] as const;
    }),
  );
}

/**
 * Those that a user asks for; a bound of -1 is as low, or as high, as can be.
 *
 * @throws ConfigError `RESOURCE_REQUIREMENTS_INVALID` with all that is wrong, in Flink's words
 *
 * Flink: JobResourceRequirements.validate.
 */
export function checkedRequirements(
  jobGraph: JobGraph,
  requested: JobResourceRequirements,
): JobResourceRequirements {
  const bounds = new Map(
    jobGraph.vertices.map((vertex) => [vertex.id, withoutUnset(vertex, requested[vertex.id])]),
  );
  const errors = [
    ...Object.keys(requested)
      .filter((id) => !bounds.has(id))
      .map((id) => `Job vertex [${id}] was not found in the JobGraph.`),
    ...jobGraph.vertices.flatMap((vertex) => boundErrors(vertex, bounds.get(vertex.id))),
  ];
  if (errors.length === 0) {
    errors.push(...forwardErrors(jobGraph, bounds as ReadonlyMap<string, ParallelismBounds>));
  }
  if (errors.length > 0) {
    throw new ConfigError(
      'RESOURCE_REQUIREMENTS_INVALID',
      `the resource requirements of job ${jobGraph.jobName} cannot be taken: ${errors.join(' ')}`,
    );
  }
  return Object.fromEntries(bounds as ReadonlyMap<string, ParallelismBounds>);
}

const UNSET = -1;

function withoutUnset(
  vertex: JobVertex,
  bounds: ParallelismBounds | undefined,
): ParallelismBounds | undefined {
  return (
    bounds && {
      lowerBound: bounds.lowerBound === UNSET ? 1 : bounds.lowerBound,
      upperBound: bounds.upperBound === UNSET ? parallelismLimit(vertex) : bounds.upperBound,
    }
  );
}

function boundErrors(vertex: JobVertex, bounds: ParallelismBounds | undefined): string[] {
  const { id } = vertex;
  if (bounds === undefined) {
    return [`The request is incomplete, missing job vertex [${id}] resource requirements.`];
  }
  const { lowerBound, upperBound } = bounds;
  if (!isCount(lowerBound) || !isCount(upperBound)) {
    return [
      `Both, the requested lower bound [${lowerBound}] and upper bound [${upperBound}] for job vertex [${id}] must be greater than zero.`,
    ];
  }
  if (lowerBound > upperBound) {
    return [
      `The requested lower bound [${lowerBound}] for job vertex [${id}] is higher than the upper bound [${upperBound}].`,
    ];
  }
  const most = parallelismLimit(vertex);
  return upperBound > most
    ? [
        `The newly requested parallelism ${upperBound} for the job vertex ${id} exceeds its maximum parallelism ${most}.`,
      ]
    : [];
}

function isCount(bound: unknown): boolean {
  return Number.isInteger(bound) && (bound as number) > 0;
}

/** Ours alone: Flink takes such a job to parallelisms at which forward() does not hold. */
function forwardErrors(
  jobGraph: JobGraph,
  bounds: ReadonlyMap<string, ParallelismBounds>,
): string[] {
  return [...new Set(forwardGroups(jobGraph).values())].flatMap((group) => {
    const { lowerBound, upperBound } = boundsOfGroup(group, (id) => bounds.get(id)!);
    return lowerBound > upperBound
      ? [
          `Job vertices [${group.map(({ id }) => id).join(', ')}] are connected by forward() and have one parallelism, which no number allows.`,
        ]
      : [];
  });
}

/** What all of them allow. */
export function boundsOfGroup(
  group: readonly JobVertex[],
  boundsOf: (id: string) => ParallelismBounds,
): ParallelismBounds {
  const bounds = group.map(({ id }) => boundsOf(id));
  return {
    lowerBound: Math.max(...bounds.map(({ lowerBound }) => lowerBound)),
    upperBound: Math.min(...bounds.map(({ upperBound }) => upperBound)),
  };
}
