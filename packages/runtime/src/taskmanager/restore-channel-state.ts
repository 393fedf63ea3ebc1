/**
 * Puts records that were in flight in an unaligned checkpoint back into the channels, before any
 * task sends anything.
 *
 * Invariants:
 * - Nothing that was in flight is lost or given twice, or the job does not start.
 * - A task gets all that was in flight before anything new.
 *
 * Flink: SequentialChannelStateReader, RecoveredChannelStateHandler.
 */
import { ConfigError, StreamElementSerializer, Types } from '@millrace/core';
import { ChannelStateReader, type OpenStateHandle, type StateAssignment } from '@millrace/state';
import type { JobGraph } from '../graph/job-graph.ts';
import type { PartitionerKind } from '../graph/stream-partitioner.ts';
import { CHANNEL_REMEDY, channelName, edgeName } from './channel-messages.ts';
import { type FindChannel, RescaledEdge, UnchangedEdge } from './channel-recovery.ts';
import {
  channelsInFlight,
  type EdgeInFlight,
  type UnplacedChannelState,
} from './channels-in-flight.ts';
import type { JobWiring } from './job-wiring.ts';

/** Their records belong to the subtasks that they were sent to. */
const FIXED_ENDS: ReadonlySet<PartitionerKind> = new Set(['forward', 'rescale', 'broadcast']);

/**
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`
 * @throws ConfigError `CHANNEL_STATE_MISMATCH` where the edges are not those of the job that took the
 *   checkpoint, `UNSUPPORTED` for a type that is not declared, and for an edge that cannot be rescaled
 */
export async function restoreChannelState(restore: {
  readonly jobGraph: JobGraph;
  readonly assignment: StateAssignment;
  readonly wiring: JobWiring;
  readonly openStateHandle: OpenStateHandle;
}): Promise<void> {
  const { edges, unplaced } = channelsInFlight(restore.jobGraph, restore.assignment);
  const reader = new ChannelStateReader(restore.openStateHandle);
  try {
    await checkEmpty(unplaced, reader);
    for (const edge of edges) {
      await restoreEdge(edge, reader, findChannel(edge, restore.wiring));
    }
    endChannelState(restore.wiring);
  } finally {
    await reader.close();
  }
}

/** A task takes nothing new before it has processed all that was in flight, over all its channels. */
function endChannelState(wiring: JobWiring): void {
  for (const subtask of [...wiring.values()].flat()) {
    const channels = (subtask?.inputs ?? []).map(({ channel }) => channel);
    if (channels.some(({ size }) => size > 0)) {
      for (const channel of channels) {
        channel.pushEvent({ kind: 'end-of-channel-state' });
      }
    }
  }
}

async function checkEmpty(
  unplaced: readonly UnplacedChannelState[],
  reader: ChannelStateReader,
): Promise<void> {
  for (const { name, handle } of unplaced) {
    if (!(await reader.isEmpty(handle, name))) {
      throw new ConfigError(
        'CHANNEL_STATE_MISMATCH',
        `the snapshot holds records in flight of ${name}, and no edge of the program has that ` +
          `place: its edges or chains are not those of the job that took it; ${CHANNEL_REMEDY}`,
      );
    }
  }
}

async function restoreEdge(
  edge: EdgeInFlight,
  reader: ChannelStateReader,
  find: FindChannel,
): Promise<void> {
  const { type } = edge.edge;
  const isAsItWas = !isRescaled(edge) && edge.watermarkScope === 'sender';
  const recovery = isAsItWas ? new UnchangedEdge(edge, find) : new RescaledEdge(edge, find);
  const elementSerializer = () => {
    checkRestorable(edge);
    return new StreamElementSerializer(type.createSerializer());
  };
  for (const channel of edge.channels) {
    const name = `${channelName(edge, channel)}, declared as ${type.name}`;
    await reader.readElements({ name, handles: channel.handles, elementSerializer }, (element) =>
      recovery.deliver(element, channel),
    );
  }
  recovery.finish();
}

function isRescaled({ source, target, counts }: EdgeInFlight): boolean {
  return (
    source.parallelism !== counts.upstreamParallelism ||
    target.parallelism !== counts.downstreamParallelism
  );
}

/** Asked only once there is something in flight. */
function checkRestorable(edge: EdgeInFlight): void {
  const { partitioner, type } = edge.edge;
  if (isRescaled(edge) && FIXED_ENDS.has(partitioner.kind)) {
    const { source, target, counts } = edge;
    throw new ConfigError(
      'UNSUPPORTED',
      `the snapshot holds records in flight ${edgeName(edge)} (${partitioner.kind}), taken at ` +
        `parallelism ${counts.upstreamParallelism} and ${counts.downstreamParallelism}; here they ` +
        `have ${source.parallelism} and ${target.parallelism}, and such an edge cannot be ` +
        `rescaled; ${CHANNEL_REMEDY}`,
    );
  }
  if (type === Types.GENERIC) {
    throw new ConfigError(
      'UNSUPPORTED',
      `the snapshot holds records in flight ${edgeName(edge)}, whose type is not declared; call ` +
        'returns() with the type that the job had there, or restore a savepoint or an aligned ' +
        'checkpoint',
    );
  }
}

/** Channels whose receiving end is another slot's are none here: that slot fills them. */
function findChannel({ edge, target }: EdgeInFlight, wiring: JobWiring): FindChannel {
  const channels = (wiring.get(target.id) ?? []).map(
    (subtask) =>
      subtask &&
      new Map(
        subtask.inputs
          .filter((input) => input.edge === edge)
          .map(({ upstreamSubtask, channel }) => [upstreamSubtask, channel]),
      ),
  );
  return (upstream, downstream) => {
    const ofSubtask = channels[downstream];
    return ofSubtask === undefined ? 'elsewhere' : ofSubtask.get(upstream);
  };
}
