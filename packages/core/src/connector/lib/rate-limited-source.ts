/**
 * Any source at a limited rate: a replay of files that can be watched, a load that is kept.
 *
 * Its splits, and so its checkpoints, are those of the source: the limit may be changed or left out
 * at the next start.
 *
 * Flink: RateLimitedSourceReader.
 */
import { ConfigError } from '../../errors/errors.ts';
import type { SimpleVersionedSerializer } from '../../serialization/simple-versioned-serializer.ts';
import type { TypeInformation } from '../../serialization/type-information.ts';
import type {
  Boundedness,
  InputStatus,
  ReaderOutput,
  Source,
  SourceReader,
  SourceReaderContext,
  SourceSplit,
  SplitEnumerator,
  SplitEnumeratorContext,
} from '../source.ts';
import type { RateLimiter, RateLimiterStrategy } from './rate-limiter.ts';
import { producedTypeOf } from './result-type-queryable.ts';

export class RateLimitedSource<T, SplitT extends SourceSplit, EnumChkT>
  implements Source<T, SplitT, EnumChkT>
{
  readonly boundedness: Boundedness;
  readonly splitSerializer: SimpleVersionedSerializer<SplitT>;
  readonly enumeratorCheckpointSerializer: SimpleVersionedSerializer<EnumChkT>;
  /** That of the source, where it says one. */
  readonly producedType?: TypeInformation<T>;
  private readonly source: Source<T, SplitT, EnumChkT>;
  private readonly strategy: RateLimiterStrategy;

  /** @throws ConfigError `CONFIG_VALUE_INVALID` for a strategy that is none */
  constructor(source: Source<T, SplitT, EnumChkT>, strategy: RateLimiterStrategy) {
    if (typeof (strategy as RateLimiterStrategy | undefined)?.createRateLimiter !== 'function') {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `a RateLimitedSource of the strategy ${String(strategy)}; give RateLimiterStrategy.perSecond(n), perCheckpoint(n) or noOp()`,
      );
    }
    this.boundedness = source.boundedness;
    this.splitSerializer = source.splitSerializer;
    this.enumeratorCheckpointSerializer = source.enumeratorCheckpointSerializer;
    const producedType = producedTypeOf<T>(source);
    if (producedType !== undefined) {
      this.producedType = producedType;
    }
    this.source = source;
    this.strategy = strategy;
  }

  createEnumerator(context: SplitEnumeratorContext<SplitT>): SplitEnumerator<SplitT, EnumChkT> {
    return this.source.createEnumerator(context);
  }

  restoreEnumerator(
    context: SplitEnumeratorContext<SplitT>,
    checkpoint: EnumChkT,
  ): SplitEnumerator<SplitT, EnumChkT> {
    return this.source.restoreEnumerator(context, checkpoint);
  }

  createReader(context: SourceReaderContext): SourceReader<T, SplitT> {
    const reader = this.source.createReader(context);
    const limiter = this.strategy.createRateLimiter(context.currentParallelism, context.clock);
    return limiter === undefined ? reader : new RateLimitedReader(reader, limiter);
  }
}

class RateLimitedReader<T, SplitT> implements SourceReader<T, SplitT> {
  private readonly reader: SourceReader<T, SplitT>;
  private readonly limiter: RateLimiter;
  /** Only where the reader can: who asks goes by whether it is there. */
  readonly pauseOrResumeSplits?: (toPause: readonly string[], toResume: readonly string[]) => void;
  private waitsForLimit = false;

  constructor(reader: SourceReader<T, SplitT>, limiter: RateLimiter) {
    this.reader = reader;
    this.limiter = limiter;
    if (reader.pauseOrResumeSplits !== undefined) {
      this.pauseOrResumeSplits = reader.pauseOrResumeSplits.bind(reader);
    }
  }

  start(): void {
    this.reader.start();
  }

  pollNext(output: ReaderOutput<T>, maxRecords: number): InputStatus {
    const allowed = this.limiter.acquire(maxRecords);
    this.waitsForLimit = allowed === 0;
    return this.waitsForLimit ? 'nothing-available' : this.reader.pollNext(output, allowed);
  }

  isAvailable(): Promise<void> {
    return this.waitsForLimit ? this.limiter.whenAvailable() : this.reader.isAvailable();
  }

  addSplits(splits: readonly SplitT[]): void {
    this.reader.addSplits(splits);
  }

  notifyNoMoreSplits(): void {
    this.reader.notifyNoMoreSplits();
  }

  snapshotState(checkpointId: number): SplitT[] {
    return this.reader.snapshotState(checkpointId);
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.limiter.notifyCheckpointComplete(checkpointId);
    this.reader.notifyCheckpointComplete?.(checkpointId);
  }

  close(): void | Promise<void> {
    this.limiter.close();
    return this.reader.close();
  }
}
