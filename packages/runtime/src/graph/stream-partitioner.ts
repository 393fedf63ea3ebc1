/**
 * Which channel of an edge takes a record.
 *
 * Flink: StreamPartitioner and its subclasses. Rules: semantics of partitioning in docs/guide/partitioning.md
 */
// Hot path.

export type PartitionerKind =
  | 'forward'
  | 'hash'
  | 'rebalance'
  | 'rescale'
  | 'shuffle'
  | 'broadcast'
  | 'global'
  | 'custom';

export interface StreamPartitioner<T> {
  readonly kind: PartitionerKind;
  /** One per upstream subtask, because some count their records. */
  createChannelSelector(context: ChannelSelectorContext): ChannelSelector<T>;
}

export interface ChannelSelectorContext {
  readonly upstreamSubtask: number;
  readonly upstreamParallelism: number;
  readonly downstreamParallelism: number;
  readonly downstreamMaxParallelism: number;
  /** For messages: whose records they are, and whose input they become. */
  readonly senderName: string;
  readonly receiverName: string;
  /** In `[0, 1)`; seeded in simulations. */
  random(): number;
}

export interface ChannelSelector<T> {
  /** Index of the downstream channel, or -1 for all of them. */
  selectChannel(value: T): number;
  /** The same in two steps, where keys are texts. */
  readonly byText?: SelectorByText<T> | undefined;
}

/** To hash a text takes as long as all else on its way to another task: who takes it there gets the hash too. */
export interface SelectorByText<T> {
  keyOf(value: T): unknown;
  /** @param hashCode - Java's, of a key that is a text */
  channelOf(hashCode: number): number;
  /** For a key that is none. @throws what `selectChannel` throws for it */
  channelOfOther(key: unknown, value: T): number;
}
