/** How messages name the channels of an edge. */
import type { ChannelInFlight, EdgeInFlight } from './channels-in-flight.ts';

/** What to do with records in flight that do not fit the program. */
export const CHANNEL_REMEDY: string =
  'restore it with the program and the parallelism that it was taken with and stop with a ' +
  'savepoint, or restore an aligned checkpoint';

export function edgeName({ source, target }: EdgeInFlight): string {
  return `from '${source.name}' to '${target.name}'`;
}

/** Subtasks as the snapshot counts them. */
export function channelName(edge: EdgeInFlight, channel: ChannelInFlight): string {
  const { source, target, counts } = edge;
  const from = `${channel.upstreamSubtask + 1}/${counts.upstreamParallelism}`;
  const to = `${channel.downstreamSubtask + 1}/${counts.downstreamParallelism}`;
  return `the channel from '${source.name}' (${from}) to '${target.name}' (${to})`;
}
