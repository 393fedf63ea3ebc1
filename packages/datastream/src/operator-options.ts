/** What a stream is told when an operator is added to it. */
import type { KeySelector, TypeInformation } from '@millrace/core';
import type {
  BatchInputs,
  InputRequirement,
  OneInputStreamOperator,
  TwoInputStreamOperator,
} from '@millrace/runtime';

/** How the operators of a keyed stream find the key of a record. */
export interface KeyedInput<T, K> {
  readonly keySelector: KeySelector<T, K>;
  readonly keyType: TypeInformation<K>;
  /** For messages: where the program says so. */
  readonly keyedAt?: string | undefined;
}

/** Of two inputs, each with a call of its own. */
export function bothKeyedAt(
  first: KeyedInput<never, unknown>,
  second: KeyedInput<never, unknown>,
): string | undefined {
  const places = new Set([first.keyedAt, second.keyedAt].filter((place) => place !== undefined));
  return places.size === 0 ? undefined : [...places].join(' and ');
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
  /** True when a batch reads the second input before the first. */
  readonly broadcastSecond?: boolean;
  readonly createOperator: (name: string) => TwoInputStreamOperator<IN1, IN2, R>;
  /** `undefined` for `Types.GENERIC`, until `returns` says better. */
  readonly type?: TypeInformation<R> | undefined;
}

/** How a batch reads the inputs of an operator, which depends on whether it sorts those with keys. */
export type BatchInputsOf = (sortsInputs: boolean) => BatchInputs | undefined;

/** @param broadcastSecond - the second input is a broadcast, which is read before the first */
export function batchInputs(
  inputs: readonly (KeyedInput<never, unknown> | undefined)[],
  broadcastSecond = false,
): BatchInputsOf {
  return (sortsInputs) => {
    const keyType = inputs.find((input) => input !== undefined)?.keyType;
    const requirements = inputs.map((input, index): InputRequirement => {
      if (sortsInputs && input !== undefined) {
        const keySelector = input.keySelector as KeySelector<unknown, unknown>;
        return { kind: 'sorted', keySelector };
      }
      return { kind: broadcastSecond && index === 0 ? 'last' : 'pass-through' };
    });
    return requirements.every(({ kind }) => kind === 'pass-through')
      ? undefined
      : { requirements, keyType };
  };
}
