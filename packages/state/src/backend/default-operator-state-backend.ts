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
  DataInputView,
  DataOutputView,
  type ListState,
  type ListStateDescriptor,
  type MapStateDescriptor,
  type StateDescriptor,
  type TypeSerializer,
  type TypeSerializerSnapshot,
  valueConversion,
} from '@millrace/core';
import {
  type BroadcastMapToWrite,
  type OperatorListToWrite,
  readOperatorBackendState,
  writeOperatorBackendState,
} from '../formats/operator-backend-state.ts';
import { stateNotWritten } from '../formats/state-not-written.ts';
import { type RowPage, RowPageWriter } from '../rows/row-page.ts';
import type { OperatorStateHandle } from '../snapshot/operator-state-handle.ts';
import type { OpenStateHandle } from '../snapshot/state-handle-reader.ts';
import type { CheckpointStreamFactory } from '../storage/checkpoint-storage.ts';
import { HeapBroadcastState } from './heap-broadcast-state.ts';
import type { OperatorStateBackend, OperatorStateSnapshot } from './operator-state-backend.ts';
import {
  type OperatorStatesDescription,
  OperatorStateView,
  operatorStateHeader,
  rowOfEntry,
} from './operator-state-view.ts';
import { type PartitionableListMode, PartitionableListState } from './partitionable-list-state.ts';
import {
  describeOperator,
  type ReportStateMismatch,
  resolveSerializer,
  stateMismatch,
  throwStateMismatch,
} from './serializer-verdict.ts';

export interface OperatorStateBackendParameters {
  /** For messages. */
  readonly operatorName?: string;
  readonly operatorUid?: string | undefined;
  /** Told of each state that does not fit what is restored; throws when it is left out. */
  readonly reportMismatch?: ReportStateMismatch;
  /** What this subtask restores; several after a change of parallelism. */
  readonly stateHandles: readonly OperatorStateHandle[];
  readonly openStateHandle: OpenStateHandle;
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN` */
export async function createOperatorStateBackend(
  parameters: OperatorStateBackendParameters,
): Promise<OperatorStateBackend> {
  const { operatorName = 'operator', operatorUid, reportMismatch } = parameters;
  const backend = new DefaultOperatorStateBackend(
    { operatorName, operatorUid },
    reportMismatch ?? throwStateMismatch,
  );
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
  /** For messages. */
  private readonly operator: string;
  private readonly report: ReportStateMismatch;
  private readonly lists: Map<string, PartitionableListState<unknown>>;
  private readonly broadcasts: Map<string, HeapBroadcastState<unknown, unknown>>;
  private readonly restored: Map<string, RestoredSnapshots>;
  /** Names the program asked for, with the type names that it gave. */
  private readonly declared: Map<string, string>;

  constructor(
    operator: { readonly operatorName: string; readonly operatorUid: string | undefined },
    report: ReportStateMismatch,
  ) {
    this.operator = describeOperator(operator);
    this.report = report;
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
    const declared = [keyType.createSerializer(), valueType.createSerializer()] as const;
    const [keySerializer, valueSerializer] = this.resolveBroadcast(name, declared);
    if (keySerializer === undefined || valueSerializer === undefined) {
      return new HeapBroadcastState(name, ...declared);
    }
    const state = new HeapBroadcastState(name, keySerializer, valueSerializer);
    const restored = this.restored.get(name);
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
    const compressed = streams.snapshotCompression;
    return { write: () => writeState({ lists, broadcasts, compressed }, streams) };
  }

  describe(): OperatorStatesDescription {
    const lists = [...this.lists.values()];
    const maps = [...this.broadcasts.values()];
    const metas = {
      lists: lists.map(({ meta }) => meta),
      broadcasts: maps.map(({ meta }) => meta),
    };
    return {
      header: operatorStateHeader(metas),
      states: [
        ...lists.map(({ name, mode, size }) => ({ name, mode, items: size })),
        ...maps.map(({ name, size }) => ({ name, mode: 'broadcast' as const, items: size })),
      ],
    };
  }

  openView(stateNames: readonly string[]): OperatorStateView {
    const lists = stateNames.flatMap((name) => copied(this.lists.get(name)) ?? []);
    const maps = stateNames.flatMap((name) => copied(this.broadcasts.get(name)) ?? []);
    return new OperatorStateView(lists, maps);
  }

  readBroadcastKey(stateName: string, bytes: Uint8Array): RowPage {
    const state = this.broadcasts.get(stateName);
    const key = state?.meta.keySerializer.deserialize(new DataInputView(bytes));
    return state?.contains(key) === true
      ? rowOfEntry(state.meta, key, state.get(key))
      : new RowPageWriter().finish();
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

  /** What to go on with; `undefined` for what does not fit. */
  private resolveBroadcast<K, V>(
    name: string,
    [keySerializer, valueSerializer]: readonly [TypeSerializer<K>, TypeSerializer<V>],
  ): readonly [TypeSerializer<K> | undefined, TypeSerializer<V> | undefined] {
    if (this.lists.has(name)) {
      this.reportConflict(name, 'list state', 'broadcast state');
      return [undefined, undefined];
    }
    const restored = this.restored.get(name);
    const { report } = this;
    const what = this.called(name);
    return [
      resolveSerializer(keySerializer, {
        restored: restored?.key,
        what: `the key of ${what}`,
        allowsMigration: true,
        report,
      }),
      resolveSerializer(valueSerializer, {
        restored: restored?.value,
        what: `the value of ${what}`,
        allowsMigration: true,
        report,
      }),
    ];
  }

  private list<T>(descriptor: ListStateDescriptor<T>, mode: PartitionableListMode): ListState<T> {
    this.checkPlain(descriptor);
    const { name, elementType } = descriptor;
    const known = this.lists.get(name) as PartitionableListState<T> | undefined;
    if (this.declare(name, `${kindName(mode)} of ${elementType.name}`) && known !== undefined) {
      return known;
    }
    const declared = elementType.createSerializer();
    const serializer = this.fitsMode(name, mode)
      ? resolveSerializer(declared, {
          restored: this.restored.get(name)?.value,
          what: this.called(name),
          allowsMigration: true,
          report: this.report,
        })
      : undefined;
    if (serializer === undefined) {
      return new PartitionableListState(name, mode, declared);
    }
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
        `${this.called(name)} is ${what}, which only keyed state can be; use a descriptor without it`,
      );
    }
  }

  /** False, and reported, when the snapshot has another kind of state under the name. */
  private fitsMode(name: string, mode: PartitionableListMode): boolean {
    const known = this.lists.get(name)?.mode;
    if (this.broadcasts.has(name)) {
      this.reportConflict(name, 'broadcast state', kindName(mode));
    } else if (known !== undefined && known !== mode) {
      this.reportConflict(name, kindName(known), kindName(mode));
    } else {
      return true;
    }
    return false;
  }

  /** True when the program asked for the same state before. @throws ConfigError `STATE_NAME_CONFLICT` */
  private declare(name: string, declaration: string): boolean {
    const before = this.declared.get(name);
    if (before !== undefined && before !== declaration) {
      throw new ConfigError(
        'STATE_NAME_CONFLICT',
        `${this.operator} declares '${name}' as ${before} and as ${declaration}; rename one`,
      );
    }
    this.declared.set(name, declaration);
    return before !== undefined;
  }

  private reportConflict(name: string, before: string, now: string): void {
    this.report(
      stateMismatch(
        `${this.called(name)}: ${before} in the snapshot, ${now} in the program; the kind of a ` +
          'state cannot change; give the new state another name',
      ),
    );
  }

  private called(name: string): string {
    return `operator state '${name}' of ${this.operator}`;
  }
}

/** @throws TaskError `VALUE_NOT_SERIALIZABLE` that names the state, where a value is not of its type */
function copied<C>(state: { readonly name: string; copy(): C } | undefined): C | undefined {
  try {
    return state?.copy();
  } catch (error) {
    throw stateNotWritten(`operator state '${state?.name}'`, error);
  }
}

function kindName(mode: PartitionableListMode): string {
  return mode === 'union' ? 'union list state' : 'list state';
}

/** From restored values to those that the program's serializer gives. */
function conversion<T>(
  restored: TypeSerializerSnapshot<unknown> | undefined,
  serializer: TypeSerializer<T>,
): (value: T) => T {
  return (
    (restored && valueConversion(restored, serializer.snapshotConfiguration())) ??
    ((value) => value)
  );
}

async function writeState(
  state: {
    readonly lists: readonly OperatorListToWrite[];
    readonly broadcasts: readonly BroadcastMapToWrite[];
    readonly compressed: boolean | undefined;
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
