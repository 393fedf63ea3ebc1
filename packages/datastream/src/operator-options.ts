/** What a stream is told when an operator is added to it. */
import type { KeySelector, TypeInformation } from '@millrace/core';
import type {
  OneInputStreamOperator,
  SortedInputs,
  TwoInputStreamOperator,
} from '@millrace/runtime';

/** How the operators of a keyed stream find the key of a record. */
export interface KeyedInput<T, K> {
  readonly keySelector: KeySelector<T, K>;
  readonly keyType: TypeInformation<K>;
}

/** What the streams need to know to add an operator. */
export interface OneInputOperatorOptions<T, R> {
  readonly name: string;
  readonly createOperator: (name: string) => OneInputStreamOperator<T, R>;
  /** `undefined` for `Types.GENERIC`, until `returns` says better. */
  readonly type?: TypeInformation<R> | undefined;
  /** True for operators that give the records they take. */
  readonly keepsType?: R extends T ? boolean : false;
}

/** What connected streams need to know to add an operator. */
export interface TwoInputOperatorOptions<IN1, IN2, R> {
  readonly name: string;
  readonly createOperator: (name: string) => TwoInputStreamOperator<IN1, IN2, R>;
  /** `undefined` for `Types.GENERIC`, until `returns` says better. */
  readonly type?: TypeInformation<R> | undefined;
}

/** How a batch sorts the inputs of an operator: those with keys. */
export function sortedInputs(
  inputs: readonly (KeyedInput<never, unknown> | undefined)[],
): SortedInputs | undefined {
  const keyed = inputs.find((input) => input !== undefined);
  return keyed === undefined
    ? undefined
    : {
        keyType: keyed.keyType,
        keySelectors: inputs.map(
          (input) => input?.keySelector as KeySelector<unknown, unknown> | undefined,
        ),
      };
}
