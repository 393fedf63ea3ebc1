/**
 * The rings between the slots of an attempt of a job or of one of its regions: the main thread makes them, each worker the ends of its
 * own.
 *
 * Invariant: each attempt has rings of its own, so nothing that a slot of the last one still sends
 * comes into the next.
 */
import { type Clock, type Configuration, ExecutionOptions } from '@millrace/core';
import type { SubtaskAddress } from '../../checkpoint/checkpoint-coordinator-gateway.ts';
import { checkpointTasksOf, subtaskKey } from '../../checkpoint/checkpoint-plan.ts';
import type { JobGraph, JobVertex } from '../../graph/job-graph.ts';
import { bufferDebloatingOf } from '../../network/ring/buffer-debloating.ts';
import { allocateDoorbells } from '../../network/ring/doorbell.ts';
import { ringSizes } from '../../network/ring/network-memory.ts';
import { RingExchange } from '../../network/ring/ring-exchange.ts';
import { allocateRing, type RingSize } from '../../network/ring/ring-layout.ts';
import { type ChannelAddress, channelsOf } from '../../taskmanager/job-wiring.ts';
import type { SlotNetwork } from '../../taskmanager/task-executor.ts';
import type { SlotAssignment } from '../slot-assignment.ts';

/** What a worker is given of the channels of an attempt. */
export interface SlotChannels {
  readonly doorbells: SharedArrayBuffer;
  /** Those that begin or end in the slot, by `keyOf`. */
  readonly rings: ReadonlyMap<string, SharedArrayBuffer>;
}

/** Deals out the network memory of a job among its channels, once for all its attempts of regions. */
export class SlotChannelAllocator {
  private readonly jobGraph: JobGraph;
  private readonly assignment: SlotAssignment;
  /** Of the channels between slots, by the subtask that receives. */
  private readonly sizes = new Map<string, { channel: ChannelAddress; size: RingSize }[]>();

  /** @throws ConfigError `INSUFFICIENT_NETWORK_BUFFERS`, `CONFIG_VALUE_INVALID` */
  constructor(jobGraph: JobGraph, assignment: SlotAssignment, configuration: Configuration) {
    this.jobGraph = jobGraph;
    this.assignment = assignment;
    const channels = channelsOf(jobGraph).filter(
      ({ upstream, downstream }) => assignment.slotOf(upstream) !== assignment.slotOf(downstream),
    );
    const gates = channels.map((channel) => ({ gate: gateOf(channel) }));
    ringSizes(configuration, gates).forEach((size, index) => {
      const channel = channels[index] as ChannelAddress;
      const key = subtaskKey(channel.downstream);
      const known = this.sizes.get(key) ?? [];
      this.sizes.set(key, known);
      known.push({ channel, size });
    });
  }

  /**
   * Rings that nobody has used, by slot that runs any of the tasks.
   *
   * @param region - no channel leaves it; the whole job when it is left out
   */
  allocate(region?: readonly SubtaskAddress[]): ReadonlyMap<number, SlotChannels> {
    const { assignment, jobGraph } = this;
    const doorbells = allocateDoorbells(assignment.slots);
    const tasks = region ?? checkpointTasksOf(jobGraph).map(({ address }) => address);
    const bySlot = new Map(
      tasks
        .map((task) => assignment.slotOf(task))
        .sort((a, b) => a - b)
        .map((slot) => [slot, { doorbells, rings: new Map<string, SharedArrayBuffer>() }]),
    );
    for (const { channel, size } of tasks.flatMap(
      (task) => this.sizes.get(subtaskKey(task)) ?? [],
    )) {
      const ring = allocateRing(size);
      bySlot.get(assignment.slotOf(channel.upstream))?.rings.set(keyOf(channel), ring);
      bySlot.get(assignment.slotOf(channel.downstream))?.rings.set(keyOf(channel), ring);
    }
    return bySlot;
  }
}

/** In the worker of a slot. */
export function openSlotNetwork(
  { doorbells, rings }: SlotChannels,
  slot: number,
  parts: {
    readonly jobGraph: JobGraph;
    readonly assignment: SlotAssignment;
    readonly configuration: Configuration;
    readonly clock: Clock;
  },
): SlotNetwork {
  const { jobGraph, assignment, configuration, clock } = parts;
  const exchange = new RingExchange({
    slot,
    doorbells,
    clock,
    bufferTimeoutMs: bufferTimeoutMs(configuration),
    debloating: bufferDebloatingOf(configuration),
  });
  const vertices = new Map(jobGraph.vertices.map((vertex) => [vertex.id, vertex]));
  const ringOf = (channel: ChannelAddress) => ({
    ring: rings.get(keyOf(channel)) as SharedArrayBuffer,
    type: channel.edge.type,
    names: namesOf(channel, vertices),
  });
  return {
    exchange,
    remote: {
      owns: (task) => assignment.slotOf(task) === slot,
      createWriter: (channel) =>
        exchange.createWriter({
          ...ringOf(channel),
          receiverSlot: assignment.slotOf(channel.downstream),
          bufferTimeoutMs: channel.edge.bufferTimeoutMs,
        }),
      createReader: (channel, target) => {
        return exchange.createReader(
          {
            ...ringOf(channel),
            senderSlot: assignment.slotOf(channel.upstream),
            gate: gateOf(channel),
          },
          target,
        );
      },
    },
  };
}

function gateOf({ edge, downstream }: ChannelAddress): string {
  return `${downstream.vertexId} ${downstream.subtask} ${edge.gateIndex}`;
}

function keyOf({ edge, upstream, downstream }: ChannelAddress): string {
  return (
    `${upstream.vertexId} ${upstream.subtask} ${edge.partitionIndex} > ` +
    `${downstream.vertexId} ${downstream.subtask} ${edge.gateIndex}`
  );
}

function bufferTimeoutMs(configuration: Configuration): number {
  return configuration.get(ExecutionOptions.BUFFER_TIMEOUT_ENABLED)
    ? configuration.get(ExecutionOptions.BUFFER_TIMEOUT)
    : -1;
}

function namesOf(
  { edge, upstream, downstream }: ChannelAddress,
  vertices: ReadonlyMap<string, JobVertex>,
) {
  const source = vertices.get(upstream.vertexId);
  const target = vertices.get(downstream.vertexId);
  const sender = source?.operators[edge.sourceOperatorIndex]?.name;
  const receiver = target?.operators[0]?.name;
  return {
    sender: `operator '${sender}' (subtask ${upstream.subtask + 1}/${source?.parallelism})`,
    edge:
      `the edge to '${receiver}' (subtask ${downstream.subtask + 1}/${target?.parallelism}), ` +
      `declared as ${edge.type.name}`,
  };
}
