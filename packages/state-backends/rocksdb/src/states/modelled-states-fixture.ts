/**
 * For tests: a state of each kind beside a plain model of what it must hold.
 *
 * Invariant: `read()` is `model()`, if the states are right.
 */
import assert from 'node:assert/strict';
import {
  type AggregatingState,
  AggregatingStateDescriptor,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  type ReducingState,
  ReducingStateDescriptor,
  TimeWindow,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import { type InternalMergingState, visitEntries } from '@millrace/state';
import { type ReadAheadState, RowsAhead } from './state-look-ahead.ts';
import { JOINED, type States } from './states-fixture.ts';

type Numbers = number[];
export type Contents = Record<string, unknown>;

const LONG = 1500; // beyond the scratch bytes that a store begins with
const KEYS = Array.from({ length: 6 }, (_, i) => `k${i}`.padEnd(i === 3 ? LONG : 0, 'k'));
const NUMBERS = Types.LIST(Types.LONG);
const WINDOWS = [new TimeWindow(0, 10), new TimeWindow(0, 20), new TimeWindow(10, 20)];
const USER_KEYS = Array.from({ length: 7 }, (_, i) => `u${i}`.padEnd(i === 6 ? 2 * LONG : 0, 'u'));

export class ModelledStates {
  readonly states: States;
  private readonly expected: Map<string, unknown> = new Map();
  private readonly count;
  private readonly value;
  private readonly names;
  private readonly lists;
  private readonly map;
  private readonly windowMap;
  private readonly reducing;
  private readonly aggregating;
  private readonly windowReducing;
  private readonly windowList;
  private readonly actions: ((n: number) => void)[];
  private readonly largeRows: number;
  private key = '';

  /** @param largeRows - of a map that is too large to be kept whole */
  constructor(states: States, largeRows: number) {
    const none = Types.VOID_NAMESPACE;
    const window = Types.TIME_WINDOW;
    this.states = states;
    this.largeRows = largeRows;
    const reducing = new ReducingStateDescriptor(
      'reducing',
      (a: Numbers, b: Numbers) => this.reduce(a, b),
      NUMBERS,
    );
    const list = new ListStateDescriptor('list', NUMBERS);
    const map = new MapStateDescriptor('map', Types.STRING, NUMBERS);
    this.count = states.create<ValueState<number>, unknown>(
      none,
      new ValueStateDescriptor('count', Types.LONG),
    );
    this.value = states.create<ValueState<Numbers>, unknown>(
      none,
      new ValueStateDescriptor('value', NUMBERS),
    );
    this.names = states.create<ListState<string>, unknown>(
      none,
      new ListStateDescriptor('names', Types.STRING),
    );
    this.lists = states.create<ListState<Numbers>, unknown>(none, list);
    this.map = states.create<MapState<string, Numbers>, unknown>(none, map);
    this.windowMap = states.create<MapState<string, Numbers>, TimeWindow>(window, map);
    this.reducing = states.create<ReducingState<Numbers>, unknown>(none, reducing);
    this.aggregating = states.create<AggregatingState<number, string>, unknown>(
      none,
      new AggregatingStateDescriptor('aggregating', JOINED, NUMBERS),
    );
    this.windowReducing = states.create<
      ReducingState<Numbers> & InternalMergingState<TimeWindow>,
      TimeWindow
    >(window, reducing);
    this.windowList = states.create<
      ListState<Numbers> & InternalMergingState<TimeWindow>,
      TimeWindow
    >(window, list);
    this.actions = [
      ...this.valueActions(),
      ...this.listActions(),
      ...this.mapActions(this.map, 'map', () => ''),
      ...this.mapActions(this.windowMap, 'window-map', (n) => {
        this.windowMap.setCurrentNamespace(windowOf(n));
        return String(windowOf(n));
      }),
      ...this.foldActions(),
      ...this.windowActions(),
      ...this.failingActions(),
      () => this.readAhead(),
      (n) => this.findAhead(n),
    ];
  }

  /** One access of one key, picked by a number; what it reads is checked. */
  act(seed: number): void {
    const random = scramble(seed);
    this.key = KEYS[random % KEYS.length]!;
    this.states.setCurrentKey(this.key);
    this.actions[Math.floor(random / 64) % this.actions.length]!(Math.floor(random / 4096));
  }

  /** Changes what it is given, and now and then all memory goes and other states come. */
  private reduce(a: Numbers, b: Numbers): Numbers {
    if (b.at(-1)! % 4 === 0) {
      this.states.evictAll();
      this.check(this.place('count'), this.count.value());
      this.check(this.place('value'), this.value.value());
    }
    a.push(...b);
    return a;
  }

  model(): Contents {
    return sorted(structuredClone([...this.expected]));
  }

  /** The current key is another after it. */
  readAhead(): void {
    const rows = new RowsAhead<string>();
    for (const state of [this.count, this.value, this.reducing, this.aggregating]) {
      this.states.store.cache.makeRoom();
      (state as unknown as ReadAheadState<string>).readAhead(KEYS.toReversed(), rows);
      rows.clear();
    }
  }

  /** Keys that may be the next ones. */
  private findAhead(n: number): void {
    const places = Array.from({ length: 12 }, (_, i) => scramble(n + i) % KEYS.length);
    this.states.store.keys.ahead.readAhead(places.map((place) => KEYS[place]!));
  }

  read(): Contents {
    const found: [string, unknown][] = [];
    const put = (place: string, value: unknown): void => {
      if (value !== undefined && !(Array.isArray(value) && value.length === 0)) {
        found.push([place, value]);
      }
    };
    for (const key of KEYS) {
      this.states.setCurrentKey(key);
      put(`count ${key}`, this.count.value());
      put(`value ${key}`, this.value.value());
      put(`names ${key}`, [...this.names.get()]);
      put(`list ${key}`, [...this.lists.get()]);
      put(`reducing ${key}`, this.reducing.get());
      put(`aggregating ${key}`, this.aggregating.get());
      this.readMap(this.map, `map ${key} `, put);
      for (const window of WINDOWS) {
        this.windowReducing.setCurrentNamespace(window);
        this.windowList.setCurrentNamespace(window);
        this.windowMap.setCurrentNamespace(window);
        put(`window-reducing ${key} ${window}`, this.windowReducing.get());
        put(`window-list ${key} ${window}`, [...this.windowList.get()]);
        this.readMap(this.windowMap, `window-map ${key} ${window}`, put);
      }
    }
    return sorted(found);
  }

  private readMap(
    state: MapState<string, Numbers>,
    place: string,
    put: (place: string, value: unknown) => void,
  ): void {
    const entries = [...state.entries()];
    assert.equal(state.isEmpty(), entries.length === 0);
    if (entries.length > 0) {
      put(place, new Map(entries));
    }
  }

  private place(kind: string, namespace = ''): string {
    return `${kind} ${this.key}${namespace === '' && !kind.includes('map') ? '' : ` ${namespace}`}`;
  }

  private append(place: string, ...items: unknown[]): void {
    this.expected.set(place, [...((this.expected.get(place) as unknown[]) ?? []), ...items]);
  }

  private check(place: string, actual: unknown): void {
    assert.deepEqual(actual, this.expected.get(place));
  }

  private valueActions(): ((n: number) => void)[] {
    return [
      (n) => {
        this.check(this.place('count'), this.count.value());
        this.count.update(n);
        this.expected.set(this.place('count'), n);
      },
      (n) => {
        this.count.update(n);
        this.expected.set(this.place('count'), n);
      },
      () => {
        this.count.clear();
        this.expected.delete(this.place('count'));
      },
      (n) => {
        const value = this.value.value() ?? [];
        value.push(n);
        this.value.update(value);
        this.append(this.place('value'), n);
        value.push(-1); // Nobody's business any more.
      },
      () => this.value.value()?.push(-1), // Not written back.
      () => {
        this.value.update(null);
        this.expected.delete(this.place('value'));
      },
    ];
  }

  private listActions(): ((n: number) => void)[] {
    return [
      (n) => {
        this.names.add(`${n}`);
        this.append(this.place('names'), `${n}`);
      },
      (n) => {
        this.names.update([`${n}`, 'u']);
        this.expected.set(this.place('names'), [`${n}`, 'u']);
      },
      () => assert.deepEqual([...this.names.get()], this.expected.get(this.place('names')) ?? []),
      () => {
        this.names.clear();
        this.expected.delete(this.place('names'));
      },
      (n) => {
        const added = [n];
        this.lists.addAll([added, [n, n]]);
        added.push(-1);
        this.append(this.place('list'), [n], [n, n]);
      },
      () => {
        const lists = [...this.lists.get()];
        assert.deepEqual(lists, this.expected.get(this.place('list')) ?? []);
        for (const list of lists) {
          list.push(-1);
        }
      },
      () => {
        this.lists.update([]);
        this.expected.delete(this.place('list'));
      },
      (n) => {
        const many = Array.from({ length: 50 }, (_, i) => `${n} ${i}`);
        this.names.addAll(many);
        this.append(this.place('names'), ...many);
      },
    ];
  }

  private mapActions(
    state: MapState<string, Numbers>,
    kind: string,
    enter: (n: number) => string,
  ): ((n: number) => void)[] {
    const within = (
      n: number,
      act: (map: Map<string, Numbers | null>, userKey: string) => void,
    ) => {
      const place = this.place(kind, enter(n));
      const map = (this.expected.get(place) as Map<string, Numbers | null>) ?? new Map();
      act(map, USER_KEYS[Math.floor(n / 8) % USER_KEYS.length]!);
      if (map.size === 0) {
        this.expected.delete(place);
      } else {
        this.expected.set(place, map);
      }
    };
    return [
      (n) =>
        within(n, (map, userKey) => {
          state.put(userKey, [n]);
          map.set(userKey, [n]);
        }),
      (n) =>
        within(n, (map, userKey) => {
          const value = state.get(userKey) ?? [];
          assert.deepEqual(value, map.get(userKey) ?? []);
          value.push(n);
          state.put(userKey, value);
          map.set(userKey, [...value]);
          value.push(-1);
        }),
      (n) =>
        within(n, (map, userKey) => {
          state.put(userKey, null as never);
          map.set(userKey, null);
        }),
      (n) =>
        within(n, (map, userKey) => {
          state.remove(userKey);
          map.delete(userKey);
        }),
      (n) => within(n, (map, userKey) => assert.equal(state.contains(userKey), map.has(userKey))),
      (n) => within(n, (map) => assert.equal(state.isEmpty(), map.size === 0)),
      (n) => within(n, (map) => this.goThrough(state, map, n)),
      (n) =>
        within(n, (map) => {
          state.clear();
          map.clear();
        }),
      (n) =>
        within(n, (map) => {
          const rows = n % 3 === 0 ? this.largeRows : 30;
          for (let i = 0; i < rows; i++) {
            state.put(`l${i}`, [n]);
            map.set(`l${i}`, [n]);
          }
        }),
    ];
  }

  /** Each entry once and in order, while others and itself are changed and removed. */
  private goThrough(
    state: MapState<string, Numbers>,
    map: Map<string, Numbers | null>,
    n: number,
  ): void {
    const userKeys = [...map.keys()].sort(byBytes);
    const met: string[] = [];
    let i = 0;
    if (n % 5 < 2) {
      this.states.barrier.fix(() => {});
    }
    visitEntries(state, {
      visit: (userKey, value) => {
        assert.deepEqual(value, map.get(userKey));
        met.push(userKey);
        i++;
        if (i === 1 && n % 3 > 0) {
          this.states.barrier.complete();
          this.states.evictAll();
        }
        if (i % 5 === 1) {
          this.count.update(n + i);
          this.expected.set(this.place('count'), n + i);
        }
        if (i % 7 === n % 7) {
          state.remove(userKey);
          map.delete(userKey);
        } else if (i % 7 === 3) {
          state.put(userKey, [i]);
          map.set(userKey, [i]);
        }
        const later = userKeys[met.length + 3];
        if (later !== undefined && i % 11 === n % 11) {
          state.remove(later);
          map.delete(later);
          userKeys.splice(userKeys.indexOf(later), 1);
        } else if (later !== undefined && i % 13 === n % 13) {
          state.put(later, [-i]);
          map.set(later, [-i]);
        }
      },
    });
    assert.deepEqual(met, userKeys);
  }

  private foldActions(): ((n: number) => void)[] {
    return [
      (n) => {
        const added = [n];
        this.reducing.add(added);
        this.append(this.place('reducing'), n);
        added.push(-1);
      },
      () => {
        const value = this.reducing.get();
        this.check(this.place('reducing'), value);
        value?.push(-1);
      },
      (n) => {
        this.aggregating.add(n);
        const before = this.expected.get(this.place('aggregating'));
        this.expected.set(
          this.place('aggregating'),
          before === undefined ? `${n}` : `${before} ${n}`,
        );
      },
      () => {
        this.reducing.add(null as never);
        this.aggregating.clear();
        this.expected.delete(this.place('reducing'));
        this.expected.delete(this.place('aggregating'));
      },
    ];
  }

  private windowActions(): ((n: number) => void)[] {
    const reducingAt = (n: number) => this.place('window-reducing', String(windowOf(n)));
    const listAt = (n: number) => this.place('window-list', String(windowOf(n)));
    return [
      (n) => {
        this.windowReducing.setCurrentNamespace(windowOf(n));
        this.windowReducing.add([n]);
        this.append(reducingAt(n), n);
        this.windowList.setCurrentNamespace(windowOf(n));
        this.windowList.add([n]);
        this.append(listAt(n), [n]);
      },
      (n) => {
        this.windowReducing.setCurrentNamespace(windowOf(n));
        this.windowReducing.clear();
        this.expected.delete(reducingAt(n));
      },
      (n) => {
        this.windowList.setCurrentNamespace(windowOf(n));
        this.windowList.clear();
        this.expected.delete(listAt(n));
      },
      (n) => {
        this.windowReducing.mergeNamespaces(windowOf(n), [windowOf(n + 1)]);
        this.windowList.mergeNamespaces(windowOf(n), [windowOf(n + 1)]);
        this.move(reducingAt(n), reducingAt(n + 1));
        this.move(listAt(n), listAt(n + 1));
      },
    ];
  }

  /** What failed has changed nothing: what is read then and later is what was there. */
  private failingActions(): ((n: number) => void)[] {
    const { map, windowMap } = this;
    const userKeyOf = (n: number) => USER_KEYS[n % USER_KEYS.length]!;
    const fails = (write: () => void): void => assert.throws(write, /no copy/);
    return [
      () => fails(() => this.value.update(uncopyable())),
      () => fails(() => this.reducing.add(uncopyable())),
      () => fails(() => this.lists.add(uncopyable())),
      () => fails(() => this.lists.update([[1], uncopyable()])),
      (n) => fails(() => map.put(userKeyOf(n), uncopyable())),
      (n) => {
        windowMap.setCurrentNamespace(windowOf(n));
        fails(() => windowMap.put(userKeyOf(n), uncopyable()));
      },
    ];
  }

  private move(target: string, source: string): void {
    const moved = this.expected.get(source) as unknown[] | undefined;
    if (moved !== undefined) {
      this.expected.delete(source);
      this.append(target, ...moved);
    }
  }
}

function uncopyable(): Numbers {
  return Object.defineProperty([0], 0, {
    get() {
      throw new Error('no copy');
    },
  });
}

function windowOf(n: number): TimeWindow {
  const { start, end } = WINDOWS[n % WINDOWS.length]!;
  return new TimeWindow(start, end);
}

function sorted(places: readonly (readonly [string, unknown])[]): Contents {
  return Object.fromEntries(places.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Strings are written with their length first. */
function byBytes(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

/** Spreads neighbouring seeds over all actions; in `[0, 2^31)`. */
function scramble(seed: number): number {
  let h = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 1;
}
