/**
 * The whole numbers `from` to `to`, each once, in parallel runs.
 *
 * Invariant: splits and checkpoints have Flink's bytes, so a sequence goes on across both engines.
 *
 * Flink: NumberSequenceSource.
 */
import { ConfigError } from '../../errors/errors.ts';
import type {
  Source,
  SourceReader,
  SourceReaderContext,
  SplitEnumerator,
  SplitEnumeratorContext,
} from '../source.ts';
import { NumberSequenceReader } from './number-sequence-reader.ts';
import {
  NUMBER_SEQUENCE_CHECKPOINT_SERIALIZER,
  NUMBER_SEQUENCE_SPLIT_SERIALIZER,
  type NumberSequenceSplit,
  splitNumberRange,
} from './number-sequence-split.ts';
import { SplitQueueEnumerator } from './split-queue-enumerator.ts';

/** The part that all sources share which turn numbers into records. */
export abstract class IndexedSource<T>
  implements Source<T, NumberSequenceSplit, readonly NumberSequenceSplit[]>
{
  readonly boundedness = 'bounded';
  readonly splitSerializer: typeof NUMBER_SEQUENCE_SPLIT_SERIALIZER =
    NUMBER_SEQUENCE_SPLIT_SERIALIZER;
  readonly enumeratorCheckpointSerializer: typeof NUMBER_SEQUENCE_CHECKPOINT_SERIALIZER =
    NUMBER_SEQUENCE_CHECKPOINT_SERIALIZER;
  readonly from: number;
  readonly to: number;

  /** `to` may be `from - 1`: no records. */
  constructor(range: { readonly from: number; readonly to: number }) {
    this.from = range.from;
    this.to = range.to;
  }

  createEnumerator(
    context: SplitEnumeratorContext<NumberSequenceSplit>,
  ): SplitEnumerator<NumberSequenceSplit, readonly NumberSequenceSplit[]> {
    return new SplitQueueEnumerator(context, splitNumberRange(this, context.currentParallelism));
  }

  restoreEnumerator(
    context: SplitEnumeratorContext<NumberSequenceSplit>,
    checkpoint: readonly NumberSequenceSplit[],
  ): SplitEnumerator<NumberSequenceSplit, readonly NumberSequenceSplit[]> {
    return new SplitQueueEnumerator(context, checkpoint);
  }

  abstract createReader(context: SourceReaderContext): SourceReader<T, NumberSequenceSplit>;
}

export class NumberSequenceSource extends IndexedSource<number> {
  /**
   * @throws ConfigError `CONFIG_VALUE_INVALID` unless both are safe integers, `from` at most `to`,
   *   and fewer than 2^53 numbers lie between them
   */
  constructor(from: number, to: number) {
    if (
      !(
        from <= to &&
        Number.isSafeInteger(from) &&
        Number.isSafeInteger(to) &&
        Number.isSafeInteger(to - from + 1)
      )
    ) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `a sequence from ${from} to ${to}; use whole numbers below 2^53, the smaller one first`,
      );
    }
    super({ from, to });
  }

  override createReader(context: SourceReaderContext): SourceReader<number, NumberSequenceSplit> {
    return new NumberSequenceReader(context, { convert: (n) => n, rateLimiter: undefined });
  }
}
