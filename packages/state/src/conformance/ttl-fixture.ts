/** A backend whose states may have a time to live, and a clock for it. */
import {
  type ListState,
  type MapState,
  type StateDescriptor,
  StateTtlConfig,
  type StateTtlOptions,
  Types,
} from '@millrace/core';
import type { KeyedStateBackend } from '../backend/keyed-state-backend.ts';
import { withTimeToLive } from '../ttl/ttl-keyed-state-backend.ts';
import {
  BackendFixture,
  type OpenOptions,
  type StateBackendConformanceOptions,
} from './backend-fixture.ts';
import {
  AGGREGATING,
  aggregatingState,
  COUNT,
  listState,
  MAP,
  mapState,
  NAMES,
  type Numbers,
  REDUCING,
  reducingState,
  timeToLive,
  valueState,
} from './conformance-types.ts';

export const TTL_MS: number = 100;
/** Nothing is removed but by reads and writes. */
export const NO_BACKGROUND: StateTtlOptions = {
  timeToLive: TTL_MS,
  disableCleanupInBackground: true,
};
export const RETURNING: StateTtlOptions = {
  ...NO_BACKGROUND,
  stateVisibility: 'ReturnExpiredIfNotCleanedUp',
};
export const ON_READ: StateTtlOptions = { ...NO_BACKGROUND, updateType: 'OnReadAndWrite' };

/** One state of every kind. */
export interface AllStates {
  readonly names: ListState<string>;
  readonly map: MapState<string, Numbers>;
  /** Adds to each. */
  write(name: string): void;
  /** What each gives. */
  read(): unknown[];
}

export function statesOf(state: KeyedStateBackend<string>, ttl: StateTtlOptions): AllStates {
  const count = valueState(state, withTtl(COUNT, ttl));
  const names = listState(state, withTtl(NAMES, ttl));
  const map = mapState(state, withTtl(MAP, ttl));
  const reducing = reducingState(state, withTtl(REDUCING, ttl));
  const aggregating = aggregatingState(state, withTtl(AGGREGATING, ttl));
  return {
    names,
    map,
    write: (name: string): void => {
      count.update(1);
      names.add(name);
      map.put(name, [1]);
      reducing.add([1]);
      aggregating.add(1);
    },
    read: (): unknown[] => [
      count.value(),
      [...names.get()],
      [...map.keys()],
      reducing.get(),
      aggregating.get(),
    ],
  };
}

export function withTtl<D extends StateDescriptor>(descriptor: D, options: StateTtlOptions): D {
  return timeToLive(descriptor, new StateTtlConfig(options));
}

export interface Opened {
  readonly fixture: BackendFixture;
  readonly state: KeyedStateBackend<string>;
  readonly time: { now: number };
}

/** A backend whose states may have a time to live, at key 'a' and time 0. */
export async function openAt(
  options: StateBackendConformanceOptions,
  fixture: BackendFixture = new BackendFixture(options),
  handles: OpenOptions['handles'] = [],
): Promise<Opened> {
  const time = { now: 0 };
  const backend = await fixture.open(Types.STRING, { handles });
  const state = withTimeToLive(backend, { currentProcessingTime: () => time.now });
  state.setCurrentKey('a');
  return { fixture, state, time };
}
