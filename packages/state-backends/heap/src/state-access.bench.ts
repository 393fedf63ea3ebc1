/** Each access of each kind of state, at 500,000 keys, against a hand-written loop over a Map. */
import {
  type AggregateFunction,
  type AggregatingState,
  AggregatingStateDescriptor,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  type ReducingState,
  ReducingStateDescriptor,
  type State,
  type StateDescriptor,
  StateTtlConfig,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import type { BenchSuite } from '@millrace/core/bench';
import { type KeyedStateBackend, withTimeToLive } from '@millrace/state';
import { openForBench, shuffledKeys } from './bench-fixture.ts';

interface Access {
  readonly title: string;
  readonly plain: (key: string, i: number) => number;
  /** After `setCurrentKey`. */
  readonly state: (i: number) => number;
}

const MAX: AggregateFunction<number, number, number> = {
  createAccumulator: () => 0,
  add: (value, accumulator) => Math.max(value, accumulator),
  getResult: (accumulator) => accumulator,
  merge: Math.max,
};

export async function bench(suite: BenchSuite): Promise<void> {
  const keys = shuffledKeys(suite.size(500_000, 500));
  for (const accesses of [valueAccesses, listAccesses, mapAccesses, foldAccesses]) {
    const backend = await openForBench(Types.STRING);
    for (const access of accesses(backend, keys)) {
      await compare(suite, access, { backend, keys });
    }
  }
  // With a time to live, as operators have it: cleanup in the background and without.
  for (const disableCleanupInBackground of [true, false]) {
    const time = { currentProcessingTime: () => Date.now() };
    const backend = withTimeToLive(await openForBench(Types.STRING), time);
    const ttl = new StateTtlConfig({ timeToLive: '1 h', disableCleanupInBackground });
    const kind = disableCleanupInBackground ? 'ttl without cleanup' : 'ttl';
    for (const accesses of [valueAccesses, mapAccesses]) {
      for (const access of accesses(backend, keys, ttl)) {
        await compare(suite, { ...access, title: `${kind}, ${access.title}` }, { backend, keys });
      }
    }
  }
}

async function compare(
  suite: BenchSuite,
  access: Access,
  over: { backend: KeyedStateBackend<string>; keys: readonly string[] },
): Promise<void> {
  const { backend, keys } = over;
  // Loops made anew for each access, so that none pays for what another one did to its call sites.
  const loops = new Function(
    'plain',
    'state',
    'backend',
    'keys',
    `return {
      plain() { let sum = 0; for (let i = 0; i < keys.length; i++) sum += plain(keys[i], i); return sum; },
      state() { let sum = 0; for (let i = 0; i < keys.length; i++) { backend.setCurrentKey(keys[i]); sum += state(i); } return sum; },
    }; //# sourceURL=${access.title.replaceAll(' ', '-')}`,
  )(access.plain, access.state, backend, keys) as { plain(): number; state(): number };
  await suite.compare(access.title, {
    baseline: 'Map',
    operations: keys.length,
    turns: 3,
    variants: { Map: { run: loops.plain }, state: { run: loops.state } },
  });
}

function valueAccesses(
  backend: KeyedStateBackend<string>,
  keys: readonly string[],
  ttl: StateTtlConfig = StateTtlConfig.DISABLED,
): readonly Access[] {
  const map = new Map(keys.map((key, i) => [key, i]));
  const state = open<ValueState<number>>(
    backend,
    new ValueStateDescriptor('v', Types.LONG).enableTimeToLive(ttl),
  );
  fill(backend, keys, (i) => state.update(i));
  return [
    {
      title: 'value get',
      plain: (key) => map.get(key) as number,
      state: () => state.value() as number,
    },
    {
      title: 'value update',
      plain: (key, i) => {
        map.set(key, i);
        return i;
      },
      state: (i) => {
        state.update(i);
        return i;
      },
    },
    {
      title: 'value get and update',
      plain: (key, i) => {
        const value = map.get(key) as number;
        map.set(key, i);
        return value;
      },
      state: (i) => {
        const value = state.value() as number;
        state.update(i);
        return value;
      },
    },
  ];
}

function listAccesses(
  backend: KeyedStateBackend<string>,
  keys: readonly string[],
): readonly Access[] {
  const map = new Map(keys.map((key, i) => [key, [i]]));
  const state = open<ListState<number>>(backend, new ListStateDescriptor('l', Types.LONG));
  fill(backend, keys, (i) => state.add(i));
  return [
    {
      title: 'list get',
      plain: (key) => (map.get(key) as number[])[0] as number,
      state: () => (state.get() as number[])[0] as number,
    },
    {
      title: 'list add',
      plain: (key, i) => {
        (map.get(key) as number[]).push(i);
        return i;
      },
      state: (i) => {
        state.add(i);
        return i;
      },
    },
    {
      title: 'list update',
      plain: (key, i) => {
        map.set(key, [i]);
        return i;
      },
      state: (i) => {
        state.update([i]);
        return i;
      },
    },
  ];
}

function mapAccesses(
  backend: KeyedStateBackend<string>,
  keys: readonly string[],
  ttl: StateTtlConfig = StateTtlConfig.DISABLED,
): readonly Access[] {
  const map = new Map(keys.map((key, i) => [key, new Map([['a', i]])]));
  const state = open<MapState<string, number>>(
    backend,
    new MapStateDescriptor('m', Types.STRING, Types.LONG).enableTimeToLive(ttl),
  );
  fill(backend, keys, (i) => state.put('a', i));
  return [
    {
      title: 'map get',
      plain: (key) => (map.get(key) as Map<string, number>).get('a') as number,
      state: () => state.get('a') as number,
    },
    {
      title: 'map put',
      plain: (key, i) => {
        (map.get(key) as Map<string, number>).set('a', i);
        return i;
      },
      state: (i) => {
        state.put('a', i);
        return i;
      },
    },
  ];
}

function foldAccesses(
  backend: KeyedStateBackend<string>,
  keys: readonly string[],
): readonly Access[] {
  const map = new Map(keys.map((key, i) => [key, i]));
  const reducing = open<ReducingState<number>>(
    backend,
    new ReducingStateDescriptor('r', (a: number, b: number) => Math.max(a, b), Types.LONG),
  );
  const aggregating = open<AggregatingState<number, number>>(
    backend,
    new AggregatingStateDescriptor('a', MAX, Types.LONG),
  );
  fill(backend, keys, (i) => reducing.add(i));
  fill(backend, keys, (i) => aggregating.add(i));
  const plainGet = (key: string): number => map.get(key) as number;
  const plainAdd = (key: string, i: number): number => {
    map.set(key, Math.max(map.get(key) as number, i));
    return i;
  };
  return [
    { title: 'reducing get', plain: plainGet, state: () => reducing.get() as number },
    {
      title: 'reducing add',
      plain: plainAdd,
      state: (i) => {
        reducing.add(i);
        return i;
      },
    },
    { title: 'aggregating get', plain: plainGet, state: () => aggregating.get() as number },
    {
      title: 'aggregating add',
      plain: plainAdd,
      state: (i) => {
        aggregating.add(i);
        return i;
      },
    },
  ];
}

function open<S extends State>(backend: KeyedStateBackend<string>, descriptor: StateDescriptor): S {
  return backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, descriptor);
}

function fill(
  backend: KeyedStateBackend<string>,
  keys: readonly string[],
  write: (i: number) => void,
): void {
  for (const [i, key] of keys.entries()) {
    backend.setCurrentKey(key);
    write(i);
  }
}
