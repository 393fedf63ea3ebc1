/**
 * Each access of each kind of state in RocksDB against a hand-written loop over a Map, as the bench of
 * the heap backend has it: with all keys in the cache, a tenth of them, the same memory shared with packed
 * rows, and none; uniform and Zipf(0.99).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  type ReducingState,
  ReducingStateDescriptor,
  type StateDescriptor,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import type { BenchSuite, BenchVariant } from '@millrace/core/bench';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { RocksDatabase } from '../database/rocks-database.ts';
import { States } from './states-fixture.ts';
import { PACKED_SHARE } from './value-cache.ts';

const OPTIONS =
  'merge_operator=stringappendtest;write_buffer_size=67108864;' +
  'block_based_table_factory={block_cache=268435456;filter_policy=bloomfilter:10:false}';
const ENTRY_BYTES = 364; // of a long with such a key, as the cache counts it; of a map it has two

interface Access {
  readonly title: string;
  readonly descriptor: StateDescriptor;
  readonly plain: (map: Map<string, number>, key: string, i: number) => number;
  /** Gives what `plain` gives. */
  readonly state: (state: never, i: number) => number;
}

const COUNT = new ValueStateDescriptor('count', Types.LONG);
const MAX = new ReducingStateDescriptor<number>('max', (a, b) => Math.max(a, b), Types.LONG);
const LIST = new ListStateDescriptor('list', Types.LONG);
const MAP = new MapStateDescriptor('map', Types.STRING, Types.LONG);

const ACCESSES: readonly Access[] = [
  {
    title: 'value get',
    descriptor: COUNT,
    plain: (map, key) => map.get(key)! & 1,
    state: (state: ValueState<number>) => state.value()! & 1,
  },
  {
    title: 'value get and update',
    descriptor: COUNT,
    plain: (map, key) => {
      const value = map.get(key)!;
      map.set(key, value ^ 2);
      return value & 1;
    },
    state: (state: ValueState<number>) => {
      const value = state.value()!;
      state.update(value ^ 2);
      return value & 1;
    },
  },
  {
    title: 'reducing add',
    descriptor: MAX,
    plain: (map, key, i) => {
      map.set(key, Math.max(map.get(key)!, i));
      return 1;
    },
    state: (state: ReducingState<number>, i) => {
      state.add(i);
      return 1;
    },
  },
  {
    title: 'list add',
    descriptor: LIST,
    plain: (map, key, i) => {
      map.set(key, i);
      return 1;
    },
    state: (state: ListState<number>, i) => {
      state.add(i);
      return 1;
    },
  },
  {
    title: 'map get and put',
    descriptor: MAP,
    plain: (map, key) => {
      const value = map.get(key)!;
      map.set(key, value ^ 2);
      return value & 1;
    },
    state: (state: MapState<string, number>) => {
      const value = state.get('a')!;
      state.put('a', value ^ 2);
      return value & 1;
    },
  },
];

export async function bench(suite: BenchSuite): Promise<void> {
  if (whyNoNativeAddon() !== undefined) {
    return;
  }
  const keys = Array.from({ length: suite.size(500_000, 500) }, (_, i) => `key-${i}`);
  const accesses = suite.size(200_000, 500);
  for (const [distribution, picks] of [
    ['uniform', uniform(keys.length, accesses)],
    ['zipf', zipf(keys.length, accesses)],
  ] as const) {
    for (const access of ACCESSES) {
      await compare(suite, access, { title: `${access.title}, ${distribution}`, keys, picks });
    }
  }
}

async function compare(
  suite: BenchSuite,
  access: Access,
  over: { readonly title: string; readonly keys: readonly string[]; readonly picks: Int32Array },
): Promise<void> {
  const { title, keys, picks } = over;
  const path = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const variants: Record<string, BenchVariant> = {};
  const databases: RocksDatabase[] = [];
  const map = new Map(keys.map((key, i) => [key, i]));
  variants.Map = { run: () => loopOver(map, keys, picks, access) };
  for (const [name, share, packedShare] of [
    ['all keys cached', 4, PACKED_SHARE],
    ['a tenth cached', 0.1, 0],
    ['a tenth cached, packed rows', 0.1, PACKED_SHARE],
    ['none cached', 0, 0],
  ] as const) {
    const database = await RocksDatabase.open(join(path, name), {
      dbOptions: 'create_if_missing=true',
      columnFamilies: [{ name: 'state', options: OPTIONS }],
      statistics: false,
    });
    databases.push(database);
    const states = new States(database, {
      capacityBytes: share * keys.length * (access.descriptor === MAP ? 2 : 1) * ENTRY_BYTES,
      batchBytes: 1 << 20,
      packedShare,
    });
    const state = states.create<never, unknown>(Types.VOID_NAMESPACE, access.descriptor);
    fill(states, state, access, keys);
    states.writeAll();
    await database.flush();
    variants[name] = { run: () => loopOverState(states, state, { keys, picks, access }) };
  }
  await suite.compare(title, { baseline: 'Map', operations: picks.length, turns: 3, variants });
  for (const database of databases) {
    await database.close();
  }
  await rm(path, { recursive: true });
}

function fill(
  states: States,
  state: ValueState<number> & MapState<string, number> & ReducingState<number>,
  { descriptor }: Access,
  keys: readonly string[],
): void {
  for (let i = 0; i < keys.length; i++) {
    states.setCurrentKey(keys[i]!);
    if (descriptor.kind === 'map') {
      state.put('a', i);
    } else if (descriptor.kind === 'value') {
      state.update(i);
    } else {
      state.add(i);
    }
  }
}

function loopOver(
  map: Map<string, number>,
  keys: readonly string[],
  picks: Int32Array,
  { plain }: Access,
): number {
  let sum = 0;
  for (let i = 0; i < picks.length; i++) {
    sum += plain(map, keys[picks[i]!]!, i);
  }
  return sum;
}

function loopOverState(
  states: States,
  state: never,
  over: { readonly keys: readonly string[]; readonly picks: Int32Array; readonly access: Access },
): number {
  const { keys, picks, access } = over;
  let sum = 0;
  for (let i = 0; i < picks.length; i++) {
    states.setCurrentKey(keys[picks[i]!]!);
    sum += access.state(state, i);
  }
  return sum;
}

function uniform(keys: number, count: number): Int32Array {
  const random = numbers();
  return new Int32Array(count).map(() => Math.floor(random() * keys));
}

/** Gray et al., Quickly generating billion-record synthetic databases. */
function zipf(keys: number, count: number): Int32Array {
  const theta = 0.99;
  const random = numbers();
  let zeta = 0;
  for (let i = 1; i <= keys; i++) {
    zeta += i ** -theta;
  }
  const eta = (1 - (2 / keys) ** (1 - theta)) / (1 - (1 + 0.5 ** theta) / zeta);
  return new Int32Array(count).map(() => {
    const u = random();
    if (u * zeta < 1) {
      return 0;
    }
    return u * zeta < 1 + 0.5 ** theta
      ? 1
      : Math.floor(keys * (eta * u - eta + 1) ** (1 / (1 - theta)));
  });
}

/** In `[0, 1)`, the same in each run. Numerical Recipes. */
function numbers(): () => number {
  let seed = 42;
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}
