/**
 * Says how records become the state of an operator.
 *
 * Records are taken one by one from an iterable, also an asynchronous one, and are not kept: what is
 * in memory is the state that is made of them, as far as its backend keeps it there.
 *
 * Flink: OperatorTransformation, OneInputStateTransformation, KeyedStateTransformation.
 */
import {
  checkMaxParallelism,
  type KeySelector,
  type TypeInformation,
  type Window,
  type WindowAssigner,
} from '@millrace/core';
import type {
  BroadcastStateBootstrapFunction,
  KeyedStateBootstrapFunction,
  StateBootstrapFunction,
} from './bootstrap-functions.ts';
import {
  BroadcastStateBootstrapOperator,
  KeyedStateBootstrapOperator,
  StateBootstrapOperator,
} from './bootstrap-operators.ts';
import {
  type BootstrapInput,
  type BootstrapKeys,
  StateBootstrapTransformation,
} from './state-bootstrap-transformation.ts';
import { WindowedStateTransformation } from './windowed-state-transformation.ts';

export interface BootstrapOptions<T> {
  /** Of the records; windows that keep them need it. */
  readonly type?: TypeInformation<T>;
  /** Event time of a record in milliseconds; windows of event time need it. */
  readonly timestamps?: (record: T) => number;
}

export const OperatorTransformation = {
  /** @param records - each savepoint that is written reads them once */
  bootstrapWith<T>(
    records: Iterable<T> | AsyncIterable<T>,
    options: BootstrapOptions<T> = {},
  ): OneInputStateTransformation<T> {
    return new OneInputStateTransformation({
      records,
      type: options.type,
      timestamps: options.timestamps,
      maxParallelism: undefined,
    });
  },
} as const;

export class OneInputStateTransformation<T> {
  private input: BootstrapInput<T>;

  constructor(input: BootstrapInput<T>) {
    this.input = input;
  }

  /**
   * Of this operator, in place of the savepoint's.
   *
   * @throws ConfigError `MAX_PARALLELISM_OUT_OF_RANGE`
   */
  setMaxParallelism(maxParallelism: number): this {
    checkMaxParallelism(maxParallelism);
    this.input = { ...this.input, maxParallelism };
    return this;
  }

  /** Fills list and union list state, or broadcast state. */
  transform(
    fn: StateBootstrapFunction<T> | BroadcastStateBootstrapFunction<T>,
  ): StateBootstrapTransformation<T> {
    return new StateBootstrapTransformation(this.input, undefined, (name) =>
      'initializeState' in fn
        ? new StateBootstrapOperator<T>({ name, fn })
        : new BroadcastStateBootstrapOperator<T>({ name, fn }),
    );
  }

  /** @param keyType - as in the job: the type decides the key group, and is in the savepoint */
  keyBy<K>(
    keySelector: KeySelector<T, K>,
    keyType: TypeInformation<K>,
  ): KeyedStateTransformation<K, T> {
    return new KeyedStateTransformation(this.input, { keySelector, keyType });
  }
}

export class KeyedStateTransformation<K, T> {
  private readonly input: BootstrapInput<T>;
  private readonly keys: BootstrapKeys<K, T>;

  constructor(input: BootstrapInput<T>, keys: BootstrapKeys<K, T>) {
    this.input = input;
    this.keys = keys;
  }

  transform(fn: KeyedStateBootstrapFunction<K, T>): StateBootstrapTransformation<T> {
    return new StateBootstrapTransformation(
      this.input,
      this.keys,
      (name) => new KeyedStateBootstrapOperator<K, T>({ name, fn, ...this.keys }),
    );
  }

  window<W extends Window>(assigner: WindowAssigner<T, W>): WindowedStateTransformation<K, T, W> {
    return new WindowedStateTransformation(this.input, this.keys, assigner);
  }
}
