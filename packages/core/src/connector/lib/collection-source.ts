/**
 * The elements of a collection in their order; the position is the state.
 *
 * Invariants:
 * - A job that is restored must be given the same elements, because a snapshot holds positions, not
 *   elements.
 * - Each reading gives copies, so that a function that changes a record leaves the element as it is
 *   for the next attempt.
 *
 * Flink: StreamExecutionEnvironment.fromData, which reads a collection by index as this does.
 */
import { checkArgument } from '../../errors/check-argument.ts';
import { TaskError } from '../../errors/errors.ts';
import { recordCopierOf } from '../../serialization/record-copier.ts';
import type { TypeInformation } from '../../serialization/type-information.ts';
import { Types } from '../../serialization/types.ts';
import type { SourceReader, SourceReaderContext } from '../source.ts';
import { NumberSequenceReader } from './number-sequence-reader.ts';
import { IndexedSource } from './number-sequence-source.ts';
import type { NumberSequenceSplit } from './number-sequence-split.ts';
import type { ResultTypeQueryable } from './result-type-queryable.ts';

export class CollectionSource<T>
  extends IndexedSource<T>
  implements Partial<ResultTypeQueryable<T>>
{
  readonly producedType?: TypeInformation<T>;
  private readonly elements: readonly T[];

  /** The iterable is read now, once. */
  constructor(elements: Iterable<T>, type?: TypeInformation<T>) {
    checkArgument(typeof elements?.[Symbol.iterator] === 'function', elements, {
      call: 'a source of a collection',
      expected: 'an array or another iterable: fromData([1, 2, 3])',
    });
    const copy = [...elements];
    super({ from: 0, to: copy.length - 1 });
    this.elements = copy;
    if (type !== undefined) {
      this.producedType = type;
    }
  }

  override createReader(context: SourceReaderContext): SourceReader<T, NumberSequenceSplit> {
    const { elements, producedType = Types.GENERIC as TypeInformation<unknown> } = this;
    const copy = recordCopierOf(producedType as TypeInformation<T>) ?? ((element: T) => element);
    return new NumberSequenceReader(context, {
      convert: (index) => {
        if (index >= elements.length) {
          throw new TaskError(
            'SOURCE_FAILED',
            `the snapshot reads element ${index} of a collection that has ${elements.length} now; ` +
              'restore with the collection that the snapshot was taken with',
          );
        }
        return copy(elements[index] as T);
      },
      rateLimiter: undefined,
    });
  }
}
