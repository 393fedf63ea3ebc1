import type { KeySelector, TypeInformation } from '@millrace/core';
import type { OneInputStreamOperator } from '@millrace/runtime';

export interface BootstrapInput<T> {
  readonly records: Iterable<T> | AsyncIterable<T>;
  readonly type: TypeInformation<T> | undefined;
  readonly timestamps: ((record: T) => number) | undefined;
  readonly maxParallelism: number | undefined;
}

/** By which records go to key groups. */
export interface BootstrapKeys<K, T> {
  readonly keySelector: KeySelector<T, K>;
  readonly keyType: TypeInformation<K>;
}

/** How the state of one operator is made: give it to a savepoint writer. Flink: StateBootstrapTransformation. */
export class StateBootstrapTransformation<T> {
  readonly input: BootstrapInput<T>;
  /** Without keys there is one subtask. */
  // biome-ignore lint/suspicious/noExplicitAny: keys of any type.
  readonly keys: BootstrapKeys<any, T> | undefined;
  /** One for each subtask. */
  readonly createOperator: (name: string) => OneInputStreamOperator<T, unknown>;

  constructor(
    input: BootstrapInput<T>,
    // biome-ignore lint/suspicious/noExplicitAny: keys of any type.
    keys: BootstrapKeys<any, T> | undefined,
    createOperator: (name: string) => OneInputStreamOperator<T, unknown>,
  ) {
    this.input = input;
    this.keys = keys;
    this.createOperator = createOperator;
  }
}
