/**
 * Which channels of the program the records belong to that were in flight in an unaligned
 * checkpoint.
 *
 * Invariants:
 * - A channel is the channel of the job graph that took the checkpoint: the number of a partition or
 *   gate counts only at the same last, or first, operator of a task.
 * - Channel state that no edge of the program takes up is never passed over.
 *
 * Flink: TaskStateAssignment, StateAssignmentOperation.
 */
import type { ChannelStateHandle, OperatorChannelState, StateAssignment } from '@millrace/state';
import { type JobEdge, type JobGraph, type JobVertex, lastOperator } from '../graph/job-graph.ts';
import { type EdgeParallelism, pointwiseTargets } from '../graph/stream-partitioners.ts';

/**
 * Whose later records a watermark in flight speaks of, now: those of the subtask that sent it, as all
 * that leads to the edge is as it was; those of all senders together, as something there has another
 * parallelism and so its splits and state are dealt out anew; of none, as the snapshot does not have all
 * operators there.
 */
export type WatermarkScope = 'sender' | 'all-senders' | 'none';

/** An edge with something in flight, in the numbers of the snapshot. */
export interface EdgeInFlight {
  readonly edge: JobEdge;
  readonly source: JobVertex;
  readonly target: JobVertex;
  /** When the checkpoint was taken. */
  readonly counts: EdgeParallelism;
  readonly watermarkScope: WatermarkScope;
  readonly channels: readonly ChannelInFlight[];
}

export interface ChannelInFlight {
  readonly upstreamSubtask: number;
  readonly downstreamSubtask: number;
  /** What had come to the input channel, then what waited in the subpartition. */
  readonly handles: readonly ChannelStateHandle[];
}

/** Channel state that belongs to no channel of the program, unless nothing is in it. */
export interface UnplacedChannelState {
  /** For messages. */
  readonly name: string;
  readonly handle: ChannelStateHandle;
}

export interface ChannelsInFlight {
  readonly edges: readonly EdgeInFlight[];
  readonly unplaced: readonly UnplacedChannelState[];
}

export function channelsInFlight(
  jobGraph: JobGraph,
  assignment: StateAssignment,
): ChannelsInFlight {
  const state = new StateByChannel(jobGraph, assignment);
  const vertices = new Map(jobGraph.vertices.map((vertex) => [vertex.id, vertex]));
  const scopes = new WatermarkScopes(vertices, state);
  const edges: EdgeInFlight[] = [];
  for (const target of jobGraph.vertices) {
    for (const edge of target.inputs) {
      const source = vertices.get(edge.sourceVertexId) as JobVertex;
      const counts = {
        upstreamParallelism: state.parallelismOf(source),
        downstreamParallelism: state.parallelismOf(target),
      };
      const ends = { edge, source, target, counts };
      const channels = state.take(ends);
      if (channels.length > 0) {
        edges.push({ ...ends, watermarkScope: scopes.behind(source), channels });
      }
    }
  }
  return { edges, unplaced: state.rest() };
}

class WatermarkScopes {
  private readonly vertices: ReadonlyMap<string, JobVertex>;
  private readonly state: StateByChannel;
  private readonly known = new Map<string, WatermarkScope>();

  constructor(vertices: ReadonlyMap<string, JobVertex>, state: StateByChannel) {
    this.vertices = vertices;
    this.state = state;
  }

  /** Of what the vertex sends. */
  behind(vertex: JobVertex): WatermarkScope {
    const known = this.known.get(vertex.id) ?? this.find(vertex);
    this.known.set(vertex.id, known);
    return known;
  }

  private find(vertex: JobVertex): WatermarkScope {
    const scopes = vertex.inputs.map(({ sourceVertexId }) =>
      this.behind(this.vertices.get(sourceVertexId) as JobVertex),
    );
    if (!this.state.hasAllOf(vertex) || scopes.includes('none')) {
      return 'none';
    }
    const isRescaled = this.state.parallelismOf(vertex) !== vertex.parallelism;
    return isRescaled || scopes.includes('all-senders') ? 'all-senders' : 'sender';
  }
}

interface Slot {
  readonly side: 'input' | 'result';
  readonly vertexId: string;
  readonly subtask: number;
  /** Of the gate or partition. */
  readonly group: number;
  readonly channel: number;
}

class StateByChannel {
  private readonly assignment: StateAssignment;
  private readonly placed = new Map<string, UnplacedChannelState[]>();
  private readonly misplaced: UnplacedChannelState[] = [];

  constructor(jobGraph: JobGraph, assignment: StateAssignment) {
    this.assignment = assignment;
    for (const vertex of jobGraph.vertices) {
      const last = lastOperator(vertex);
      vertex.operators.forEach((operator, index) => {
        const state = assignment.get(operator.operatorId)?.channelState;
        if (state !== undefined) {
          const name = `operator '${operator.name}' (${operator.operatorId})`;
          this.add(vertex, state, { name, isFirst: index === 0, isLast: index === last });
        }
      });
    }
  }

  /** When the checkpoint was taken; the program's where the snapshot does not have the task. */
  parallelismOf(vertex: JobVertex): number {
    for (const { operatorId } of vertex.operators) {
      const parallelism = this.assignment.get(operatorId)?.channelState.parallelism;
      if (parallelism !== undefined) {
        return parallelism;
      }
    }
    return vertex.parallelism;
  }

  hasAllOf(vertex: JobVertex): boolean {
    return vertex.operators.every(({ operatorId }) => this.assignment.has(operatorId));
  }

  /** What was in flight on an edge. */
  take({
    edge,
    source,
    target,
    counts,
  }: Omit<EdgeInFlight, 'channels' | 'watermarkScope'>): ChannelInFlight[] {
    const channels: ChannelInFlight[] = [];
    for (const { upstream, downstream, gateChannel, subpartition } of channelsOf(edge, counts)) {
      const input = this.takeSlot({
        side: 'input',
        vertexId: target.id,
        subtask: downstream,
        group: edge.gateIndex,
        channel: gateChannel,
      });
      const result = this.takeSlot({
        side: 'result',
        vertexId: source.id,
        subtask: upstream,
        group: edge.partitionIndex,
        channel: subpartition,
      });
      const handles = [...input, ...result].map(({ handle }) => handle);
      if (handles.length > 0) {
        channels.push({ upstreamSubtask: upstream, downstreamSubtask: downstream, handles });
      }
    }
    return channels;
  }

  rest(): UnplacedChannelState[] {
    return [...this.misplaced, ...[...this.placed.values()].flat()];
  }

  private add(
    vertex: JobVertex,
    state: OperatorChannelState,
    operator: { readonly name: string; readonly isFirst: boolean; readonly isLast: boolean },
  ): void {
    for (const [side, handles, fits] of [
      ['input', state.inputChannels, operator.isFirst],
      ['result', state.resultSubpartitions, operator.isLast],
    ] as const) {
      for (const handle of handles) {
        const { subtaskIndex: subtask, partitionIndex: group, channelIndex: channel } = handle;
        const [groups, each] =
          side === 'input' ? ['input gate', 'channel'] : ['result partition', 'subpartition'];
        const name = `${operator.name}, subtask ${subtask}, ${groups} ${group}, ${each} ${channel}`;
        if (fits) {
          const key = keyOf({ side, vertexId: vertex.id, subtask, group, channel });
          this.placed.set(key, [...(this.placed.get(key) ?? []), { name, handle }]);
        } else {
          this.misplaced.push({ name, handle });
        }
      }
    }
  }

  private takeSlot(slot: Slot): readonly UnplacedChannelState[] {
    const key = keyOf(slot);
    const found = this.placed.get(key) ?? [];
    this.placed.delete(key);
    return found;
  }
}

function keyOf({ side, vertexId, subtask, group, channel }: Slot): string {
  return `${side} ${vertexId} ${subtask} ${group} ${channel}`;
}

/** All channels of an edge, with their numbers at both ends. */
function* channelsOf(edge: JobEdge, counts: EdgeParallelism) {
  const pointwise = edge.partitioner.kind === 'forward' || edge.partitioner.kind === 'rescale';
  const channelsAtGate = Array.from({ length: counts.downstreamParallelism }, () => 0);
  for (let upstream = 0; upstream < counts.upstreamParallelism; upstream++) {
    const { start, end } = pointwise
      ? pointwiseTargets(upstream, counts)
      : { start: 0, end: counts.downstreamParallelism };
    for (let downstream = start; downstream < end; downstream++) {
      const gateChannel = channelsAtGate[downstream]!++;
      yield { upstream, downstream, gateChannel, subpartition: downstream - start };
    }
  }
}
