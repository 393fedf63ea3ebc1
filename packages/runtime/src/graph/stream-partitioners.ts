/**
 * The partitioners that do not look at the record.
 *
 * Flink: ForwardPartitioner, ForwardForUnspecifiedPartitioner, RebalancePartitioner, RescalePartitioner, ShufflePartitioner,
 * BroadcastPartitioner, GlobalPartitioner.
 */
// Hot path.

import type {
  ChannelSelector,
  ChannelSelectorContext,
  StreamPartitioner,
} from './stream-partitioner.ts';

/** All downstream channels. */
export const ALL_CHANNELS = -1;

/** To the subtask of the same index; both sides have one parallelism. */
export class ForwardPartitioner implements StreamPartitioner<unknown> {
  readonly kind = 'forward';

  createChannelSelector(context: ChannelSelectorContext): ChannelSelector<unknown> {
    return new FixedChannelSelector(context.upstreamSubtask);
  }
}

/** Where the program named no partitioning; rebalance once the parallelisms of both sides differ. */
export class ForwardForUnspecifiedPartitioner extends ForwardPartitioner {}

/** Round robin over all channels. The first one is random, so that few records spread too. */
export class RebalancePartitioner implements StreamPartitioner<unknown> {
  readonly kind = 'rebalance';

  createChannelSelector(context: ChannelSelectorContext): ChannelSelector<unknown> {
    const channels = context.downstreamParallelism;
    const first = Math.floor(context.random() * channels);
    return new RoundRobinChannelSelector({ start: 0, end: channels, first });
  }
}

/**
 * What becomes of a `ForwardForUnspecifiedPartitioner` when the job is rescaled. Barriers overtake here
 * no more than there, so no checkpoint holds records of an edge that a later rescale makes forward.
 *
 * Flink: StreamEdge.supportsUnalignedCheckpoints is decided before the partitioner is replaced.
 */
export class RebalanceForUnspecifiedPartitioner extends RebalancePartitioner {}

/** Round robin over the few channels that belong to this upstream subtask. */
export class RescalePartitioner implements StreamPartitioner<unknown> {
  readonly kind = 'rescale';

  createChannelSelector(context: ChannelSelectorContext): ChannelSelector<unknown> {
    const { start, end } = pointwiseTargets(context.upstreamSubtask, context);
    return new RoundRobinChannelSelector({ start, end, first: start });
  }
}

export class ShufflePartitioner implements StreamPartitioner<unknown> {
  readonly kind = 'shuffle';

  createChannelSelector(context: ChannelSelectorContext): ChannelSelector<unknown> {
    return new RandomChannelSelector(context);
  }
}

export class BroadcastPartitioner implements StreamPartitioner<unknown> {
  readonly kind = 'broadcast';

  createChannelSelector(_context: ChannelSelectorContext): ChannelSelector<unknown> {
    return new FixedChannelSelector(ALL_CHANNELS);
  }
}

/** Everything to subtask 0. */
export class GlobalPartitioner implements StreamPartitioner<unknown> {
  readonly kind = 'global';

  createChannelSelector(_context: ChannelSelectorContext): ChannelSelector<unknown> {
    return new FixedChannelSelector(0);
  }
}

/** How many subtasks are at the ends of an edge. */
export interface EdgeParallelism {
  readonly upstreamParallelism: number;
  readonly downstreamParallelism: number;
}

/**
 * The downstream subtasks `[start, end)` that one upstream subtask feeds on a rescale edge.
 *
 * Flink: VertexInputInfoComputationUtils.computeVertexInputInfoForPointwise.
 */
export function pointwiseTargets(
  upstreamSubtask: number,
  counts: EdgeParallelism,
): { readonly start: number; readonly end: number } {
  const { upstreamParallelism: sources, downstreamParallelism: targets } = counts;
  if (sources >= targets) {
    const target = Math.ceil(((upstreamSubtask + 1) * targets) / sources) - 1;
    return { start: target, end: target + 1 };
  }
  return {
    start: Math.floor((upstreamSubtask * targets + sources - 1) / sources),
    end: Math.floor(((upstreamSubtask + 1) * targets + sources - 1) / sources),
  };
}

export class FixedChannelSelector implements ChannelSelector<unknown> {
  private readonly channel: number;

  constructor(channel: number) {
    this.channel = channel;
  }

  selectChannel(_value: unknown): number {
    return this.channel;
  }
}

class RoundRobinChannelSelector implements ChannelSelector<unknown> {
  private readonly start: number;
  private readonly end: number;
  private next: number;

  constructor(range: { start: number; end: number; first: number }) {
    this.start = range.start;
    this.end = range.end;
    this.next = range.first;
  }

  selectChannel(_value: unknown): number {
    const channel = this.next;
    this.next = channel + 1 === this.end ? this.start : channel + 1;
    return channel;
  }
}

class RandomChannelSelector implements ChannelSelector<unknown> {
  private readonly context: ChannelSelectorContext;

  constructor(context: ChannelSelectorContext) {
    this.context = context;
  }

  selectChannel(_value: unknown): number {
    return Math.floor(this.context.random() * this.context.downstreamParallelism);
  }
}
