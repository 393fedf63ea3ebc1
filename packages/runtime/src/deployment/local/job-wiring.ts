/**
 * The channels between the subtasks of a job on one thread.
 *
 * Flink: ExecutionGraph's edges, EdgeManagerBuildUtil.
 */
import { recordCopierOf } from '@millrace/core';
import type { JobEdge, JobGraph, JobVertex } from '../../graph/job-graph.ts';
import { pointwiseTargets } from '../../graph/stream-partitioners.ts';
import { LocalChannel } from '../../network/local-channel.ts';
import { ResultPartition } from '../../network/result-partition.ts';
import type { TaskInputChannel, TaskOutput } from '../../tasks/task-deployment.ts';

/** Where a channel comes from. */
export interface WiredChannel extends TaskInputChannel {
  readonly edge: JobEdge;
  readonly upstreamSubtask: number;
}

export interface SubtaskWiring {
  /** Of all inputs of the head, in the order of the vertex' edges. */
  readonly inputs: WiredChannel[];
  readonly outputs: TaskOutput[];
}

/** Wiring of each subtask, by vertex id. */
export type JobWiring = ReadonlyMap<string, readonly SubtaskWiring[]>;

export function wireJob(
  jobGraph: JobGraph,
  options: {
    readonly channelCapacity: number;
    readonly maxParallelismOf: (vertex: JobVertex) => number;
    readonly random: () => number;
    /** Records that go to several subtasks are one object for all of them. */
    readonly objectReuseEnabled?: boolean;
  },
): JobWiring {
  const wiring = new Map(
    jobGraph.vertices.map((vertex) => [
      vertex.id,
      Array.from(
        { length: vertex.parallelism },
        (): SubtaskWiring => ({ inputs: [], outputs: [] }),
      ),
    ]),
  );
  const vertices = new Map(jobGraph.vertices.map((vertex) => [vertex.id, vertex]));
  for (const target of jobGraph.vertices) {
    for (const edge of target.inputs) {
      const source = vertices.get(edge.sourceVertexId) as JobVertex;
      const channels = channelsOf(edge, { source, target }, options.channelCapacity);
      const copy = options.objectReuseEnabled === true ? undefined : recordCopierOf(edge.type);
      channels.forEach((bySubtask, upstreamSubtask) => {
        const selector = edge.partitioner.createChannelSelector({
          upstreamSubtask,
          upstreamParallelism: source.parallelism,
          downstreamParallelism: target.parallelism,
          downstreamMaxParallelism: options.maxParallelismOf(target),
          random: options.random,
        });
        wiring.get(source.id)?.[upstreamSubtask]?.outputs.push({
          operatorIndex: edge.sourceOperatorIndex,
          sideOutputId: edge.sideOutputId,
          partition: new ResultPartition(bySubtask, selector, copy),
          type: edge.type,
        });
        bySubtask.forEach((channel, subtask) => {
          if (channel !== undefined) {
            const { inputIndex } = edge;
            wiring.get(target.id)?.[subtask]?.inputs.push({
              inputIndex,
              channel,
              edge,
              upstreamSubtask,
            });
          }
        });
      });
    }
  }
  return wiring;
}

/** By upstream and then by downstream subtask. */
function channelsOf(
  edge: JobEdge,
  ends: { source: JobVertex; target: JobVertex },
  capacity: number,
): (LocalChannel | undefined)[][] {
  const { source, target } = ends;
  const pointwise = edge.partitioner.kind === 'forward' || edge.partitioner.kind === 'rescale';
  return Array.from({ length: source.parallelism }, (_, upstream) => {
    const { start, end } = pointwise
      ? pointwiseTargets(upstream, {
          upstreamParallelism: source.parallelism,
          downstreamParallelism: target.parallelism,
        })
      : { start: 0, end: target.parallelism };
    return Array.from({ length: target.parallelism }, (_, subtask) =>
      subtask >= start && subtask < end ? new LocalChannel(capacity) : undefined,
    );
  });
}
