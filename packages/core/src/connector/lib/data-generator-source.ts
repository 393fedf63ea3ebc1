/**
 * Records made by a function of their index, `0` to `count - 1`, in parallel, at a limited rate.
 *
 * Invariant: for one index the function must always give an equal record, or a replay after a
 * failure differs from the first run.
 *
 * Flink: DataGeneratorSource. Its splits, and so its checkpoints, are those of NumberSequenceSource.
 */
import { ConfigError } from '../../errors/errors.ts';
import type { TypeInformation } from '../../serialization/type-information.ts';
import type { SourceReader, SourceReaderContext } from '../source.ts';
import { NumberSequenceReader } from './number-sequence-reader.ts';
import { IndexedSource } from './number-sequence-source.ts';
import type { NumberSequenceSplit } from './number-sequence-split.ts';
import { RateLimiterStrategy } from './rate-limiter.ts';
import type { ResultTypeQueryable } from './result-type-queryable.ts';

/** Flink: GeneratorFunction. The object is shared by all subtasks of a process. */
export type GeneratorFunction<T> =
  | ((index: number) => T)
  | {
      map(index: number): T;
      open?(context: SourceReaderContext): void;
      close?(): void | Promise<void>;
    };

export interface DataGeneratorOptions<T> {
  /** No limit without it. */
  readonly rateLimiterStrategy?: RateLimiterStrategy;
  readonly type?: TypeInformation<T>;
}

export class DataGeneratorSource<T>
  extends IndexedSource<T>
  implements Partial<ResultTypeQueryable<T>>
{
  readonly producedType?: TypeInformation<T>;
  private readonly generator: GeneratorFunction<T>;
  private readonly rateLimiterStrategy: RateLimiterStrategy;

  /**
   * @param count - number of records; `Number.MAX_SAFE_INTEGER` for as good as endless
   * @throws ConfigError `CONFIG_VALUE_INVALID`
   */
  constructor(
    generator: GeneratorFunction<T>,
    count: number,
    options: DataGeneratorOptions<T> = {},
  ) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `a generator of ${count} records; use a whole number from 0 to 2^53 - 1`,
      );
    }
    super({ from: 0, to: count - 1 });
    this.generator = generator;
    this.rateLimiterStrategy = options.rateLimiterStrategy ?? RateLimiterStrategy.noOp();
    if (options.type !== undefined) {
      this.producedType = options.type;
    }
  }

  override createReader(context: SourceReaderContext): SourceReader<T, NumberSequenceSplit> {
    const { generator } = this;
    const rateLimiter = this.rateLimiterStrategy.createRateLimiter(
      context.currentParallelism,
      context.clock,
    );
    if (typeof generator === 'function') {
      return new NumberSequenceReader(context, { convert: generator, rateLimiter });
    }
    return new NumberSequenceReader(context, {
      convert: (index) => generator.map(index),
      rateLimiter,
      onStart: () => generator.open?.(context),
      onClose: () => generator.close?.(),
    });
  }
}
