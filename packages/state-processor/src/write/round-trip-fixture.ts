/** For tests: an operator with random state of every kind, put into backends and taken from them. */
import assert from 'node:assert/strict';
import {
  type AggregatingState,
  AggregatingStateDescriptor,
  keyGroupForKeyHash,
  keyGroupRangeForOperatorIndex,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  operatorIndexForKeyGroup,
  ReducingStateDescriptor,
  type State,
  type StateDescriptor,
  StateTtlConfig,
  SystemClock,
  TIME_WINDOW_SERIALIZER,
  TimeWindow,
  type TypeInformation,
  type TypeSerializer,
  Types,
  type ValueState,
  ValueStateDescriptor,
  VOID_NAMESPACE,
  VOID_NAMESPACE_SERIALIZER,
} from '@millrace/core';
import {
  createOperatorStateBackend,
  type HeapTimer,
  type InternalKvState,
  type KeyedStateBackend,
  type KeyGroupedInternalPriorityQueue,
  type OpenStateHandle,
  type OperatorStateBackend,
  type OperatorSubtaskRestore,
  withTimeToLive,
} from '@millrace/state';
import { HashMapStateBackend } from '@millrace/state-backend-heap';

export type Kind = 'value' | 'list' | 'map' | 'reducing' | 'aggregating' | 'timers';

export interface RandomState {
  readonly name: string;
  readonly kind: Kind;
  readonly type: TypeInformation<unknown>;
  readonly isWindowed: boolean;
  readonly hasTtl: boolean;
}

/** What is put into a state: for a list or a map one more element. */
export interface Put {
  readonly state: RandomState;
  readonly key: unknown;
  readonly window: number;
  readonly userKey: string;
  readonly value: unknown;
}

export interface Job {
  readonly keyType: TypeInformation<unknown>;
  readonly states: readonly RandomState[];
  readonly puts: readonly Put[];
  readonly split: readonly string[];
  readonly union: readonly number[];
  readonly broadcast: ReadonlyMap<string, number>;
}

export interface Layout {
  readonly parallelism: number;
  readonly maxParallelism: number;
}

/** By state, namespace and key, as text. */
export type Contents = Record<string, string>;

export interface Subtask {
  readonly keyed: KeyedStateBackend<unknown>;
  readonly operator: OperatorStateBackend;
}

const VOID = typeOf('VoidNamespace', VOID_NAMESPACE_SERIALIZER);
const WINDOWS = typeOf('TimeWindow', TIME_WINDOW_SERIALIZER);
const TTL = new StateTtlConfig({ timeToLive: 1000, disableCleanupInBackground: true });
const SPLIT = new ListStateDescriptor('split', Types.STRING);
const UNION = new ListStateDescriptor('union', Types.LONG);
const BROADCAST = new MapStateDescriptor('broadcast', Types.STRING, Types.LONG);
const NOW = 500;

function typeOf<T>(name: string, serializer: TypeSerializer<T>): TypeInformation<unknown> {
  return { name, isKeyType: false, createSerializer: () => serializer } as never;
}

/** The same for equal values, of whatever class and order. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (each instanceof Map) {
      return { map: [...each].map((entry) => textOf(entry)).sort() };
    }
    return each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each;
  });
}

/** What `job` comes to, computed by hand. */
export function expectedContents({ puts }: Job): Contents {
  const held = new Map<string, unknown>();
  for (const { state, key, window, userKey, value } of puts) {
    const namespace = namespaceOf(state, window);
    const isTimer = state.kind === 'timers';
    const place = placeOf(state, namespace, isTimer ? [key, window] : key);
    const before = held.get(place);
    if (state.kind === 'list') {
      held.set(place, [...((before as unknown[] | undefined) ?? []), value]);
    } else if (state.kind === 'map') {
      held.set(place, new Map(before as Map<unknown, unknown> | undefined).set(userKey, value));
    } else if (state.kind === 'aggregating') {
      held.set(place, `${(before as string | undefined) ?? ''}<${userKey}>`);
    } else {
      held.set(place, isTimer ? window : value);
    }
  }
  return Object.fromEntries([...held].map(([place, value]) => [place, textOf(value)]));
}

function placeOf({ name }: RandomState, namespace: unknown, key: unknown): string {
  return `${name} ${textOf(namespace)} ${textOf(key)}`;
}

function namespaceOf({ isWindowed }: RandomState, window: number): unknown {
  return isWindowed ? new TimeWindow(window, window + 10) : VOID_NAMESPACE;
}

/** Fills new subtasks. */
export async function startJob(job: Job, layout: Layout): Promise<Subtask[]> {
  const subtasks = await openSubtasks(job, layout);
  const keys = job.keyType.createSerializer();
  for (const put of job.puts) {
    const keyGroup = keyGroupForKeyHash(keys.hashCode(put.key), layout.maxParallelism);
    putInto(subtasks[operatorIndexForKeyGroup(keyGroup, layout)]!.keyed, put);
  }
  for (const [index, item] of job.split.entries()) {
    subtasks[index % subtasks.length]!.operator.getListState(SPLIT).add(item);
  }
  subtasks[0]!.operator.getUnionListState(UNION).update([...job.union]);
  for (const { operator } of subtasks) {
    for (const [name, value] of job.broadcast) {
      operator.getBroadcastState(BROADCAST).put(name, value);
    }
  }
  return subtasks;
}

export async function openSubtasks(
  job: Job,
  layout: Layout,
  restore?: {
    readonly subtasks: readonly OperatorSubtaskRestore[];
    readonly openStateHandle: OpenStateHandle;
  },
): Promise<Subtask[]> {
  const openStateHandle = restore?.openStateHandle ?? (() => Promise.reject(new Error('no file')));
  const subtasks: Subtask[] = [];
  for (let index = 0; index < layout.parallelism; index++) {
    const from = restore?.subtasks[index];
    const keyed = await new HashMapStateBackend().createKeyedStateBackend({
      operatorName: 'round trip',
      keyType: job.keyType,
      numberOfKeyGroups: layout.maxParallelism,
      keyGroupRange: keyGroupRangeForOperatorIndex(index, layout),
      stateHandles: from?.managedKeyedState ?? [],
      openStateHandle,
      clock: new SystemClock(),
      snapshotSliceMs: 5,
    });
    const operator = await createOperatorStateBackend({
      stateHandles: from?.managedOperatorState ?? [],
      openStateHandle,
    });
    subtasks.push({ keyed: withTimeToLive(keyed, { currentProcessingTime: () => NOW }), operator });
  }
  return subtasks;
}

/** As the functions of a program do that use a union list: one of them keeps it. */
export function keepUnionOnce(subtasks: readonly Subtask[]): void {
  for (const { operator } of subtasks.slice(1)) {
    operator.getUnionListState(UNION).clear();
  }
}

function putInto(keyed: KeyedStateBackend<unknown>, put: Put): void {
  const { state, key, window, userKey, value } = put;
  const namespace = namespaceOf(state, window);
  if (state.kind === 'timers') {
    queueOf(keyed, state).add({ timestamp: window, key, namespace });
    return;
  }
  keyed.setCurrentKey(key);
  const target = stateOf(keyed, state);
  target.setCurrentNamespace(namespace);
  switch (state.kind) {
    case 'value':
      (target as unknown as ValueState<unknown>).update(value);
      break;
    case 'map':
      (target as unknown as MapState<string, unknown>).put(userKey, value);
      break;
    case 'aggregating':
      (target as unknown as AggregatingState<string, string>).add(userKey);
      break;
    default:
      (target as unknown as ListState<unknown>).add(value);
  }
}

/** What the backends hold; their timers are gone then. */
export function contentsOf(subtasks: readonly Subtask[], job: Job): Contents {
  const found: Contents = {};
  const put = (place: string, value: unknown): void => {
    assert.ok(!(place in found), `${place} is in one subtask`);
    found[place] = textOf(value);
  };
  for (const { keyed } of subtasks) {
    for (const state of job.states) {
      if (state.kind === 'timers') {
        const queue = queueOf(keyed, state);
        for (let timer = queue.poll(); timer !== undefined; timer = queue.poll()) {
          const { timestamp, key, namespace } = timer;
          put(placeOf(state, namespace, [key, timestamp]), timestamp);
        }
        continue;
      }
      const from = stateOf(keyed, state);
      for (const [key, namespace] of keyed.getKeysAndNamespaces(state.name)) {
        keyed.setCurrentKey(key);
        from.setCurrentNamespace(namespace);
        put(placeOf(state, namespace, key), valueIn(state.kind, from));
      }
    }
  }
  return found;
}

function valueIn(kind: Kind, state: unknown): unknown {
  switch (kind) {
    case 'value':
      return (state as ValueState<unknown>).value();
    case 'list':
      return [...(state as ListState<unknown>).get()];
    case 'map':
      return new Map((state as MapState<string, unknown>).entries());
    default:
      return (state as AggregatingState<unknown, unknown>).get();
  }
}

/** What the subtasks have of operator state, lists sorted; each must have all of what is not split. */
export function operatorContents(
  subtasks: readonly Subtask[],
): Pick<Job, 'split' | 'union' | 'broadcast'> {
  const [first, ...others] = subtasks.map(({ operator }) => ({
    union: [...operator.getUnionListState(UNION).get()].sort(),
    broadcast: new Map(operator.getBroadcastState(BROADCAST).entries()),
  }));
  for (const other of others) {
    assert.deepEqual(other, first);
  }
  const split = subtasks.flatMap(({ operator }) => [...operator.getListState(SPLIT).get()]);
  return { ...first!, split: split.sort() };
}

function queueOf(
  keyed: KeyedStateBackend<unknown>,
  { name, isWindowed }: RandomState,
): KeyGroupedInternalPriorityQueue<HeapTimer<unknown, unknown>> {
  return keyed.createTimerQueue(name, isWindowed ? WINDOWS : VOID);
}

function stateOf(
  keyed: KeyedStateBackend<unknown>,
  state: RandomState,
): State & InternalKvState<unknown, unknown> {
  const descriptor = descriptorOf(state);
  if (state.hasTtl) {
    descriptor.enableTimeToLive(TTL);
  }
  return keyed.getOrCreateKeyedState(state.isWindowed ? WINDOWS : VOID, descriptor);
}

function descriptorOf({ name, kind, type }: RandomState): StateDescriptor {
  switch (kind) {
    case 'value':
      return new ValueStateDescriptor(name, type);
    case 'list':
      return new ListStateDescriptor(name, type);
    case 'map':
      return new MapStateDescriptor(name, Types.STRING, type);
    case 'reducing':
      return new ReducingStateDescriptor(name, (_: unknown, last: unknown) => last, type);
    default:
      return new AggregatingStateDescriptor<string, string, string>(
        name,
        {
          createAccumulator: () => '',
          add: (value, accumulator) => `${accumulator}<${value}>`,
          getResult: (accumulator) => accumulator,
        },
        Types.STRING,
      );
  }
}
