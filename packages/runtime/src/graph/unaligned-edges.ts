/**
 * Which edges barriers may overtake.
 *
 * Invariants:
 * - Of the edges into one task all are overtaken, or none is.
 * - A job that is rescaled has the same ones: what is forward at some parallelisms of a program is
 *   overtaken at none.
 *
 * Flink: StreamGraphGenerator.shouldDisableUnalignedCheckpointing, StreamEdge.supportsUnalignedCheckpoints.
 */
import { ConfigError, Types } from '@millrace/core';
import type { JobEdge, JobGraph, JobVertex } from './job-graph.ts';
import type { PartitionerKind } from './stream-partitioner.ts';
import { RebalanceForUnspecifiedPartitioner } from './stream-partitioners.ts';

/**
 * Their records belong to the subtasks that they were sent to, so a change of parallelism could not
 * deal them out. Edges into the committers of sinks are among them.
 */
const NEVER_OVERTAKEN: ReadonlySet<PartitionerKind> = new Set(['forward', 'rescale', 'broadcast']);

export function overtakableEdges(jobGraph: JobGraph): ReadonlySet<JobEdge> {
  return new Set(
    jobGraph.vertices
      .filter((vertex) => vertex.inputs.every((edge) => isDealt(edge) && isDeclared(edge)))
      .flatMap(({ inputs }) => inputs),
  );
}

/**
 * Whether the job can take unaligned checkpoints, and what of it will not.
 *
 * @param options.forced - `execution.checkpointing.unaligned.forced`
 * @returns warnings
 * @throws ConfigError `UNSUPPORTED` for an edge with a partitioner of the program's, unless forced
 */
export function checkUnaligned(
  jobGraph: JobGraph,
  options: { readonly forced: boolean },
): readonly string[] {
  const names = new Map(jobGraph.vertices.map(({ id, name }) => [id, name]));
  const nameOf = (edge: JobEdge, target: JobVertex) =>
    `from '${names.get(edge.sourceVertexId)}' to '${target.name}'`;
  const warnings: string[] = [];
  for (const target of jobGraph.vertices) {
    const custom = target.inputs.find(({ partitioner }) => partitioner.kind === 'custom');
    if (custom !== undefined && !options.forced) {
      throw new ConfigError(
        'UNSUPPORTED',
        `unaligned checkpoints do not go with partitionCustom ${nameOf(custom, target)}: after a ` +
          'change of parallelism the partitioner may send records in flight elsewhere; set ' +
          'execution.checkpointing.unaligned.enabled to false, or accept that with ' +
          'execution.checkpointing.unaligned.forced',
      );
    }
    const undeclared = target.inputs.find((edge) => !isDeclared(edge));
    if (undeclared !== undefined && target.inputs.every(isDealt)) {
      warnings.push(
        `the type of the records ${nameOf(undeclared, target)} is not declared, so checkpoints ` +
          `stay aligned at the inputs of '${target.name}'; call returns() with the type to let ` +
          'barriers overtake there',
      );
    }
  }
  return warnings;
}

function isDealt({ partitioner }: JobEdge): boolean {
  return (
    !NEVER_OVERTAKEN.has(partitioner.kind) &&
    !(partitioner instanceof RebalanceForUnspecifiedPartitioner)
  );
}

/** What Types.GENERIC would give back need not be what was sent: an object of a class loses it. */
function isDeclared({ type }: JobEdge): boolean {
  return type !== Types.GENERIC;
}
