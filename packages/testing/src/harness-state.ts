/**
 * State as plain values, so that any assertion library compares it: a value, an array for a list, a
 * `Map` for a map, the result of reducing and aggregating.
 */
import {
  type AggregatingStateDescriptor,
  type ListStateDescriptor,
  type MapStateDescriptor,
  type ReducingStateDescriptor,
  type State,
  type StateDescriptor,
  Types,
  type ValueStateDescriptor,
  VOID_NAMESPACE,
} from '@millrace/core';
import type { KeyedStateBackend } from '@millrace/state';

/** What a state holds, as a plain value; `undefined` for a value that is not there. */
export type StateContents<D extends StateDescriptor> =
  D extends ValueStateDescriptor<infer T>
    ? T | undefined
    : D extends ListStateDescriptor<infer T>
      ? T[]
      : D extends MapStateDescriptor<infer UK, infer UV>
        ? Map<UK, UV>
        : D extends ReducingStateDescriptor<infer T>
          ? T | undefined
          : D extends AggregatingStateDescriptor<infer _IN, infer _ACC, infer OUT>
            ? OUT | undefined
            : never;

/** The contents of one state for each key that has some. The backend's current key changes. */
export function stateByKey<D extends StateDescriptor>(
  backend: KeyedStateBackend<unknown>,
  descriptor: D,
): Map<unknown, StateContents<D>> {
  const state = backend.getOrCreateKeyedState<typeof VOID_NAMESPACE, State>(
    Types.VOID_NAMESPACE,
    descriptor,
  );
  state.setCurrentNamespace(VOID_NAMESPACE);
  const contents = new Map<unknown, StateContents<D>>();
  for (const key of backend.getKeys(descriptor.name, VOID_NAMESPACE)) {
    backend.setCurrentKey(key);
    contents.set(key, contentsOf(descriptor, state) as StateContents<D>);
  }
  return contents;
}

/** A key without the state is not in `stateByKey`: this is what reading it gives. */
export function emptyContents<D extends StateDescriptor>(descriptor: D): StateContents<D> {
  switch (descriptor.kind) {
    case 'list':
      return [] as unknown as StateContents<D>;
    case 'map':
      return new Map() as StateContents<D>;
    default:
      return undefined as StateContents<D>;
  }
}

function contentsOf(descriptor: StateDescriptor, state: unknown): unknown {
  switch (descriptor.kind) {
    case 'value':
      return (state as { value(): unknown }).value();
    case 'list':
      return [...(state as { get(): Iterable<unknown> }).get()];
    case 'map':
      return new Map((state as { entries(): Iterable<[unknown, unknown]> }).entries());
    default:
      return (state as { get(): unknown }).get();
  }
}
