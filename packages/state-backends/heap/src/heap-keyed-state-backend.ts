/**
 * Keyed state of one subtask as objects on the heap.
 *
 * Invariants:
 * - Taking a snapshot copies nothing; writes go on while it is written (see `HeapSnapshot`).
 * - State that the program has not declared since the restore is kept with the snapshot's own
 *   serializers and written on.
 *
 * Flink: HeapKeyedStateBackend. Design: docs/decisions/0003-heap-state-by-versions.md
 */
import {
  type Clock,
  ConfigError,
  type KeyGroupRange,
  ListSerializer,
  MapSerializer,
  type State,
  type StateDescriptor,
  TimerSerializer,
  type TypeInformation,
  type TypeSerializer,
  type TypeSerializerSnapshot,
  VOID_NAMESPACE,
} from '@millrace/core';
import {
  ANOTHER_UID,
  type CheckpointStreamFactory,
  describeOperator,
  type HeapTimer,
  type InternalKvState,
  type KeyedStateBackend,
  type KeyedStateBackendParameters,
  type KeyedStateSnapshot,
  type KeyGroupedInternalPriorityQueue,
  type ReportStateMismatch,
  resolveSerializer,
  type StateTtlCleanup,
  stateMismatch,
  throwStateMismatch,
  writeKeyedBackendHeader,
} from '@millrace/state';
import type { Epoch } from './cell.ts';
import { convertContents } from './contents-conversion.ts';
import { HeapAggregatingState } from './heap-aggregating-state.ts';
import { HeapCanonicalSnapshot } from './heap-canonical-snapshot.ts';
import { HeapListState } from './heap-list-state.ts';
import { HeapMapState } from './heap-map-state.ts';
import { HeapNativeSnapshot } from './heap-native-snapshot.ts';
import { HeapReducingState } from './heap-reducing-state.ts';
import type { HeapSnapshot } from './heap-snapshot.ts';
import { HeapTimerQueue } from './heap-timer-queue.ts';
import { HeapValueState } from './heap-value-state.ts';
import { KeyTable } from './key-table.ts';
import { isVoidNamespace, kindMeta, timerMeta } from './state-meta.ts';
import {
  NamespacedTable,
  type StateMeta,
  type StateTable,
  VoidNamespaceTable,
} from './state-table.ts';

/** A state that the program has declared. */
interface RegisteredState<K> {
  readonly kind: string;
  readonly typeNames: string;
  readonly state: InternalKvState<K, unknown>;
}

/** What the snapshot says of the serializers of one state. */
export type RestoredSerializers = ReadonlyMap<string, TypeSerializerSnapshot<unknown>>;

export class HeapKeyedStateBackend<K> implements KeyedStateBackend<K> {
  readonly keySerializer: TypeSerializer<K>;
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  readonly keys: KeyTable<K>;
  /** For messages. */
  private readonly operator: string;
  private readonly report: ReportStateMismatch;
  private readonly clock: Clock;
  private readonly sliceMs: number;
  private readonly epoch: Epoch;
  private readonly tables: Map<string, StateTable<K, unknown>>;
  private readonly timerQueues: Map<string, HeapTimerQueue<K, unknown>>;
  private readonly registered: Map<string, RegisteredState<K>>;
  private readonly registeredQueues: Map<string, string>;
  private readonly restored: Map<string, RestoredSerializers>;
  private readonly running: Map<HeapSnapshot<K>, number>;
  private slots: number;

  constructor(
    keySerializer: TypeSerializer<K>,
    parameters: Omit<KeyedStateBackendParameters<K>, 'stateHandles'>,
  ) {
    this.keySerializer = keySerializer;
    this.keyGroupRange = parameters.keyGroupRange;
    this.numberOfKeyGroups = parameters.numberOfKeyGroups;
    this.operator = describeOperator(parameters);
    this.report = parameters.reportMismatch ?? throwStateMismatch;
    this.clock = parameters.clock;
    this.sliceMs = parameters.snapshotSliceMs;
    this.keys = new KeyTable(
      keySerializer,
      this.keyGroupRange,
      this.numberOfKeyGroups,
      parameters.operatorName,
    );
    this.epoch = { current: 0 };
    this.tables = new Map();
    this.timerQueues = new Map();
    this.registered = new Map();
    this.registeredQueues = new Map();
    this.restored = new Map();
    this.running = new Map();
    this.slots = 0;
  }

  unsetCurrentKey(): void {
    this.keys.unsetCurrentKey();
  }

  setCurrentKey(key: K): void {
    this.keys.setCurrentKey(key);
  }

  get currentKey(): K {
    return this.keys.currentKey;
  }

  get numberOfEntries(): number {
    let count = 0;
    for (const table of this.tables.values()) {
      count += table.size;
    }
    return count;
  }

  getOrCreateKeyedState<N, S extends State>(
    namespaceType: TypeInformation<N>,
    descriptor: StateDescriptor,
    ttl?: StateTtlCleanup,
  ): S & InternalKvState<K, N> {
    const typeNames = `${describe(descriptor)} in ${namespaceType.name}`;
    const known = this.registered.get(descriptor.name);
    if (known !== undefined) {
      this.checkSame(descriptor, known, typeNames);
      return known.state as S & InternalKvState<K, N>;
    }
    if (this.timerQueues.has(descriptor.name)) {
      throw this.conflict(descriptor.name, 'timers', descriptor.kind);
    }
    const table = this.declare(namespaceType, descriptor);
    table.snapshotFilter = ttl === undefined ? undefined : () => ttl.filterOfFullSnapshot();
    const state = makeState(table, descriptor);
    this.registered.set(descriptor.name, { kind: descriptor.kind, typeNames, state });
    return state as unknown as S & InternalKvState<K, N>;
  }

  createTimerQueue<N>(
    stateName: string,
    namespaceType: TypeInformation<N>,
  ): KeyGroupedInternalPriorityQueue<HeapTimer<K, N>> {
    const known = this.registeredQueues.get(stateName);
    const queue = this.timerQueues.get(stateName);
    if (queue !== undefined && known === namespaceType.name) {
      return queue as unknown as HeapTimerQueue<K, N>;
    }
    if (known !== undefined) {
      throw this.conflict(stateName, `timers in ${known}`, `timers in ${namespaceType.name}`);
    }
    if (this.tables.has(stateName)) {
      throw this.conflict(stateName, 'keyed state', 'timers');
    }
    this.registeredQueues.set(stateName, namespaceType.name);
    const namespaceSerializer = namespaceType.createSerializer();
    const serializer = new TimerSerializer(this.keySerializer, namespaceSerializer);
    if (queue !== undefined) {
      const resolved = resolveSerializer(serializer as TypeSerializer<unknown>, {
        restored: this.restored.get(stateName)?.get('VALUE_SERIALIZER'),
        what: `timers '${stateName}' of ${this.operator}`,
        allowsMigration: false,
        wayOut: ANOTHER_UID,
        report: this.report,
      });
      if (resolved !== undefined) {
        queue.serializer = resolved as TypeSerializer<HeapTimer<K, unknown>>;
        return queue as unknown as HeapTimerQueue<K, N>;
      }
    }
    const created = new HeapTimerQueue<K, N>(
      stateName,
      serializer as TypeSerializer<HeapTimer<K, N>>,
      namespaceSerializer,
      this.keys,
    );
    this.timerQueues.set(stateName, created as unknown as HeapTimerQueue<K, unknown>);
    return created;
  }

  getKeys<N>(stateName: string, namespace: N): Iterable<K> {
    return this.tables.get(stateName)?.keysOf(namespace) ?? [];
  }

  getKeysAndNamespaces<N>(stateName: string): Iterable<readonly [key: K, namespace: N]> {
    const pairs = this.tables.get(stateName)?.keysAndNamespaces() ?? [];
    return pairs as readonly (readonly [key: K, namespace: unknown])[] as [K, N][];
  }

  clearCurrentKey(): void {
    for (const table of this.tables.values()) {
      table.removeKey();
    }
  }

  snapshot(checkpointId: number, streams: CheckpointStreamFactory): KeyedStateSnapshot {
    const tables = [...this.tables.values()];
    const timerQueues = [...this.timerQueues.values()];
    const Snapshot =
      streams.keyedStateFormat === 'canonical' ? HeapCanonicalSnapshot : HeapNativeSnapshot;
    const snapshot = new Snapshot<K>(
      {
        checkpointId,
        version: this.epoch.current,
        keySerializer: this.keySerializer,
        keyGroupRange: this.keyGroupRange,
        numberOfKeyGroups: this.numberOfKeyGroups,
        tables,
        timerQueues,
        clock: this.clock,
        sliceMs: this.sliceMs,
        writeHeader: (target) =>
          writeKeyedBackendHeader(target, {
            compressed: streams.snapshotCompression ?? false,
            keySerializer: this.keySerializer.snapshotConfiguration(),
            states: [
              ...tables.map((table) => kindMeta(table.meta)),
              ...timerQueues.map((queue) => timerMeta(queue)),
            ],
          }),
        onEnd: (ended) => this.running.delete(ended),
      },
      streams,
    );
    this.epoch.current++;
    this.running.set(snapshot, checkpointId);
    return snapshot;
  }

  notifyCheckpointComplete(): void {}

  notifyCheckpointAborted(checkpointId: number): void {
    for (const [snapshot, id] of [...this.running]) {
      if (id === checkpointId) {
        snapshot.cancel();
      }
    }
  }

  dispose(): void {
    for (const snapshot of [...this.running.keys()]) {
      snapshot.cancel();
    }
    this.tables.clear();
    this.timerQueues.clear();
    this.registered.clear();
    this.registeredQueues.clear();
    this.keys.clear();
  }

  /** For restoring: the table that takes what the snapshot holds under a name. */
  restoredTable(
    meta: StateMeta<unknown>,
    serializers: RestoredSerializers,
  ): StateTable<K, unknown> {
    let table = this.tables.get(meta.name);
    if (table === undefined) {
      table = this.addTable(meta);
      this.restored.set(meta.name, serializers);
    }
    return table;
  }

  /** For restoring: the queue that takes the timers of a name. */
  restoredTimerQueue(
    name: string,
    serializer: TimerSerializer<K, unknown>,
    serializers: RestoredSerializers,
  ): HeapTimerQueue<K, unknown> {
    let queue = this.timerQueues.get(name);
    if (queue === undefined) {
      queue = new HeapTimerQueue(name, serializer, serializer.namespaceSerializer, this.keys);
      this.timerQueues.set(name, queue);
      this.restored.set(name, serializers);
    }
    return queue;
  }

  private declare<N>(
    namespaceType: TypeInformation<N>,
    descriptor: StateDescriptor,
  ): StateTable<K, unknown> {
    const meta: StateMeta<unknown> = {
      name: descriptor.name,
      kind: descriptor.kind,
      namespaceSerializer: namespaceType.createSerializer() as TypeSerializer<unknown>,
      stateSerializer: stateSerializerOf(descriptor),
    };
    const table = this.tables.get(meta.name);
    return table === undefined ? this.addTable(meta) : this.adopt(table, meta);
  }

  /** Gives a restored table the program's serializers; an empty one if they do not fit. */
  private adopt(table: StateTable<K, unknown>, meta: StateMeta<unknown>): StateTable<K, unknown> {
    const what = `state '${meta.name}' of ${this.operator}`;
    const before = table.meta;
    if (before.kind !== meta.kind) {
      this.report(
        stateMismatch(
          `${what}: ${before.kind} state in the snapshot, ${meta.kind} state in the program; the ` +
            'kind of a state cannot change; give the new state another name',
        ),
      );
      return this.addTable(meta);
    }
    const old = this.restored.get(meta.name);
    const { report } = this;
    const namespaceSerializer = resolveSerializer(meta.namespaceSerializer, {
      restored: old?.get('NAMESPACE_SERIALIZER'),
      what: `the namespace of ${what}`,
      allowsMigration: false,
      report,
    });
    const stateSerializer = resolveSerializer(meta.stateSerializer, {
      restored: old?.get('VALUE_SERIALIZER'),
      what,
      allowsMigration: true,
      report,
    });
    if (namespaceSerializer === undefined || stateSerializer === undefined) {
      return this.addTable(meta);
    }
    table.meta = { ...meta, namespaceSerializer, stateSerializer };
    convertContents(table, before.stateSerializer);
    return table;
  }

  private addTable(meta: StateMeta<unknown>): StateTable<K, unknown> {
    const table = isVoidNamespace(meta.namespaceSerializer)
      ? new VoidNamespaceTable<K, unknown>(meta, this.keys, this.epoch, {
          slot: this.slots++,
          namespace: VOID_NAMESPACE,
        })
      : new NamespacedTable<K, unknown>(meta, this.keys, this.epoch);
    this.tables.set(meta.name, table);
    return table;
  }

  private checkSame(
    descriptor: StateDescriptor,
    known: RegisteredState<K>,
    typeNames: string,
  ): void {
    if (known.kind !== descriptor.kind || known.typeNames !== typeNames) {
      throw this.conflict(descriptor.name, known.typeNames, typeNames);
    }
  }

  private conflict(name: string, first: string, second: string): ConfigError {
    return new ConfigError(
      'STATE_NAME_CONFLICT',
      `${this.operator} declares '${name}' as ${first} and as ${second}; rename one`,
    );
  }
}

/** Kind and type names: two declarations of one state agree in this. */
function describe(descriptor: StateDescriptor): string {
  switch (descriptor.kind) {
    case 'list':
      return `list state of ${descriptor.elementType.name}`;
    case 'map':
      return `map state of ${descriptor.keyType.name} to ${descriptor.valueType.name}`;
    case 'aggregating':
      return `aggregating state of ${descriptor.accumulatorType.name}`;
    default:
      return `${descriptor.kind} state of ${descriptor.type.name}`;
  }
}

function stateSerializerOf(descriptor: StateDescriptor): TypeSerializer<unknown> {
  switch (descriptor.kind) {
    case 'list':
      return new ListSerializer(
        descriptor.elementType.createSerializer(),
      ) as TypeSerializer<unknown>;
    case 'map':
      return new MapSerializer(
        descriptor.keyType.createSerializer(),
        descriptor.valueType.createSerializer(),
      ) as TypeSerializer<unknown>;
    case 'aggregating':
      return descriptor.accumulatorType.createSerializer();
    default:
      return descriptor.type.createSerializer();
  }
}

function makeState<K>(
  table: StateTable<K, unknown>,
  descriptor: StateDescriptor,
): InternalKvState<K, unknown> {
  const serializer = table.meta.stateSerializer;
  switch (descriptor.kind) {
    case 'value':
      return new HeapValueState(table, serializer);
    case 'list':
      return new HeapListState(table, (serializer as ListSerializer<unknown>).elementSerializer);
    case 'map': {
      const map = serializer as unknown as MapSerializer<unknown, unknown>;
      return new HeapMapState(table, map.keySerializer, map.valueSerializer);
    }
    case 'reducing':
      return new HeapReducingState(table, serializer, descriptor.reduceFunction);
    case 'aggregating':
      return new HeapAggregatingState(table, serializer, descriptor.aggregateFunction);
  }
}
