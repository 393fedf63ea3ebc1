/**
 * The watermarks that were in flight on an edge, and the smallest of those that hold for a new channel.
 *
 * Invariants:
 * - Only channels that the edge had count: a pair of subtasks that a pointwise edge does not connect
 *   had no watermark, and lacks none.
 * - The work is by pairs of senders and receivers, never by pairs of pairs.
 *
 * Design: docs/formats/channel-state.md#restoring
 */
import { keyGroupRangeForOperatorIndex } from '@millrace/core';
import { pointwiseTargets } from '../graph/stream-partitioners.ts';
import type { ChannelInFlight, EdgeInFlight } from './channels-in-flight.ts';

/** Of a channel that had none; and of channels that are all idle, as none holds them back. */
const NO_WATERMARK = -Infinity;
const ALL_IDLE = Infinity;

export class WatermarksInFlight {
  private readonly edge: EdgeInFlight;
  /** By sender and receiver, the old ones. */
  private readonly watermarks = new Map<number, number>();
  private readonly idle = new Set<number>();
  /** Whose figures `byReceiver` and `ofAll` are; -1 where they are of all senders. */
  private sender: number | undefined;
  private byReceiver: readonly number[] = [];
  private ofAll: number = ALL_IDLE;
  private readonly feeders = new Map<number, readonly number[]>();

  constructor(edge: EdgeInFlight) {
    this.edge = edge;
  }

  setWatermark(channel: ChannelInFlight, watermark: number): void {
    this.watermarks.set(this.keyOf(channel), watermark);
  }

  setIdle(channel: ChannelInFlight, isIdle: boolean): void {
    if (isIdle) {
      this.idle.add(this.keyOf(channel));
    } else {
      this.idle.delete(this.keyOf(channel));
    }
  }

  /**
   * Ask for all channels of one sender before those of the next.
   *
   * @param upstream - as the program has it, as `downstream`
   * @returns `undefined` where one that is not idle had none, or all were idle
   */
  smallestFor(upstream: number, downstream: number): number | undefined {
    this.sumUp(this.edge.watermarkScope === 'all-senders' ? -1 : upstream);
    const smallest = this.everyReceiverFeeds
      ? this.ofAll
      : this.feedersOf(downstream).reduce(
          (least, old) => Math.min(least, this.byReceiver[old] as number),
          ALL_IDLE,
        );
    return smallest === NO_WATERMARK || smallest === ALL_IDLE ? undefined : smallest;
  }

  private sumUp(sender: number): void {
    if (this.sender === sender) {
      return;
    }
    this.sender = sender;
    const { upstreamParallelism, downstreamParallelism } = this.edge.counts;
    const byReceiver = Array.from({ length: downstreamParallelism }, () => ALL_IDLE);
    const [first, end] = sender === -1 ? [0, upstreamParallelism] : [sender, sender + 1];
    for (let from = first; from < end; from++) {
      const { start, end: endOfReceivers } = this.receiversOf(from);
      for (let to = start; to < endOfReceivers; to++) {
        const key = from * downstreamParallelism + to;
        if (!this.idle.has(key)) {
          const watermark = this.watermarks.get(key) ?? NO_WATERMARK;
          byReceiver[to] = Math.min(byReceiver[to] as number, watermark);
        }
      }
    }
    this.byReceiver = byReceiver;
    this.ofAll = byReceiver.reduce((least, each) => Math.min(least, each), ALL_IDLE);
  }

  private receiversOf(sender: number): { readonly start: number; readonly end: number } {
    const { edge, counts } = this.edge;
    return isPointwise(edge.partitioner.kind)
      ? pointwiseTargets(sender, counts)
      : { start: 0, end: counts.downstreamParallelism };
  }

  /** A pointwise edge has not a channel from each sender to each receiver: those of all receivers count. */
  private get everyReceiverFeeds(): boolean {
    const { edge, target, counts } = this.edge;
    const { kind } = edge.partitioner;
    const isRescaled = target.parallelism !== counts.downstreamParallelism;
    return isPointwise(kind) || (kind === 'custom' && isRescaled);
  }

  /** Old receivers whose records may go to the new one. */
  private feedersOf(downstream: number): readonly number[] {
    let feeders = this.feeders.get(downstream);
    if (feeders === undefined) {
      const { length } = this.byReceiver;
      feeders = Array.from({ length }, (_, old) => old).filter((old) =>
        this.mayFeed(old, downstream),
      );
      this.feeders.set(downstream, feeders);
    }
    return feeders;
  }

  private mayFeed(old: number, downstream: number): boolean {
    const { edge, target, counts } = this.edge;
    const { parallelism, maxParallelism } = target;
    if (edge.partitioner.kind !== 'hash' || parallelism === counts.downstreamParallelism) {
      return old % parallelism === downstream;
    }
    const before = keyGroupRangeForOperatorIndex(old, {
      parallelism: counts.downstreamParallelism,
      maxParallelism,
    });
    const now = keyGroupRangeForOperatorIndex(downstream, { parallelism, maxParallelism });
    return before.startKeyGroup <= now.endKeyGroup && now.startKeyGroup <= before.endKeyGroup;
  }

  private keyOf({ upstreamSubtask, downstreamSubtask }: ChannelInFlight): number {
    return upstreamSubtask * this.edge.counts.downstreamParallelism + downstreamSubtask;
  }
}

function isPointwise(kind: string): boolean {
  return kind === 'forward' || kind === 'rescale';
}
