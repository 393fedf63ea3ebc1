/**
 * One state of every kind beside a plain model of what it must hold.
 *
 * Invariant: `model()` is what `read()` gives, if the backend is right.
 */
import { type AppendingState, TimeWindow, VOID_NAMESPACE } from '@millrace/core';
import type { KeyedStateBackend } from '../backend/keyed-state-backend.ts';
import {
  AGGREGATING,
  aggregatingState,
  LIST,
  listState,
  MAP,
  mapState,
  NAMES,
  NO_NAMESPACE,
  type Numbers,
  named,
  REDUCING,
  reducingState,
  VALUE,
  valueState,
  windowed,
} from './conformance-types.ts';

const KEYS = Array.from({ length: 5 }, (_, i) => `k${i}`);
const USER_KEYS = ['x', 'y', 'z', 'w'];
/** Enough for a backend that writes long lists and maps in slices to do so. */
const LONG = Array.from({ length: 200 }, (_, i) => i);
const LONG_USER_KEYS = LONG.map((i) => `long ${i}`);
const WINDOWS_USED = [new TimeWindow(0, 10), new TimeWindow(0, 20), new TimeWindow(10, 20)];
const QUEUE = '_timer_state/event_user-timers';

/** Everything a backend holds, by a name for each place. */
export type Contents = Record<string, unknown>;

type Action = (random: number) => void;

export class ModelledState {
  readonly backend: KeyedStateBackend<string>;
  private readonly expected: Map<string, unknown> = new Map();
  private readonly actions: Action[];
  private readonly value;
  private readonly list;
  private readonly names;
  private readonly map;
  private readonly reducing;
  private readonly aggregating;
  private readonly windowReducing;
  private readonly windowList;
  private readonly timers;

  constructor(backend: KeyedStateBackend<string>) {
    this.backend = backend;
    this.value = valueState(backend, VALUE);
    this.list = listState(backend, LIST);
    this.names = listState(backend, NAMES);
    this.map = mapState(backend, MAP);
    this.reducing = reducingState(backend, REDUCING);
    this.aggregating = aggregatingState(backend, AGGREGATING);
    this.windowReducing = windowed<string, AppendingState<Numbers, Numbers>>(
      backend,
      named(REDUCING, 'window-reducing'),
    );
    this.windowList = windowed<string, AppendingState<Numbers, Iterable<Numbers>>>(
      backend,
      named(LIST, 'window-list'),
    );
    this.timers = backend.createTimerQueue(QUEUE, NO_NAMESPACE);
    this.actions = [
      ...this.valueActions(),
      ...this.listActions(),
      ...this.mapActions(),
      ...this.longActions(),
      ...this.foldActions(),
      ...this.windowActions(),
      ...this.timerActions(),
    ];
  }

  /** One change of one key, picked by a number: to the backend and to the model alike. */
  change(seed: number): void {
    const random = scramble(seed);
    this.backend.setCurrentKey(KEYS[random % KEYS.length] as string);
    const action = this.actions[Math.floor(random / 64) % this.actions.length] as Action;
    action(Math.floor(random / 4096));
  }

  model(): Contents {
    return Object.fromEntries(
      Array.from(this.expected, ([place, value]): [string, unknown] => [
        place,
        structuredClone(value),
      ]).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  /** What the backend says it holds. Reads only, but polls the timers: read last. */
  read(): Contents {
    const found = new Map<string, unknown>();
    const put = (place: string, value: unknown): void => {
      if (value !== undefined) {
        found.set(place, structuredClone(value));
      }
    };
    for (const key of KEYS) {
      this.backend.setCurrentKey(key);
      put(`value ${key}`, this.value.value());
      put(`list ${key}`, nonEmpty(this.list.get()));
      put(`names ${key}`, nonEmpty(this.names.get()));
      for (const [userKey, value] of this.map.entries()) {
        put(`map ${key} ${userKey}`, value);
      }
      put(`reducing ${key}`, this.reducing.get());
      put(`aggregating ${key}`, this.aggregating.get());
      for (const window of WINDOWS_USED) {
        this.windowReducing.setCurrentNamespace(window);
        this.windowList.setCurrentNamespace(window);
        put(`window-reducing ${key} ${window}`, this.windowReducing.get());
        put(`window-list ${key} ${window}`, nonEmpty(this.windowList.get()));
      }
    }
    for (let timer = this.timers.poll(); timer !== undefined; timer = this.timers.poll()) {
      put(`timer ${timer.key} ${timer.timestamp}`, true);
    }
    return Object.fromEntries(Array.from(found).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  private place(kind: string, ...more: unknown[]): string {
    return [kind, this.backend.currentKey, ...more].join(' ');
  }

  private valueActions(): Action[] {
    return [
      (n) => {
        this.value.update([n]);
        this.expected.set(this.place('value'), [n]);
      },
      (n) => {
        const value = this.value.value() ?? [];
        value.push(n);
        this.value.update(value);
        this.appendTo(this.place('value'), n);
      },
      () => {
        this.value.clear();
        this.expected.delete(this.place('value'));
      },
    ];
  }

  private listActions(): Action[] {
    return [
      (n) => {
        this.list.add([n]);
        this.appendTo(this.place('list'), [n]);
      },
      (n) => {
        this.names.add(`${n}`);
        this.appendTo(this.place('names'), `${n}`);
      },
      (n) => {
        this.names.update([`${n}`, 'u']);
        this.expected.set(this.place('names'), [`${n}`, 'u']);
      },
      (n) => {
        const lists = [...this.list.get()];
        for (const [index, list] of lists.entries()) {
          list.push(n);
          (this.expected.get(this.place('list')) as Numbers[])[index]?.push(n);
        }
        this.list.update(lists);
      },
      () => {
        this.list.clear();
        this.expected.delete(this.place('list'));
      },
    ];
  }

  private mapActions(): Action[] {
    const userKeyOf = (n: number): string => USER_KEYS[n % USER_KEYS.length] as string;
    return [
      (n) => {
        this.map.put(userKeyOf(n), [n]);
        this.expected.set(this.place('map', userKeyOf(n)), [n]);
      },
      (n) => {
        const value = this.map.get(userKeyOf(n)) ?? [];
        value.push(n);
        this.map.put(userKeyOf(n), value);
        this.appendTo(this.place('map', userKeyOf(n)), n);
      },
      (n) => {
        this.map.remove(userKeyOf(n));
        this.expected.delete(this.place('map', userKeyOf(n)));
      },
      () => {
        this.map.clear();
        for (const userKey of [...USER_KEYS, ...LONG_USER_KEYS]) {
          this.expected.delete(this.place('map', userKey));
        }
      },
    ];
  }

  private longActions(): Action[] {
    return [
      (n) => {
        this.list.addAll(LONG.map((i) => [n, i]));
        this.appendTo(this.place('list'), ...LONG.map((i) => [n, i]));
      },
      (n) => {
        this.names.addAll(LONG.map((i) => `${n} ${i}`));
        this.appendTo(this.place('names'), ...LONG.map((i) => `${n} ${i}`));
      },
      (n) => {
        this.map.putAll(LONG_USER_KEYS.map((userKey) => [userKey, [n]]));
        for (const userKey of LONG_USER_KEYS) {
          this.expected.set(this.place('map', userKey), [n]);
        }
      },
      (n) => {
        for (const [userKey, value] of [...this.map.entries()]) {
          value.push(n);
          this.map.put(userKey, value);
          this.appendTo(this.place('map', userKey), n);
        }
      },
      (n) => {
        for (const userKey of LONG_USER_KEYS.filter((_, i) => (i + n) % 3 === 0)) {
          this.map.remove(userKey);
          this.expected.delete(this.place('map', userKey));
        }
      },
    ];
  }

  private foldActions(): Action[] {
    return [
      (n) => {
        this.reducing.add([n]);
        this.appendTo(this.place('reducing'), n);
      },
      (n) => {
        this.aggregating.add(n);
        const place = this.place('aggregating');
        const before = this.expected.get(place);
        this.expected.set(place, before === undefined ? `${n}` : `${before} ${n}`);
      },
      () => {
        this.reducing.clear();
        this.aggregating.clear();
        this.expected.delete(this.place('reducing'));
        this.expected.delete(this.place('aggregating'));
      },
    ];
  }

  private windowActions(): Action[] {
    const windowOf = (n: number): TimeWindow => {
      const window = WINDOWS_USED[n % WINDOWS_USED.length] as TimeWindow;
      return new TimeWindow(window.start, window.end);
    };
    return [
      (n) => {
        this.windowReducing.setCurrentNamespace(windowOf(n));
        this.windowReducing.add([n]);
        this.appendTo(this.place('window-reducing', windowOf(n)), n);
      },
      (n) => {
        this.windowList.setCurrentNamespace(windowOf(n));
        this.windowList.add([n]);
        this.appendTo(this.place('window-list', windowOf(n)), [n]);
      },
      (n) => {
        this.windowReducing.setCurrentNamespace(windowOf(n));
        this.windowReducing.clear();
        this.expected.delete(this.place('window-reducing', windowOf(n)));
      },
      (n) => {
        const [target, source] = [windowOf(n), windowOf(n + 1)];
        this.windowReducing.mergeNamespaces(target, [source]);
        this.windowList.mergeNamespaces(target, [source]);
        for (const kind of ['window-reducing', 'window-list']) {
          this.moveTo(this.place(kind, target), this.place(kind, source));
        }
      },
    ];
  }

  private timerActions(): Action[] {
    const timerOf = (n: number) => ({
      timestamp: n % 5,
      key: this.backend.currentKey,
      namespace: VOID_NAMESPACE,
    });
    return [
      (n) => {
        this.timers.add(timerOf(n));
        this.expected.set(this.place('timer', timerOf(n).timestamp), true);
      },
      (n) => {
        this.timers.remove(timerOf(n));
        this.expected.delete(this.place('timer', timerOf(n).timestamp));
      },
      () => {
        const timer = this.timers.poll();
        this.expected.delete(`timer ${timer?.key} ${timer?.timestamp}`);
      },
    ];
  }

  private appendTo(place: string, ...items: unknown[]): void {
    this.expected.set(place, [...((this.expected.get(place) as unknown[]) ?? []), ...items]);
  }

  private moveTo(target: string, source: string): void {
    const moved = this.expected.get(source) as unknown[] | undefined;
    if (moved !== undefined) {
      this.expected.delete(source);
      const before = (this.expected.get(target) as unknown[]) ?? [];
      this.expected.set(target, [...before, ...moved]);
    }
  }
}

function nonEmpty<T>(items: Iterable<T>): T[] | undefined {
  const list = [...items];
  return list.length === 0 ? undefined : list;
}

/** Spreads neighbouring seeds over all actions; in `[0, 2^31)`. */
function scramble(seed: number): number {
  let h = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 1;
}
