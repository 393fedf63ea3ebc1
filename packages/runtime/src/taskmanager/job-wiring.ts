/**
 * The channels of the subtasks that one slot runs: between two of them, and to and from other slots.
 *
 * Flink: ExecutionGraph's edges, EdgeManagerBuildUtil.
 */
import { recordCopierOf } from '@millrace/core';
import type { SubtaskAddress } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import { operatorNamesOf } from '../graph/edge-operator-names.ts';
import type { JobEdge, JobGraph, JobVertex } from '../graph/job-graph.ts';
import { pointwiseTargets } from '../graph/stream-partitioners.ts';
import { overtakableEdges } from '../graph/unaligned-edges.ts';
import type { ReceivingUsage } from '../network/channel-usage.ts';
import type { ChannelWriter } from '../network/channel-writer.ts';
import { LocalChannel } from '../network/local-channel.ts';
import { ResultPartition } from '../network/result-partition.ts';
import type { InputInFlight } from '../tasks/input-recording.ts';
import type { TaskInputChannel, TaskOutput } from '../tasks/task-deployment.ts';

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

/** Wiring of each subtask of the slot, by vertex id; none for subtasks of other slots. */
export type JobWiring = ReadonlyMap<string, readonly (SubtaskWiring | undefined)[]>;

/** One channel of the job. */
export interface ChannelAddress {
  readonly edge: JobEdge;
  readonly upstream: SubtaskAddress;
  readonly downstream: SubtaskAddress;
}

/** What a slot shares the job with. */
export interface RemoteSlots {
  /** True for the subtasks of this slot. */
  owns(task: SubtaskAddress): boolean;
  /** The sending end of a channel to another slot. */
  createWriter(channel: ChannelAddress): ChannelWriter;
  /** What comes from another slot goes into `channel`. */
  createReader(address: ChannelAddress, channel: LocalChannel): ReceivingUsage | undefined;
}

export interface WiringOptions {
  readonly channelCapacity: number;
  readonly random: () => number;
  /** Records that go to several subtasks are one object for all of them. */
  readonly objectReuseEnabled?: boolean;
  /** One slot runs the whole job when it is left out. */
  readonly remote?: RemoteSlots | undefined;
}

export function wireJob(jobGraph: JobGraph, options: WiringOptions): JobWiring {
  const slot = new SlotWiring(jobGraph, options);
  for (const edge of edgesOf(jobGraph)) {
    slot.addEdge(edge);
  }
  return slot.subtasks;
}

class SlotWiring {
  readonly subtasks: JobWiring;
  private readonly options: WiringOptions;
  private readonly overtakable: ReadonlySet<JobEdge>;

  constructor(jobGraph: JobGraph, options: WiringOptions) {
    const { remote } = options;
    this.options = options;
    this.overtakable = overtakableEdges(jobGraph);
    this.subtasks = new Map(
      jobGraph.vertices.map(({ id, parallelism }) => [
        id,
        Array.from({ length: parallelism }, (_, subtask): SubtaskWiring | undefined =>
          remote === undefined || remote.owns({ vertexId: id, subtask })
            ? { inputs: [], outputs: [] }
            : undefined,
        ),
      ]),
    );
  }

  addEdge(ends: EdgeEnds): void {
    const { edge, source, target } = ends;
    const copy = this.options.objectReuseEnabled === true ? undefined : recordCopierOf(edge.type);
    for (let upstream = 0; upstream < source.parallelism; upstream++) {
      const writers = new Array<ChannelWriter | undefined>(target.parallelism).fill(undefined);
      for (const subtask of targetsOf(ends, upstream)) {
        writers[subtask] = this.connect(channelAddress(ends, upstream, subtask), ends);
      }
      this.subtasks.get(source.id)?.[upstream]?.outputs.push({
        operatorIndex: edge.sourceOperatorIndex,
        sideOutputId: edge.sideOutputId,
        partition: new ResultPartition(writers, this.selectorOf(ends, upstream), copy),
        type: edge.type,
        overtakenPartition: this.overtakable.has(edge) ? edge.partitionIndex : undefined,
      });
    }
  }

  /** @returns the sending end where this slot has it */
  private connect(address: ChannelAddress, ends: EdgeEnds): ChannelWriter | undefined {
    const { edge, upstream, downstream } = address;
    const { remote, channelCapacity } = this.options;
    const sends = this.subtasks.get(upstream.vertexId)?.[upstream.subtask] !== undefined;
    const receiver = this.subtasks.get(downstream.vertexId)?.[downstream.subtask];
    if (receiver === undefined) {
      return sends ? remote?.createWriter(address) : undefined;
    }
    const channel = new LocalChannel(channelCapacity);
    const { inputIndex, gateIndex } = edge;
    const inFlight = this.overtakable.has(edge) ? inFlightOf(ends, upstream.subtask) : undefined;
    const received = sends ? undefined : remote?.createReader(address, channel);
    receiver.inputs.push({
      inputIndex,
      gateIndex,
      channel,
      isOfSlot: sends,
      inFlight,
      received,
      edge,
      upstreamSubtask: upstream.subtask,
    });
    return channel;
  }

  private selectorOf({ edge, source, target }: EdgeEnds, upstreamSubtask: number) {
    return edge.partitioner.createChannelSelector({
      upstreamSubtask,
      upstreamParallelism: source.parallelism,
      downstreamParallelism: target.parallelism,
      downstreamMaxParallelism: target.maxParallelism,
      ...operatorNamesOf({ edge, source, target }),
      random: this.options.random,
    });
  }
}

/** Every channel of a job. */
export function channelsOf(jobGraph: JobGraph): ChannelAddress[] {
  return edgesOf(jobGraph).flatMap((ends) =>
    Array.from({ length: ends.source.parallelism }, (_, upstream) =>
      targetsOf(ends, upstream).map((downstream) => channelAddress(ends, upstream, downstream)),
    ).flat(),
  );
}

interface EdgeEnds {
  readonly edge: JobEdge;
  readonly source: JobVertex;
  readonly target: JobVertex;
}

function edgesOf(jobGraph: JobGraph): EdgeEnds[] {
  const vertices = new Map(jobGraph.vertices.map((vertex) => [vertex.id, vertex]));
  return jobGraph.vertices.flatMap((target) =>
    target.inputs.map((edge) => {
      const source = vertices.get(edge.sourceVertexId) as JobVertex;
      return { edge, source, target };
    }),
  );
}

function channelAddress(
  { edge, source, target }: EdgeEnds,
  upstream: number,
  downstream: number,
): ChannelAddress {
  return {
    edge,
    upstream: { vertexId: source.id, subtask: upstream },
    downstream: { vertexId: target.id, subtask: downstream },
  };
}

/** Such an edge leads from all to all, so the channels of its gate are the upstream subtasks. */
function inFlightOf({ edge, source, target }: EdgeEnds, channelIndex: number): InputInFlight {
  const edgeName = `from '${source.name}' to '${target.name}'`;
  return { gateIndex: edge.gateIndex, channelIndex, type: edge.type, edgeName };
}

/** The downstream subtasks that an upstream one has channels to. */
function targetsOf({ edge, source, target }: EdgeEnds, upstream: number): number[] {
  const pointwise = edge.partitioner.kind === 'forward' || edge.partitioner.kind === 'rescale';
  const { start, end } = pointwise
    ? pointwiseTargets(upstream, {
        upstreamParallelism: source.parallelism,
        downstreamParallelism: target.parallelism,
      })
    : { start: 0, end: target.parallelism };
  return Array.from({ length: end - start }, (_, i) => start + i);
}
