/**
 * Operator state of one subtask, in memory.
 *
 * Invariants:
 * - `snapshot` copies everything, so that what `write` writes cannot change any more.
 * - A restored state that the program does not ask for is kept and written to later snapshots.
 *
 * Flink: DefaultOperatorStateBackend. Bytes: docs/formats/operator-state.md
 */
import {
  type BroadcastState,
  ConfigError,
  DataOutputView,
  type ListState,
  type ListStateDescriptor,
  type MapStateDescriptor,
  type StateDescriptor,
  type TypeSerializer,
  type TypeSerializerSnapshot,
} from '@millrace/core';
import {
  type BroadcastMapToWrite,
  type OperatorListToWrite,
  readOperatorBackendState,
  writeOperatorBackendState,
} from '../formats/operator-backend-state.ts';
import type { OperatorStateHandle } from '../snapshot/operator-state-handle.ts';
import type { OpenStateHandle } from '../snapshot/state-handle-reader.ts';
import type { CheckpointStreamFactory } from '../storage/checkpoint-storage.ts';
import { HeapBroadcastState } from './heap-broadcast-state.ts';
import type { OperatorStateBackend, OperatorStateSnapshot } from './operator-state-backend.ts';
import { type PartitionableListMode, PartitionableListState } from './partitionable-list-state.ts';
import { converter } from './serializer-conversion.ts';
import { needsMigration, resolveSerializer } from './serializer-verdict.ts';

export interface OperatorStateBackendParameters {
  /** For messages. */
  readonly operatorName?: string;
  /** What this subtask restores; several after a change of parallelism. */
  readonly stateHandles: readonly OperatorStateHandle[];
  readonly openStateHandle: OpenStateHandle;
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN` */
export async function createOperatorStateBackend(
  parameters: OperatorStateBackendParameters,
): Promise<OperatorStateBackend> {
  const backend = new DefaultOperatorStateBackend(parameters.operatorName ?? 'operator');
  for (const handle of parameters.stateHandles) {
    const restored = await readOperatorBackendState(handle, parameters.openStateHandle);
    for (const list of restored.lists) {
      backend.restoreList(list);
    }
    for (const broadcast of restored.broadcasts) {
      backend.restoreBroadcast(broadcast);
    }
  }
  return backend;
}

interface RestoredSnapshots {
  readonly key?: TypeSerializerSnapshot<unknown>;
  readonly value: TypeSerializerSnapshot<unknown>;
}

export class DefaultOperatorStateBackend implements OperatorStateBackend {
  private readonly operatorName: string;
  private readonly lists: Map<string, PartitionableListState<unknown>>;
  private readonly broadcasts: Map<string, HeapBroadcastState<unknown, unknown>>;
  private readonly restored: Map<string, RestoredSnapshots>;
  /** Names the program asked for, with the type names that it gave. */
  private readonly declared: Map<string, string>;

  constructor(operatorName: string) {
    this.operatorName = operatorName;
    this.lists = new Map();
    this.broadcasts = new Map();
    this.restored = new Map();
    this.declared = new Map();
  }

  get registeredStateNames(): ReadonlySet<string> {
    return new Set(this.lists.keys());
  }

  get registeredBroadcastStateNames(): ReadonlySet<string> {
    return new Set(this.broadcasts.keys());
  }

  getListState<T>(descriptor: ListStateDescriptor<T>): ListState<T> {
    return this.list(descriptor, 'split-distribute');
  }

  getUnionListState<T>(descriptor: ListStateDescriptor<T>): ListState<T> {
    return this.list(descriptor, 'union');
  }

  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V> {
    this.checkPlain(descriptor);
    const { name, keyType, valueType } = descriptor;
    const declaration = `broadcast state of ${keyType.name} to ${valueType.name}`;
    const known = this.broadcasts.get(name) as HeapBroadcastState<K, V> | undefined;
    if (this.declare(name, declaration) && known !== undefined) {
      return known;
    }
    if (this.lists.has(name)) {
      throw this.restoredConflict(name, 'list state', 'broadcast state');
    }
    const restored = this.restored.get(name);
    const keySerializer = resolveSerializer(keyType.createSerializer(), {
      restored: restored?.key,
      what: `the key of ${this.describe(name)}`,
      allowsMigration: true,
    });
    const valueSerializer = resolveSerializer(valueType.createSerializer(), {
      restored: restored?.value,
      what: `the value of ${this.describe(name)}`,
      allowsMigration: true,
    });
    const state = new HeapBroadcastState(name, keySerializer, valueSerializer);
    const convertKey = conversion(restored?.key, keySerializer);
    const convertValue = conversion(restored?.value, valueSerializer);
    for (const [key, value] of known?.entries() ?? []) {
      state.put(convertKey(key), convertValue(value));
    }
    this.broadcasts.set(name, state as unknown as HeapBroadcastState<unknown, unknown>);
    return state;
  }

  snapshot(_checkpointId: number, streams: CheckpointStreamFactory): OperatorStateSnapshot {
    const lists: OperatorListToWrite[] = Array.from(this.lists.values(), (list) => list.copy());
    const broadcasts: BroadcastMapToWrite[] = Array.from(this.broadcasts.values(), (map) =>
      map.copy(),
    );
    return { write: () => writeState({ lists, broadcasts }, streams) };
  }

  dispose(): void {
    this.lists.clear();
    this.broadcasts.clear();
    this.declared.clear();
    this.restored.clear();
  }

  /** Adds what one handle holds of a list. */
  restoreList(list: {
    readonly name: string;
    readonly mode: string;
    readonly elementSerializer: TypeSerializerSnapshot<unknown>;
    readonly items: readonly unknown[];
  }): void {
    let state = this.lists.get(list.name);
    if (state === undefined) {
      const mode = list.mode === 'union' ? 'union' : 'split-distribute';
      const serializer = list.elementSerializer.restoreSerializer();
      state = new PartitionableListState(list.name, mode, serializer);
      this.lists.set(list.name, state);
      this.restored.set(list.name, { value: list.elementSerializer });
    }
    state.addAll(list.items);
  }

  restoreBroadcast(map: {
    readonly name: string;
    readonly keySerializer: TypeSerializerSnapshot<unknown>;
    readonly valueSerializer: TypeSerializerSnapshot<unknown>;
    readonly entries: ReadonlyMap<unknown, unknown>;
  }): void {
    let state = this.broadcasts.get(map.name);
    if (state === undefined) {
      state = new HeapBroadcastState(
        map.name,
        map.keySerializer.restoreSerializer(),
        map.valueSerializer.restoreSerializer(),
      );
      this.broadcasts.set(map.name, state);
      this.restored.set(map.name, { key: map.keySerializer, value: map.valueSerializer });
    }
    state.putAll(map.entries);
  }

  private list<T>(descriptor: ListStateDescriptor<T>, mode: PartitionableListMode): ListState<T> {
    this.checkPlain(descriptor);
    const { name, elementType } = descriptor;
    const kind = mode === 'union' ? 'union list state' : 'list state';
    const known = this.lists.get(name) as PartitionableListState<T> | undefined;
    if (this.declare(name, `${kind} of ${elementType.name}`) && known !== undefined) {
      return known;
    }
    if (this.broadcasts.has(name)) {
      throw this.restoredConflict(name, 'broadcast state', kind);
    }
    if (known !== undefined && known.mode !== mode) {
      const before = known.mode === 'union' ? 'union list state' : 'list state';
      throw this.restoredConflict(name, before, kind);
    }
    const serializer: TypeSerializer<T> = resolveSerializer(elementType.createSerializer(), {
      restored: this.restored.get(name)?.value,
      what: this.describe(name),
      allowsMigration: true,
    });
    const state = new PartitionableListState(name, mode, serializer);
    const convert = conversion(this.restored.get(name)?.value, serializer);
    state.addAll(Array.from(known?.get() ?? [], convert));
    this.lists.set(name, state as unknown as PartitionableListState<unknown>);
    return state;
  }

  /** @throws ConfigError `UNSUPPORTED` for what keyed state alone can have */
  private checkPlain(descriptor: StateDescriptor): void {
    const { name, ttlConfig, isQueryable } = descriptor;
    if (ttlConfig.isEnabled || isQueryable) {
      const what = isQueryable ? 'queryable' : 'given a time to live';
      throw new ConfigError(
        'UNSUPPORTED',
        `${this.describe(name)} is ${what}, which only keyed state can be; use a descriptor without it`,
      );
    }
  }

  /** True when the program asked for the same state before. @throws ConfigError `STATE_NAME_CONFLICT` */
  private declare(name: string, declaration: string): boolean {
    const before = this.declared.get(name);
    if (before !== undefined && before !== declaration) {
      throw new ConfigError(
        'STATE_NAME_CONFLICT',
        `operator '${this.operatorName}' declares '${name}' as ${before} and as ${declaration}; rename one`,
      );
    }
    this.declared.set(name, declaration);
    return before !== undefined;
  }

  private restoredConflict(name: string, before: string, now: string): ConfigError {
    return new ConfigError(
      'STATE_INCOMPATIBLE',
      `${this.describe(name)} is ${before} in the snapshot and ${now} in the program; ` +
        'give the new state another name',
    );
  }

  private describe(name: string): string {
    return `operator state '${name}' of operator '${this.operatorName}'`;
  }
}

/** From restored values to the form that the program's serializer gives. */
function conversion<T>(
  restored: TypeSerializerSnapshot<unknown> | undefined,
  serializer: TypeSerializer<T>,
): (value: T) => T {
  return restored === undefined || needsMigration(serializer, restored)
    ? (value) => value
    : converter(restored.restoreSerializer() as TypeSerializer<T>, serializer);
}

async function writeState(
  state: {
    readonly lists: readonly OperatorListToWrite[];
    readonly broadcasts: readonly BroadcastMapToWrite[];
  },
  streams: CheckpointStreamFactory,
): Promise<OperatorStateHandle | undefined> {
  if (state.lists.length + state.broadcasts.length === 0) {
    return undefined;
  }
  const output = new DataOutputView();
  const stateNameToPartitionOffsets = writeOperatorBackendState(output, state);
  const stream = streams.createCheckpointStateOutputStream('exclusive');
  try {
    await stream.write(output.bytes());
    const delegate = await stream.closeAndGetHandle();
    return delegate === undefined ? undefined : { stateNameToPartitionOffsets, delegate };
  } catch (error) {
    await stream.abort();
    throw error;
  }
}
