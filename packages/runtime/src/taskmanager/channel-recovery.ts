/**
 * Where the elements go that were in flight on an edge.
 *
 * Invariants:
 * - A record with a key comes from the channel that its key belongs to, or the snapshot is of
 *   another program.
 * - Records of one old channel keep their order in each new one.
 * - No record becomes late by a watermark in flight: it is given only where it still holds for all
 *   that its new channel is yet to bring. Where a channel takes up several old ones, or the senders
 *   share out their splits and state anew, that is the smallest of theirs, after all their records.
 * - Every channel is active, as who sends begins so and says only what changes; one that is still idle
 *   says so again.
 *
 * Flink gives the watermarks of old channels to the new one alone, whose sender may have become that of
 * a split far behind them; and a channel that was idle stays so, deaf to its sender's watermarks.
 *
 * Flink: RescaledEdge's virtual channels: RescalingStreamTaskNetworkInput, DemultiplexingRecordDeserializer,
 * SubtaskStateMapper.
 */
import { ConfigError, invariant, type StreamElement } from '@millrace/core';
import { operatorNamesOf } from '../graph/edge-operator-names.ts';
import type { ChannelSelector } from '../graph/stream-partitioner.ts';
import type { LocalChannel } from '../network/local-channel.ts';
import { CHANNEL_REMEDY, channelName } from './channel-messages.ts';
import type { ChannelInFlight, EdgeInFlight } from './channels-in-flight.ts';
import { WatermarksInFlight } from './watermarks-in-flight.ts';

/** Of the subtasks that run now: `elsewhere` where another slot has the receiving end. */
export type FindChannel = (
  upstream: number,
  downstream: number,
) => LocalChannel | 'elsewhere' | undefined;

/** Takes the elements of the channels of one edge, channel after channel. */
export interface ChannelRecovery {
  deliver(element: StreamElement<unknown>, from: ChannelInFlight): void;
  /** All elements of the edge were delivered. */
  finish(): void;
}

/** Where neither the edge nor what leads to it has another parallelism than it had. */
export class UnchangedEdge implements ChannelRecovery {
  private readonly find: FindChannel;
  private readonly owners: KeyOwners;

  constructor(edge: EdgeInFlight, find: FindChannel) {
    this.find = find;
    this.owners = new KeyOwners(edge);
  }

  deliver(element: StreamElement<unknown>, from: ChannelInFlight): void {
    const channel = this.find(from.upstreamSubtask, from.downstreamSubtask);
    invariant(channel !== undefined, 'an edge of unchanged ends has the channels that it had');
    if (channel === 'elsewhere') {
      return;
    }
    switch (element.kind) {
      case 'record':
        this.owners.check(element.value, from);
        channel.push(element.value, element.timestamp);
        return;
      case 'watermark':
      case 'internal-watermark':
        channel.pushEvent({ kind: 'watermark', watermark: element.timestamp });
        return;
      case 'latency-marker': {
        const { markedTime, operatorId, subtaskIndex } = element;
        const marker = { markedTime, operatorId, subtaskIndex };
        channel.pushEvent({ kind: 'latency-marker', marker });
        return;
      }
      case 'watermark-status':
      case 'record-attributes': // A hint; nothing here takes it.
        return;
    }
  }

  finish(): void {}
}

/**
 * Between more or fewer subtasks than there were, which is not for pointwise and broadcast edges; or
 * behind such.
 */
export class RescaledEdge implements ChannelRecovery {
  private readonly edge: EdgeInFlight;
  private readonly find: FindChannel;
  private readonly owners: KeyOwners;
  private readonly selector: ChannelSelector<unknown> | undefined;
  private readonly watermarks: WatermarksInFlight;

  constructor(edge: EdgeInFlight, find: FindChannel) {
    const { target, counts } = edge;
    const { kind } = edge.edge.partitioner;
    this.edge = edge;
    this.find = find;
    this.owners = new KeyOwners(edge);
    this.watermarks = new WatermarksInFlight(edge);
    const choosesByRecord = kind === 'hash' || kind === 'custom';
    this.selector =
      choosesByRecord && target.parallelism !== counts.downstreamParallelism
        ? selectorOf(edge, target.parallelism)
        : undefined;
  }

  deliver(element: StreamElement<unknown>, from: ChannelInFlight): void {
    switch (element.kind) {
      case 'record':
        this.owners.check(element.value, from);
        this.newChannel(element.value, from)?.push(element.value, element.timestamp);
        return;
      case 'watermark':
      case 'internal-watermark':
        this.watermarks.setWatermark(from, element.timestamp);
        return;
      case 'watermark-status':
        this.watermarks.setIdle(from, element.isIdle);
        return;
      case 'latency-marker': // Its way is another one now.
      case 'record-attributes':
        return;
    }
  }

  finish(): void {
    const { source, target, watermarkScope } = this.edge;
    if (watermarkScope === 'none') {
      return;
    }
    for (let upstream = 0; upstream < source.parallelism; upstream++) {
      for (let downstream = 0; downstream < target.parallelism; downstream++) {
        this.finishChannel(upstream, downstream);
      }
    }
  }

  private finishChannel(upstream: number, downstream: number): void {
    const channel = this.find(upstream, downstream);
    if (channel === undefined || channel === 'elsewhere') {
      return;
    }
    const watermark = this.watermarks.smallestFor(upstream, downstream);
    if (watermark !== undefined) {
      channel.pushEvent({ kind: 'watermark', watermark });
    }
  }

  private newChannel(value: unknown, from: ChannelInFlight): LocalChannel | undefined {
    const { source, target } = this.edge;
    const downstream =
      this.selector?.selectChannel(value) ?? from.downstreamSubtask % target.parallelism;
    const channel = this.find(from.upstreamSubtask % source.parallelism, downstream);
    invariant(channel !== undefined, 'an edge that may send anywhere has all channels');
    return channel === 'elsewhere' ? undefined : channel;
  }
}

/** Finds records that cannot have been in the channel that they are said to come from. */
class KeyOwners {
  private readonly edge: EdgeInFlight;
  private readonly selector: ChannelSelector<unknown> | undefined;

  constructor(edge: EdgeInFlight) {
    this.edge = edge;
    this.selector =
      edge.edge.partitioner.kind === 'hash'
        ? selectorOf(edge, edge.counts.downstreamParallelism)
        : undefined;
  }

  check(value: unknown, from: ChannelInFlight): void {
    const owner = this.selector?.selectChannel(value);
    if (owner !== undefined && owner !== from.downstreamSubtask) {
      throw new ConfigError(
        'CHANNEL_STATE_MISMATCH',
        `a record that was in flight in ${channelName(this.edge, from)} has a key of subtask ` +
          `${owner + 1}: the edges of the program, or how it keys them, are not those of the job ` +
          `that took the snapshot; ${CHANNEL_REMEDY}`,
      );
    }
  }
}

/** Only for partitioners that go by the record alone. */
function selectorOf(
  { edge, source, target }: EdgeInFlight,
  downstreamParallelism: number,
): ChannelSelector<unknown> {
  return edge.partitioner.createChannelSelector({
    upstreamSubtask: 0,
    upstreamParallelism: source.parallelism,
    downstreamParallelism,
    downstreamMaxParallelism: target.maxParallelism,
    ...operatorNamesOf({ edge, source, target }),
    random: () => 0,
  });
}
