/**
 * Nexmark's events as a source: one split for each generator, whatever the parallelism.
 *
 * Invariant: each reader gets all its generators before it begins, or one that began later would be
 * late.
 *
 * Nexmark: NexmarkSource of nexmark-flink.
 */
import type {
  ResultTypeQueryable,
  SimpleVersionedSerializer,
  Source,
  SourceReader,
  SourceReaderContext,
  SplitEnumerator,
  SplitEnumeratorContext,
  TypeInformation,
} from '@millrace/core';
import type { NexmarkConfiguration } from './nexmark-configuration.ts';
import { EVENT, type NexmarkEvent } from './nexmark-events.ts';
import { NexmarkReader } from './nexmark-reader.ts';
import {
  NEXMARK_SPLIT_SERIALIZER,
  NEXMARK_SPLITS_SERIALIZER,
  type NexmarkSplit,
  nexmarkSplits,
} from './nexmark-split.ts';

export class NexmarkSource
  implements
    Source<NexmarkEvent, NexmarkSplit, readonly NexmarkSplit[]>,
    ResultTypeQueryable<NexmarkEvent>
{
  readonly boundedness = 'bounded';
  readonly producedType: TypeInformation<NexmarkEvent> = EVENT;
  readonly splitSerializer: SimpleVersionedSerializer<NexmarkSplit> = NEXMARK_SPLIT_SERIALIZER;
  readonly enumeratorCheckpointSerializer: SimpleVersionedSerializer<readonly NexmarkSplit[]> =
    NEXMARK_SPLITS_SERIALIZER;
  private readonly configuration: NexmarkConfiguration;

  constructor(configuration: NexmarkConfiguration) {
    this.configuration = configuration;
  }

  createEnumerator(context: SplitEnumeratorContext<NexmarkSplit>): NexmarkEnumerator {
    return new NexmarkEnumerator(context, nexmarkSplits(this.configuration));
  }

  restoreEnumerator(
    context: SplitEnumeratorContext<NexmarkSplit>,
    checkpoint: readonly NexmarkSplit[],
  ): NexmarkEnumerator {
    return new NexmarkEnumerator(context, checkpoint);
  }

  createReader(context: SourceReaderContext): SourceReader<NexmarkEvent, NexmarkSplit> {
    return new NexmarkReader(this.configuration, context.clock);
  }
}

/** Deals the splits out when the readers register: each gets its share at once. */
class NexmarkEnumerator implements SplitEnumerator<NexmarkSplit, readonly NexmarkSplit[]> {
  private readonly context: SplitEnumeratorContext<NexmarkSplit>;
  private waiting: NexmarkSplit[];

  constructor(context: SplitEnumeratorContext<NexmarkSplit>, splits: readonly NexmarkSplit[]) {
    this.context = context;
    this.waiting = [...splits];
  }

  start(): void {}

  addReader(subtask: number): void {
    for (const split of this.waiting) {
      if (this.readerOf(split) === subtask) {
        this.context.assignSplit(split, subtask);
      }
    }
    this.waiting = this.waiting.filter((split) => this.readerOf(split) !== subtask);
    this.context.signalNoMoreSplits(subtask);
  }

  handleSplitRequest(_subtask: number): void {}

  addSplitsBack(splits: readonly NexmarkSplit[], _subtask: number): void {
    this.waiting.push(...splits);
  }

  snapshotState(_checkpointId: number): readonly NexmarkSplit[] {
    return [...this.waiting];
  }

  close(): void {}

  private readerOf(split: NexmarkSplit): number {
    return Number(split.splitId) % this.context.currentParallelism;
  }
}
