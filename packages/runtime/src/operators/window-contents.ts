/**
 * What a window keeps of its records: all of them, or one value that a function made of them.
 *
 * Invariant: `addedFirst` tells, right after `add`, whether the window of the key was empty before,
 * without another look at the state, and so without a timer; `unknown` where the state cannot say so for
 * free, and from the first record on that cleared its window: a null, or what a function made null of.
 *
 * Flink: the contents state of WindowOperator, `window-contents`.
 */
// Hot path.

import {
  type AggregateFunction,
  type AggregatingState,
  AggregatingStateDescriptor,
  type AppendingState,
  type ListState,
  ListStateDescriptor,
  type PerSubtask,
  type ReduceFunction,
  type ReducingState,
  ReducingStateDescriptor,
  type StateDescriptor,
  type TypeInformation,
} from '@millrace/core';
import type {
  InternalKvState,
  InternalListState,
  InternalMergingState,
  KeyedStateBackend,
} from '@millrace/state';
import { cloneFunction } from './clone-function.ts';
import { synchronous, synchronousAggregate } from './function-is-async.ts';

export const WINDOW_CONTENTS = 'window-contents';

export interface WindowContents<IN, ACC, W> {
  readonly descriptor: StateDescriptor;
  bind<K>(backend: KeyedStateBackend<K>, windowType: TypeInformation<W>): void;
  setWindow(window: W): void;
  add(value: IN, timestamp: number): void;
  /** Moves what the windows hold into `target`, for the current key. */
  merge(target: W, windows: readonly W[]): void;
  /** Of the last `add`. */
  readonly addedFirst: boolean | 'unknown';
  /** `undefined` when the window is empty. */
  get(): ACC | undefined;
  clear(): void;
}

export abstract class StateWindowContents<IN, S extends AppendingState<IN, unknown>, W> {
  protected state!: S & InternalKvState<unknown, W> & InternalMergingState<W>;

  abstract readonly descriptor: StateDescriptor;

  bind<K>(backend: KeyedStateBackend<K>, windowType: TypeInformation<W>): void {
    const state = backend.getOrCreateKeyedState<W, S>(windowType, this.descriptor);
    this.state = state as unknown as typeof this.state;
  }

  setWindow(window: W): void {
    this.state.setCurrentNamespace(window);
  }

  merge(target: W, windows: readonly W[]): void {
    this.state.mergeNamespaces(target, windows);
  }

  clear(): void {
    this.state.clear();
  }
}

/** All records, in order. */
export class ListWindowContents<IN, W>
  extends StateWindowContents<IN, ListState<IN> & InternalListState, W>
  implements WindowContents<IN, Iterable<IN>, W>
{
  override readonly descriptor: StateDescriptor;

  constructor(elementType: TypeInformation<IN>) {
    super();
    this.descriptor = new ListStateDescriptor(WINDOW_CONTENTS, elementType);
  }

  get addedFirst(): boolean | 'unknown' {
    return this.state.addedFirst ?? 'unknown';
  }

  add(value: IN): void {
    this.state.add(value);
  }

  get(): Iterable<IN> | undefined {
    const elements = this.state.get();
    for (const _first of elements) {
      return elements;
    }
    return undefined;
  }
}

/** One record that the reduce function made of all. */
export class ReducingWindowContents<IN, W>
  extends StateWindowContents<IN, ReducingState<IN>, W>
  implements WindowContents<IN, IN, W>
{
  override readonly descriptor: StateDescriptor;
  addedFirst: boolean | 'unknown';
  private wasClearedByAdd: boolean;

  constructor(
    reduceFunction: ReduceFunction<IN> | PerSubtask<ReduceFunction<IN>>,
    elementType: TypeInformation<IN>,
    operatorName: string,
  ) {
    super();
    this.addedFirst = false;
    this.wasClearedByAdd = false;
    const fn = cloneFunction<ReduceFunction<IN>>(reduceFunction);
    const reduce = typeof fn === 'function' ? fn : (a: IN, b: IN) => fn.reduce(a, b);
    // The state calls the function exactly when it holds a value already.
    const observed = (a: IN, b: IN): IN => {
      this.addedFirst = false;
      const reduced = synchronous(reduce(a, b), operatorName, 'reduce');
      this.wasClearedByAdd ||= isNull(reduced);
      return reduced;
    };
    this.descriptor = new ReducingStateDescriptor(WINDOW_CONTENTS, observed, elementType);
  }

  add(value: IN): void {
    this.wasClearedByAdd ||= isNull(value);
    this.addedFirst = this.wasClearedByAdd ? 'unknown' : true;
    this.state.add(value);
  }

  get(): IN | undefined {
    return this.state.get();
  }
}

/** An accumulator; `get` gives its result. */
export class AggregatingWindowContents<IN, ACC, OUT, W>
  extends StateWindowContents<IN, AggregatingState<IN, OUT>, W>
  implements WindowContents<IN, OUT, W>
{
  override readonly descriptor: StateDescriptor;
  addedFirst: boolean | 'unknown';
  private wasClearedByAdd: boolean;

  constructor(
    aggregateFunction:
      | AggregateFunction<IN, ACC, OUT>
      | PerSubtask<AggregateFunction<IN, ACC, OUT>>,
    accumulatorType: TypeInformation<ACC>,
    operatorName: string,
  ) {
    super();
    this.addedFirst = false;
    this.wasClearedByAdd = false;
    const fn = synchronousAggregate(
      cloneFunction<AggregateFunction<IN, ACC, OUT>>(aggregateFunction),
      operatorName,
    );
    // The state makes an accumulator exactly when it holds none.
    const observed: AggregateFunction<IN, ACC, OUT> = {
      createAccumulator: () => {
        this.addedFirst = this.wasClearedByAdd ? 'unknown' : true;
        return fn.createAccumulator();
      },
      add: (value, accumulator) => {
        const added = fn.add(value, accumulator);
        this.wasClearedByAdd ||= isNull(added);
        return added;
      },
      getResult: (accumulator) => fn.getResult(accumulator),
      ...(fn.merge === undefined ? {} : { merge: (a: ACC, b: ACC) => fn.merge!(a, b) }),
    };
    this.descriptor = new AggregatingStateDescriptor(WINDOW_CONTENTS, observed, accumulatorType);
  }

  add(value: IN): void {
    this.addedFirst = false;
    this.wasClearedByAdd ||= isNull(value);
    this.state.add(value);
  }

  get(): OUT | undefined {
    return this.state.get();
  }
}

function isNull(value: unknown): boolean {
  return value === undefined || value === null;
}
