/**
 * What one key had in a queryable state, behind the interface of its kind. Writing to it is refused.
 *
 * Flink: ImmutableValueState, ImmutableListState, ImmutableMapState, ImmutableReducingState,
 * ImmutableAggregatingState.
 */
import {
  ConfigError,
  keyIdentityOf,
  type ListState,
  type MapState,
  type State,
  type StateDescriptor,
  type TypeSerializer,
} from '@millrace/core';

/** @param contents - value, accumulator, elements, or entries by user key */
export function immutableState(descriptor: StateDescriptor, contents: unknown): State {
  switch (descriptor.kind) {
    case 'value':
      return { value: () => contents, update: refuse, clear: refuse } as State;
    case 'list':
      return listOf(contents as readonly unknown[]);
    case 'map':
      return mapOf(
        contents as readonly (readonly [unknown, unknown])[],
        descriptor.keyType.createSerializer(),
      );
    case 'reducing':
      return { get: () => contents, add: refuse, clear: refuse } as State;
    case 'aggregating': {
      const { aggregateFunction } = descriptor;
      return {
        get: () => aggregateFunction.getResult(contents),
        add: refuse,
        clear: refuse,
      } as State;
    }
  }
}

function listOf(elements: readonly unknown[]): ListState<unknown> {
  return {
    get: () => elements,
    add: refuse,
    addAll: refuse,
    update: refuse,
    clear: refuse,
  };
}

function mapOf(
  entries: readonly (readonly [unknown, unknown])[],
  keySerializer: TypeSerializer<unknown>,
): MapState<unknown, unknown> {
  const identityOf = keyIdentityOf(keySerializer);
  const byIdentity = new Map(entries.map((entry) => [identityOf(entry[0]), entry]));
  return {
    get: (key) => byIdentity.get(identityOf(key))?.[1],
    contains: (key) => byIdentity.has(identityOf(key)),
    isEmpty: () => byIdentity.size === 0,
    entries: () => Array.from(byIdentity.values(), ([key, value]) => [key, value]),
    keys: () => Array.from(byIdentity.values(), ([key]) => key),
    values: () => Array.from(byIdentity.values(), ([, value]) => value),
    put: refuse,
    putAll: refuse,
    remove: refuse,
    clear: refuse,
  };
}

function refuse(): never {
  throw new ConfigError(
    'UNSUPPORTED',
    'what a query gave is a copy, and writing to it would change nothing; the job alone writes its state',
  );
}
