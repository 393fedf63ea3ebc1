/**
 * Keyed state of one subtask in columns on the heap.
 *
 * Invariants:
 * - Taking a snapshot copies nothing; writes go on while it is written (see `HeapSnapshot`).
 * - State that the program has not declared since the restore is kept with the snapshot's own
 *   serializers and written on.
 *
 * Flink: HeapKeyedStateBackend. Design: docs/decisions/0003-heap-state-by-versions.md,
 * docs/decisions/0014-heap-state-in-columns.md
 */
import {
  type Clock,
  DataOutputView,
  type KeyGroupRange,
  type ListSerializer,
  type MapSerializer,
  type State,
  type StateDescriptor,
  TimerSerializer,
  type TypeInformation,
  type TypeSerializer,
  VOID_NAMESPACE,
} from '@millrace/core';
import {
  type CheckpointStreamFactory,
  type HeapTimer,
  HeapTimerQueue,
  type InternalKvState,
  isVoidNamespace,
  type KeyedStateBackend,
  type KeyedStateBackendParameters,
  type KeyedStateSnapshot,
  type KeyedStatesDescription,
  type KeyedStateView,
  type KeyGroupedInternalPriorityQueue,
  type KeyLookAhead,
  type KeyRows,
  kindMeta,
  type RowLimits,
  RowPageWriter,
  StateDeclarations,
  type StateMeta,
  type StateMetaInfoSnapshot,
  type StateTtlCleanup,
  timerMeta,
  writeKeyedBackendHeader,
} from '@millrace/state';
import { Epochs } from '@millrace/state/columns';
import { convertContents } from './contents-conversion.ts';
import { HeapAggregatingState } from './heap-aggregating-state.ts';
import { HeapCanonicalSnapshot } from './heap-canonical-snapshot.ts';
import { HeapKeys } from './heap-keys.ts';
import { HeapListState } from './heap-list-state.ts';
import { HeapMapState } from './heap-map-state.ts';
import { HeapNativeSnapshot } from './heap-native-snapshot.ts';
import { HeapReducingState } from './heap-reducing-state.ts';
import { HeapRows } from './heap-rows.ts';
import type { HeapSnapshot } from './heap-snapshot.ts';
import { HeapValueState } from './heap-value-state.ts';
import { HeapView, writeTimer } from './heap-view.ts';
import { NamespacedTable } from './namespaced-table.ts';
import { filterOfState } from './snapshot-filter.ts';
import type { StateTable } from './state-table.ts';
import { VoidNamespaceTable } from './void-namespace-table.ts';

export class HeapKeyedStateBackend<K> implements KeyedStateBackend<K> {
  readonly keySerializer: TypeSerializer<K>;
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  readonly keys: HeapKeys<K>;
  private readonly declarations: StateDeclarations;
  private readonly clock: Clock;
  private readonly sliceMs: number;
  private readonly epochs: Epochs;
  private readonly tables: Map<string, StateTable<K, unknown>>;
  private readonly timerQueues: Map<string, HeapTimerQueue<K, unknown>>;
  /** Those that the program has declared. */
  private readonly states: Map<string, InternalKvState<K, unknown>>;
  private readonly running: Map<HeapSnapshot<K>, number>;
  private readonly views: Set<HeapView<K>>;

  constructor(
    keySerializer: TypeSerializer<K>,
    parameters: Omit<KeyedStateBackendParameters<K>, 'stateHandles'>,
  ) {
    this.keySerializer = keySerializer;
    this.keyGroupRange = parameters.keyGroupRange;
    this.numberOfKeyGroups = parameters.numberOfKeyGroups;
    this.declarations = new StateDeclarations(parameters);
    this.clock = parameters.clock;
    this.sliceMs = parameters.snapshotSliceMs;
    this.epochs = new Epochs();
    this.keys = new HeapKeys(keySerializer, { ...parameters, epochs: this.epochs });
    this.tables = new Map();
    this.timerQueues = new Map();
    this.states = new Map();
    this.running = new Map();
    this.views = new Set();
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

  get lookAhead(): KeyLookAhead<K> {
    return this.keys.ahead;
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
    const type = namespaceType as TypeInformation<unknown>;
    const { name } = descriptor;
    if (!this.declarations.isDeclared(type, descriptor)) {
      const table = this.declare(type, descriptor);
      table.ttl = ttl;
      this.states.set(name, makeState(table, descriptor));
    }
    return this.states.get(name) as unknown as S & InternalKvState<K, N>;
  }

  createTimerQueue<N>(
    stateName: string,
    namespaceType: TypeInformation<N>,
  ): KeyGroupedInternalPriorityQueue<HeapTimer<K, N>> {
    const type = namespaceType as TypeInformation<unknown>;
    const queue = this.timerQueues.get(stateName);
    if (this.declarations.areTimersDeclared(stateName, type)) {
      return queue as unknown as HeapTimerQueue<K, N>;
    }
    const namespaceSerializer = namespaceType.createSerializer();
    const { serializer, isAdopted } = this.declarations.declareTimers(
      stateName,
      type,
      new TimerSerializer(this.keySerializer, namespaceSerializer) as TypeSerializer<
        HeapTimer<K, N>
      >,
    );
    if (isAdopted && queue !== undefined) {
      queue.serializer = serializer as TypeSerializer<unknown> as TypeSerializer<
        HeapTimer<K, unknown>
      >;
      return queue as unknown as HeapTimerQueue<K, N>;
    }
    const created = new HeapTimerQueue<K, N>(stateName, serializer, namespaceSerializer, this.keys);
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
    const version = this.epochs.current;
    const snapshot = new Snapshot<K>(
      {
        checkpointId,
        version,
        keySerializer: this.keySerializer,
        keyGroupRange: this.keyGroupRange,
        numberOfKeyGroups: this.numberOfKeyGroups,
        tables,
        timerQueues,
        clock: this.clock,
        sliceMs: this.sliceMs,
        writeHeader: (target) =>
          this.writeHeader(target, { compressed: streams.snapshotCompression ?? false }),
        onEnd: (ended) => {
          this.epochs.end(version);
          this.running.delete(ended);
        },
      },
      streams,
    );
    this.epochs.begin();
    this.running.set(snapshot, checkpointId);
    return snapshot;
  }

  describe(): KeyedStatesDescription {
    const header = new DataOutputView();
    this.writeHeader(header, { compressed: false });
    const ttlMs = Array.from(this.tables).flatMap(([name, { ttl }]) =>
      ttl === undefined ? [] : [[name, ttl.config.timeToLiveMs]],
    );
    return { header: header.copyBytes(), ttlMs: Object.fromEntries(ttlMs) };
  }

  openView(onFixed?: () => void): Promise<KeyedStateView> {
    const version = this.epochs.current;
    const view = new HeapView<K>({
      version,
      header: this.describe().header,
      keySerializer: this.keySerializer,
      keyGroupRange: this.keyGroupRange,
      numberOfKeyGroups: this.numberOfKeyGroups,
      tables: [...this.tables.values()],
      timerQueues: [...this.timerQueues.values()],
      onClose: (closed) => {
        this.epochs.end(version);
        this.views.delete(closed);
      },
    });
    this.epochs.begin();
    this.views.add(view);
    onFixed?.();
    return Promise.resolve(view);
  }

  async readKey(stateName: string, key: K, limits: RowLimits): Promise<KeyRows> {
    return this.readKeyNow(stateName, key, limits);
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
    for (const view of [...this.views]) {
      view.close();
    }
    this.tables.clear();
    this.timerQueues.clear();
    this.states.clear();
    this.keys.clear();
  }

  /** For restoring: what the snapshot says of a name. */
  addRestored(info: StateMetaInfoSnapshot): void {
    this.declarations.addRestored(info);
  }

  /** For restoring: the table that takes what the snapshot holds under a name. */
  restoredTable(meta: StateMeta<unknown>): StateTable<K, unknown> {
    return this.tables.get(meta.name) ?? this.addTable(meta);
  }

  /** For restoring: the queue that takes the timers of a name. */
  restoredTimerQueue(
    name: string,
    serializer: TimerSerializer<K, unknown>,
  ): HeapTimerQueue<K, unknown> {
    let queue = this.timerQueues.get(name);
    if (queue === undefined) {
      queue = new HeapTimerQueue(name, serializer, serializer.namespaceSerializer, this.keys);
      this.timerQueues.set(name, queue);
    }
    return queue;
  }

  private writeHeader(target: DataOutputView, options: { readonly compressed: boolean }): void {
    writeKeyedBackendHeader(target, {
      ...options,
      keySerializer: this.keySerializer.snapshotConfiguration(),
      states: [
        ...Array.from(this.tables.values(), (table) => kindMeta(table.meta)),
        ...Array.from(this.timerQueues.values(), (queue) => timerMeta(queue)),
      ],
    });
  }

  private readKeyNow(stateName: string, key: K, limits: RowLimits): KeyRows {
    const writer = new RowPageWriter();
    const { maxRows, maxBytes } = limits;
    const isFull = (): boolean =>
      writer.rows >= maxRows || writer.bytes >= maxBytes || limits.isOver();
    let truncated = false;
    const { keys, keySerializer, numberOfKeyGroups } = this;
    const keyGroup = keys.keyGroupOf(key);
    const groupIndex = keys.groupIndex(keyGroup);
    const table = this.tables.get(stateName);
    if (table !== undefined) {
      const version = Number.MAX_VALUE;
      const rows = new HeapRows({
        stateId: [...this.tables.keys()].indexOf(stateName),
        table: table as StateTable<unknown, unknown>,
        keySerializer: keySerializer as TypeSerializer<unknown>,
        numberOfKeyGroups,
        version,
        filter: filterOfState(table.meta.kind, version, table.ttl?.expiredNow()),
      });
      for (const row of table.rowsOf(key)) {
        truncated =
          (writer.rows > 0 && isFull()) ||
          rows.writeRow(writer, { row, keyGroup, from: 0, isFull }) >= 0;
        if (truncated) {
          break;
        }
      }
    }
    const queue = this.timerQueues.get(stateName);
    if (queue !== undefined) {
      const stateId = this.tables.size + [...this.timerQueues.keys()].indexOf(stateName);
      const serializer = queue.serializer as TypeSerializer<unknown>;
      const identity = keys.identity(key);
      const { timers } = queue;
      for (const row of timers.rowsOf(groupIndex)) {
        truncated = writer.rows > 0 && isFull();
        if (truncated) {
          break;
        }
        if (timers.keys.identities.is(row, identity)) {
          writeTimer(writer, { timer: timers.timerOf(row), keyGroup, stateId, serializer });
        }
      }
    }
    return { rows: writer.finish(), truncated };
  }

  /** Gives a restored table the program's serializers; an empty one if they do not fit. */
  private declare(
    namespaceType: TypeInformation<unknown>,
    descriptor: StateDescriptor,
  ): StateTable<K, unknown> {
    const { meta, adopted } = this.declarations.declare(namespaceType, descriptor);
    const table = adopted === undefined ? undefined : this.tables.get(meta.name);
    if (table === undefined) {
      return this.addTable(meta);
    }
    const before = table.meta;
    table.meta = meta;
    convertContents(table, before.stateSerializer);
    return table;
  }

  private addTable(meta: StateMeta<unknown>): StateTable<K, unknown> {
    const table = isVoidNamespace(meta.namespaceSerializer)
      ? new VoidNamespaceTable<K, unknown>(meta, this.keys, VOID_NAMESPACE)
      : new NamespacedTable<K, unknown>(meta, this.keys);
    this.tables.set(meta.name, table);
    return table;
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
