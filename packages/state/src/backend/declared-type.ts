/**
 * A key, or what a state was given, that is not of the type that the program declared: told where the program gives
 * it, as the next checkpoint is far from there.
 *
 * Invariants:
 * - What passes is what the serializer of the type writes.
 * - A type that leaves a part open (`Types.GENERIC`) takes anything here: a job without checkpoints may keep on the
 *   heap what no serializer can write.
 */
import {
  BooleanSerializer,
  ConfigError,
  DataOutputView,
  DoubleSerializer,
  describeValue,
  errorCode,
  errorMessage,
  FloatSerializer,
  GenericSerializer,
  hasUndeclaredPart,
  IntSerializer,
  LongSerializer,
  StringSerializer,
  type TypeSerializer,
  typeDescription,
} from '@millrace/core';
import type { KeyedStateBackendParameters } from './keyed-state-backend.ts';
import { describeOperator } from './serializer-verdict.ts';
import type { StateMeta } from './state-meta.ts';

/** What errors tell of whose state it is. */
export type KeyedOperator = Pick<
  KeyedStateBackendParameters<unknown>,
  'operatorName' | 'operatorUid' | 'keyedAt'
>;

/** @throws ConfigError with what the serializer says, `VALUE_NOT_SERIALIZABLE` for the most part */
export function checkState(
  value: unknown,
  of: {
    /** Of `value`, which may be a part of what the state holds: one of them has to take it. */
    readonly serializers: readonly TypeSerializer<unknown>[];
    readonly operator: KeyedOperator;
    readonly state: StateMeta<unknown>;
    /** `undefined` where none is set. */
    readonly key: unknown;
  },
): void {
  const errors = of.serializers.map((serializer) => misfit(value, serializer));
  const error = errors.at(-1);
  if (!errors.includes(undefined)) {
    const { kind, name, stateSerializer } = of.state;
    const key = of.key === undefined ? '' : ` for the key ${describeValue(of.key)}`;
    throw notOfDeclaredType(
      `${kind} state '${name}' of ${describeOperator(of.operator)} is declared as ${typeDescription(stateSerializer.snapshotConfiguration())} and was given ${describeValue(value)}${key}`,
      error,
    );
  }
}

/** @throws ConfigError as `checkState` */
export function checkKey<K>(key: K, serializer: TypeSerializer<K>, operator: KeyedOperator): void {
  const error = misfit(key, serializer as TypeSerializer<unknown>);
  if (error !== undefined) {
    throw notAKey(key, { serializer, operator, error });
  }
}

/** What to throw when the serializer of keys refused one with `error`. */
export function notAKey<K>(
  key: K,
  of: {
    readonly serializer: TypeSerializer<K>;
    readonly operator: KeyedOperator;
    readonly error: unknown;
  },
): ConfigError {
  const { keyedAt } = of.operator;
  const place = keyedAt === undefined ? '' : ` at ${keyedAt}`;
  return notOfDeclaredType(
    `the key of ${describeOperator(of.operator)} is declared as ${typeDescription(of.serializer.snapshotConfiguration())}${place}, but its key selector gave ${describeValue(key)}`,
    of.error,
  );
}

/** Whether a value fits for sure, where that is a comparison; of most types nothing does. */
export function surelyFits(serializer: unknown): (value: unknown) => boolean {
  const test = TESTS.find(([type]) => serializer instanceof type);
  return test === undefined ? () => false : test[1];
}

const TESTS: readonly (readonly [
  type: new (...args: never[]) => object,
  fits: (value: unknown) => boolean,
])[] = [
  [StringSerializer, (value) => typeof value === 'string'],
  [LongSerializer, Number.isSafeInteger],
  [IntSerializer, (value) => typeof value === 'number' && (value | 0) === value],
  [DoubleSerializer, (value) => typeof value === 'number'],
  [FloatSerializer, (value) => typeof value === 'number'],
  [BooleanSerializer, (value) => typeof value === 'boolean'],
  [GenericSerializer, () => true],
];

function misfit(value: unknown, serializer: TypeSerializer<unknown>): unknown {
  if (surelyFits(serializer)(value)) {
    return undefined;
  }
  try {
    serializer.serialize(value, new DataOutputView());
    return undefined;
  } catch (error) {
    return hasUndeclaredPart(serializer) ? undefined : error;
  }
}

function notOfDeclaredType(what: string, error: unknown): ConfigError {
  const code = errorCode(error) ?? 'VALUE_NOT_SERIALIZABLE';
  return new ConfigError(code, `${what}: ${errorMessage(error)}`, { cause: error });
}
