/**
 * One program of operations on two state backends: after each both say the same, through snapshots of
 * every format, restores into the other backend and changes of parallelism.
 *
 * Timers of one subtask never have the same time: which of two comes first is a backend's own matter.
 */
import assert from 'node:assert/strict';
import {
  type AggregateFunction,
  type AggregatingState,
  AggregatingStateDescriptor,
  type AppendingState,
  type KeyGroupRange,
  keyGroupForKeyHash,
  keyGroupRangeForOperatorIndex,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  type ReducingState,
  ReducingStateDescriptor,
  type State,
  type StateDescriptor,
  SystemClock,
  TIME_WINDOW_SERIALIZER,
  TimeWindow,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
  VOID_NAMESPACE,
  VOID_NAMESPACE_SERIALIZER,
} from '@millrace/core';
import {
  type HeapTimer,
  type InternalKvState,
  type InternalMergingState,
  intersectKeyedState,
  type KeyedStateBackend,
  type KeyedStateHandle,
  type KeyGroupedInternalPriorityQueue,
  type StateBackend,
} from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';

const NUMBER_OF_KEY_GROUPS = 16;
export const KEYS: readonly string[] = ['', 'a', 'aa', 'b', 'ä', 'key', 'another key'];
const USER_KEYS = ['x', 'y', 'z', '', 'x,y'];
const WINDOWS = [new TimeWindow(0, 10), new TimeWindow(0, 20), new TimeWindow(10, 20)];
const LONG = Array.from({ length: 60 }, (_, i) => i);

const NO_NAMESPACE = typeOf('VoidNamespace', VOID_NAMESPACE_SERIALIZER);
const IN_WINDOWS = typeOf('TimeWindow', TIME_WINDOW_SERIALIZER);

const JOIN: AggregateFunction<number, string, string> = {
  createAccumulator: () => '',
  add: (value, accumulator) => `${accumulator} ${value}`,
  getResult: (accumulator) => accumulator,
  merge: (a, b) => a + b,
};

type Action = (n: number, key: number) => unknown;
type Windowed<S> = S & InternalKvState<string, TimeWindow> & InternalMergingState<TimeWindow>;

/** One subtask, on one backend. */
class Subtask {
  readonly backend: KeyedStateBackend<string>;
  private readonly value: ValueState<number>;
  private readonly list: ListState<string>;
  private readonly map: MapState<string, number>;
  private readonly reducing: ReducingState<number>;
  private readonly aggregating: AggregatingState<number, string>;
  private readonly windowList: Windowed<AppendingState<string, Iterable<string>>>;
  private readonly windowSum: Windowed<AppendingState<number, number>>;
  private readonly timers: KeyGroupedInternalPriorityQueue<HeapTimer<string, TimeWindow>>;
  private readonly actions: readonly Action[];

  constructor(backend: KeyedStateBackend<string>) {
    const state = <N, S extends State>(
      namespace: TypeInformation<N>,
      descriptor: StateDescriptor,
    ) => backend.getOrCreateKeyedState<N, S>(namespace, descriptor);
    const sum = (a: number, b: number): number => a + b;
    this.backend = backend;
    this.value = state(NO_NAMESPACE, new ValueStateDescriptor('value', Types.LONG));
    this.list = state(NO_NAMESPACE, new ListStateDescriptor('list', Types.STRING));
    this.map = state(NO_NAMESPACE, new MapStateDescriptor('map', Types.STRING, Types.LONG));
    this.reducing = state(NO_NAMESPACE, new ReducingStateDescriptor('reducing', sum, Types.LONG));
    this.aggregating = state(
      NO_NAMESPACE,
      new AggregatingStateDescriptor('aggregating', JOIN, Types.STRING),
    );
    this.windowList = state(
      IN_WINDOWS,
      new ListStateDescriptor('window list', Types.STRING),
    ) as typeof this.windowList;
    this.windowSum = state(
      IN_WINDOWS,
      new ReducingStateDescriptor('window sum', sum, Types.LONG),
    ) as typeof this.windowSum;
    this.timers = backend.createTimerQueue('_timer_state/event_timers', IN_WINDOWS);
    this.actions = [
      ...this.plainActions(),
      ...this.mapActions(),
      ...this.windowActions(),
      ...this.timerActions(),
    ];
  }

  /** What it gives is what the other backend must give. */
  act(action: number, key: number, n: number): unknown {
    this.backend.setCurrentKey(KEYS[key] as string);
    return this.actions[action % this.actions.length]!(n, key);
  }

  /** Everything, by plain reads; and the head of the timers, which are not taken. */
  read(): unknown {
    const { backend } = this;
    const keys = [...backend.getKeys('value', VOID_NAMESPACE)];
    const windows = [...backend.getKeysAndNamespaces<TimeWindow>('window list')];
    return {
      keys: keys.toSorted(),
      windows: windows.map(([key, window]) => `${key} ${window}`).toSorted(),
      size: backend.numberOfEntries,
      timers: this.timers.size,
      next: this.timers.peek()?.timestamp,
    };
  }

  readKey(key: number): unknown {
    this.backend.setCurrentKey(KEYS[key] as string);
    return [
      this.value.value(),
      [...this.list.get()],
      sortedEntries(this.map),
      this.reducing.get(),
      this.aggregating.get(),
      ...WINDOWS.map((window) => {
        this.windowList.setCurrentNamespace(window);
        this.windowSum.setCurrentNamespace(window);
        return [[...this.windowList.get()], this.windowSum.get()];
      }),
    ];
  }

  private plainActions(): Action[] {
    const { value, list, reducing, aggregating } = this;
    return [
      (n: number) => value.update(n),
      () => value.value(),
      (n: number) => value.update((value.value() ?? 0) + n),
      () => value.clear(),
      (n: number) => list.add(`${n}`),
      (n: number) => list.addAll(LONG.map((i) => `${n},${i}`)),
      () => [...list.get()],
      (n: number) => list.update([`${n}`, '', 'u']),
      () => list.clear(),
      () => list.update([...list.get()].filter((_, index) => index % 2 === 0)),
      (n: number) => reducing.add(n),
      () => reducing.get(),
      () => reducing.clear(),
      (n: number) => aggregating.add(n % 10),
      () => aggregating.get(),
      () => aggregating.clear(),
      () => this.backend.clearCurrentKey(),
    ];
  }

  private mapActions(): Action[] {
    const { map } = this;
    const userKey = (n: number): string => USER_KEYS[n % USER_KEYS.length] as string;
    return [
      (n: number) => map.put(userKey(n), n),
      (n: number) => map.put(userKey(n), (map.get(userKey(n)) ?? 0) + 1),
      (n: number) => map.get(userKey(n)),
      (n: number) => map.contains(userKey(n)),
      (n: number) => map.remove(userKey(n)),
      () => map.isEmpty(),
      () => sortedEntries(map),
      (n: number) => map.putAll(LONG.map((i) => [`long ${i}`, n])),
      (n: number) => {
        for (const key of [...map.keys()].filter((each) => each.length % 3 === n % 3)) {
          map.remove(key);
        }
      },
      () => [...map.values()].toSorted((a, b) => a - b),
      () => map.clear(),
    ];
  }

  private windowActions(): Action[] {
    const { windowList, windowSum } = this;
    const enter = (n: number): void => {
      const { start, end } = WINDOWS[n % WINDOWS.length] as TimeWindow;
      windowList.setCurrentNamespace(new TimeWindow(start, end));
      windowSum.setCurrentNamespace(new TimeWindow(start, end));
    };
    return [
      (n: number) => {
        enter(n);
        windowList.add(`${n}`);
        windowSum.add(n);
      },
      (n: number) => {
        enter(n);
        return [[...windowList.get()], windowSum.get()];
      },
      (n: number) => {
        enter(n);
        windowList.clear();
        windowSum.clear();
      },
      (n: number) => {
        const [target, source] = [WINDOWS[n % 3] as TimeWindow, WINDOWS[(n + 1) % 3] as TimeWindow];
        windowList.mergeNamespaces(target, [source]);
        windowSum.mergeNamespaces(target, [source]);
      },
    ];
  }

  private timerActions(): Action[] {
    const timerOf = (n: number, key: number): HeapTimer<string, TimeWindow> => {
      const window = n % WINDOWS.length;
      const timestamp = ((n % 7) - 2) * 1000 + key * WINDOWS.length + window;
      return { timestamp, key: KEYS[key] as string, namespace: WINDOWS[window] as TimeWindow };
    };
    return [
      (n: number, key: number) => this.timers.add(timerOf(n, key)),
      (n: number, key: number) => this.timers.add(timerOf(n, key)),
      (n: number, key: number) => this.timers.remove(timerOf(n, key)),
      () => describeTimer(this.timers.poll()),
      () => describeTimer(this.timers.peek()),
    ];
  }
}

export type SnapshotFormat = 'native' | 'canonical' | 'no-sharing';

interface TakenSnapshot {
  readonly checkpointId: number;
  /** By backend, of each subtask. */
  readonly handles: readonly Promise<(KeyedStateHandle | undefined)[]>[];
  /** What the state was. */
  readonly expected: unknown;
}

export class AgreeingBackends {
  private readonly backends: readonly StateBackend[];
  /** By backend. */
  private subtasks: Subtask[][] = [];
  private ranges: KeyGroupRange[] = [];
  private running: TakenSnapshot[] = [];
  private completed: TakenSnapshot | undefined;
  private checkpoints = 0;

  constructor(backends: readonly StateBackend[]) {
    this.backends = backends;
  }

  async open(parallelism: number, handles: readonly KeyedStateHandle[][] = []): Promise<void> {
    this.ranges = Array.from({ length: parallelism }, (_, index) =>
      keyGroupRangeForOperatorIndex(index, { parallelism, maxParallelism: NUMBER_OF_KEY_GROUPS }),
    );
    this.subtasks = [];
    for (const [side, backend] of this.backends.entries()) {
      const subtasks: Subtask[] = [];
      this.subtasks.push(subtasks);
      for (const keyGroupRange of this.ranges) {
        const opened = await backend.createKeyedStateBackend({
          operatorName: 'agreeing',
          keyType: Types.STRING,
          numberOfKeyGroups: NUMBER_OF_KEY_GROUPS,
          keyGroupRange,
          stateHandles: (handles[side] ?? []).flatMap(
            (handle) => intersectKeyedState(handle, keyGroupRange) ?? [],
          ),
          openStateHandle: new MemoryCheckpointStreams().openStateHandle,
          clock: new SystemClock(),
          snapshotSliceMs: 1,
        });
        subtasks.push(new Subtask(opened));
      }
    }
  }

  act(action: number, key: number, n: number): void {
    const subtask = this.subtaskOf(key);
    const [first, ...others] = this.subtasks.map((side) => side[subtask]!.act(action, key, n));
    for (const other of others) {
      assert.deepEqual(other, first);
    }
  }

  snapshot(format: SnapshotFormat, snapshotCompression: boolean): void {
    const checkpointId = ++this.checkpoints;
    const keyedStateFormat = format === 'canonical' ? 'canonical' : 'native';
    const expected = this.read();
    const handles = this.subtasks.map((side) =>
      Promise.all(
        side.map(({ backend }) => {
          const streams = new MemoryCheckpointStreams(keyedStateFormat, { snapshotCompression });
          const sharing =
            format === 'no-sharing' ? ({ sharingFilesStrategy: format } as const) : {};
          return backend.snapshot(checkpointId, Object.assign(streams, sharing)).write();
        }),
      ),
    );
    this.running.push({ checkpointId, handles, expected });
  }

  /** The oldest of the running ones is written, and completes or is given up. */
  async written(completes: boolean): Promise<void> {
    const oldest = this.running.shift();
    if (oldest === undefined) {
      return;
    }
    await Promise.all(oldest.handles);
    for (const { backend } of this.subtasks.flat()) {
      if (completes) {
        backend.notifyCheckpointComplete(oldest.checkpointId);
      } else {
        backend.notifyCheckpointAborted(oldest.checkpointId);
      }
    }
    if (completes) {
      this.completed = oldest;
    }
  }

  /** @param crossed - each backend restores what another wrote */
  async restore(parallelism: number, crossed: boolean): Promise<void> {
    while (this.running.length > 0) {
      await this.written(true);
    }
    if (this.completed === undefined) {
      return;
    }
    const { handles, expected } = this.completed;
    const all = (await Promise.all(handles)).map((side) =>
      side.filter((handle) => handle !== undefined),
    );
    await this.dispose();
    await this.open(parallelism, crossed ? all.toReversed() : all);
    assert.deepEqual(this.read(), expected);
  }

  /** Of each key; that the backends agree is asserted. */
  read(): unknown {
    const bySide = this.subtasks.map((side) =>
      KEYS.map((_, key) => side[this.subtaskOf(key)]!.readKey(key)),
    );
    for (const side of bySide) {
      assert.deepEqual(side, bySide[0]);
    }
    const overall = this.subtasks.map((side) => side.map((subtask) => subtask.read()));
    for (const side of overall) {
      assert.deepEqual(side, overall[0]);
    }
    return bySide[0];
  }

  async dispose(): Promise<void> {
    for (const { backend } of this.subtasks.flat()) {
      await backend.dispose();
    }
    this.subtasks = [];
  }

  private subtaskOf(key: number): number {
    const hash = Types.STRING.createSerializer().hashCode(KEYS[key] as string);
    const keyGroup = keyGroupForKeyHash(hash, NUMBER_OF_KEY_GROUPS);
    return this.ranges.findIndex((range) => range.contains(keyGroup));
  }
}

function typeOf<T>(
  name: string,
  serializer: ReturnType<TypeInformation<T>['createSerializer']>,
): TypeInformation<T> {
  return { name, isKeyType: false, createSerializer: () => serializer };
}

function sortedEntries(map: MapState<string, number>): [string, number][] {
  return [...map.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function describeTimer(timer: HeapTimer<string, TimeWindow> | undefined): string | undefined {
  return timer && `${timer.timestamp} ${timer.key} ${timer.namespace}`;
}
