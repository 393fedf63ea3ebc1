/**
 * Reads the windows of an operator, as the job declares them: reduced, aggregated, or kept as they
 * came.
 *
 * Types that are left out are those of the snapshot. Results come while the snapshot is read. Our own
 * sliding windows keep slices in place of contents unless `pipeline.sliding-window-slices` is false;
 * slices are no windows and cannot be read here.
 *
 * Flink: WindowSavepointReader, EvictingWindowSavepointReader.
 */
import {
  type AggregateFunction,
  CheckpointError,
  type ReduceFunction,
  type TypeInformation,
  type Window,
} from '@millrace/core';
import { WINDOW_CONTENTS } from '@millrace/runtime';
import type { StateMetaInfoSnapshot } from '@millrace/state';
import type { KeyedStateSource } from './keyed-state-source.ts';
import type { OperatorIdentifier } from './operator-identifier.ts';
import { readWindows } from './read-windows.ts';
import {
  aggregatedContents,
  evictingContents,
  listedContents,
  reducedContents,
  type WindowContentsReading,
} from './window-contents-reading.ts';
import type { WindowReaderFunction } from './window-reader-function.ts';

export interface ReadWindowOptions<IN, OUT, K, W extends Window> {
  readonly keyType?: TypeInformation<K>;
  /** Without one the reduced or aggregated value of each window is given. */
  readonly readerFunction?: WindowReaderFunction<IN, OUT, K, W>;
}

/** Opens the keyed state of an operator. */
export type OpenKeyedState = <K>(
  id: OperatorIdentifier,
  keyType: TypeInformation<K> | undefined,
) => Promise<KeyedStateSource<K>>;

export class WindowSavepointReader<W extends Window> {
  private readonly openKeyedState: OpenKeyedState;
  private readonly windowType: TypeInformation<W>;

  constructor(openKeyedState: OpenKeyedState, windowType: TypeInformation<W>) {
    this.openKeyedState = openKeyedState;
    this.windowType = windowType;
  }

  /** For windows with an evictor, which keep all their records. */
  evictor(): EvictingWindowSavepointReader<W> {
    return new EvictingWindowSavepointReader(this.openKeyedState, this.windowType);
  }

  reduce<IN, OUT = IN, K = unknown>(
    id: OperatorIdentifier,
    reduceFunction: ReduceFunction<IN>,
    options: ReadWindowOptions<IN, OUT, K, W> & { readonly elementType?: TypeInformation<IN> } = {},
  ): AsyncGenerator<OUT, void, undefined> {
    return this.read(id, options, (stored) =>
      reducedContents(stored, reduceFunction, options.elementType),
    );
  }

  aggregate<IN, ACC, R, OUT = R, K = unknown>(
    id: OperatorIdentifier,
    aggregateFunction: AggregateFunction<IN, ACC, R>,
    options: ReadWindowOptions<R, OUT, K, W> & {
      readonly accumulatorType?: TypeInformation<ACC>;
    } = {},
  ): AsyncGenerator<OUT, void, undefined> {
    return this.read(id, options, (stored) =>
      aggregatedContents(stored, aggregateFunction, options.accumulatorType),
    );
  }

  process<IN, OUT, K>(
    id: OperatorIdentifier,
    readerFunction: WindowReaderFunction<IN, OUT, K, W>,
    options: {
      readonly keyType?: TypeInformation<K>;
      readonly elementType?: TypeInformation<IN>;
    } = {},
  ): AsyncGenerator<OUT, void, undefined> {
    return this.read(id, { ...options, readerFunction }, (stored) =>
      this.elementsOf(stored, options.elementType),
    );
  }

  /** The records of a window one by one, as the operator keeps them. */
  protected elementsOf<IN>(
    stored: StateMetaInfoSnapshot,
    elementType: TypeInformation<IN> | undefined,
  ): WindowContentsReading<IN> {
    return listedContents(stored, elementType);
  }

  protected async *read<IN, OUT, K>(
    id: OperatorIdentifier,
    options: ReadWindowOptions<IN, OUT, K, W>,
    contentsOf: (stored: StateMetaInfoSnapshot) => WindowContentsReading<IN>,
  ): AsyncGenerator<OUT, void, undefined> {
    const source = await this.openKeyedState<K>(id, options.keyType);
    const batches = readWindows(source, {
      windowType: this.windowType,
      contents: contentsOf(windowContentsOf(source)),
      readerFunction: options.readerFunction,
    });
    for await (const batch of batches) {
      for (const record of batch) {
        yield record;
      }
    }
  }
}

export class EvictingWindowSavepointReader<W extends Window> extends WindowSavepointReader<W> {
  /** Reduces the records of each window. */
  override reduce<IN, OUT = IN, K = unknown>(
    id: OperatorIdentifier,
    reduceFunction: ReduceFunction<IN>,
    options: ReadWindowOptions<IN, OUT, K, W> & { readonly elementType?: TypeInformation<IN> } = {},
  ): AsyncGenerator<OUT, void, undefined> {
    const reduce =
      typeof reduceFunction === 'function'
        ? reduceFunction
        : (a: IN, b: IN) => reduceFunction.reduce(a, b);
    return this.read(id, options, (stored) =>
      folded(this.elementsOf(stored, options.elementType), ([first, ...others]: IN[]) =>
        others.reduce(reduce, first as IN),
      ),
    );
  }

  /** Aggregates the records of each window. */
  override aggregate<IN, ACC, R, OUT = R, K = unknown>(
    id: OperatorIdentifier,
    aggregateFunction: AggregateFunction<IN, ACC, R>,
    options: ReadWindowOptions<R, OUT, K, W> & {
      readonly accumulatorType?: TypeInformation<ACC>;
      readonly elementType?: TypeInformation<IN>;
    } = {},
  ): AsyncGenerator<OUT, void, undefined> {
    return this.read(id, options, (stored) =>
      folded(this.elementsOf(stored, options.elementType), (elements: IN[]) => {
        let accumulator = aggregateFunction.createAccumulator();
        for (const element of elements) {
          accumulator = aggregateFunction.add(element, accumulator);
        }
        return aggregateFunction.getResult(accumulator);
      }),
    );
  }

  protected override elementsOf<IN>(
    stored: StateMetaInfoSnapshot,
    elementType: TypeInformation<IN> | undefined,
  ): WindowContentsReading<IN> {
    return evictingContents(stored, elementType);
  }
}

function folded<IN, R>(
  contents: WindowContentsReading<IN>,
  fold: (elements: IN[]) => R,
): WindowContentsReading<R> {
  return {
    descriptor: contents.descriptor,
    elements: (state) => {
      const elements = [...contents.elements(state)];
      return elements.length === 0 ? [] : [fold(elements)];
    },
  };
}

function windowContentsOf<K>(source: KeyedStateSource<K>): StateMetaInfoSnapshot {
  source.requireOneOf([WINDOW_CONTENTS]);
  for (const header of source.headers) {
    const stored = header.states.find((state) => state.name === WINDOW_CONTENTS);
    if (stored !== undefined) {
      return stored;
    }
  }
  throw new CheckpointError('STATE_NOT_IN_SNAPSHOT', `operator ${source.id} has no windows`);
}
