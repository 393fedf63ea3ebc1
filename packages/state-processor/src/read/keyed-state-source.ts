/**
 * The keyed state of one operator of a snapshot, loaded into a backend slice by slice.
 *
 * Invariants:
 * - At most one slice of key groups is in a backend at a time.
 * - A state is read as the program declares it: what the snapshot holds is migrated, or the verdict
 *   says why it cannot be.
 *
 * Flink: KeyedStateInputFormat, KeyGroupRangeInputSplit.
 */
import type { Clock, KeyGroupRange, TypeInformation } from '@millrace/core';
import type { StreamOperatorContext } from '@millrace/runtime';
import {
  intersectKeyedState,
  type KeyedBackendHeader,
  type KeyedStateBackend,
  type KeyedStateHandle,
  keyedStateOf,
  type OperatorState,
  type StateBackend,
  withTimeToLive,
} from '@millrace/state';
import { keyGroupSlices } from './key-group-slices.ts';
import { readHeaderOfHandle } from './open-keyed-handle.ts';
import { type OpenedSavepoint, operatorOf, stateNotInSnapshot } from './open-savepoint.ts';
import type { OperatorIdentifier } from './operator-identifier.ts';
import { processorOperatorContext } from './processor-operator-context.ts';
import { typeOfSnapshot } from './snapshot-type.ts';

export interface KeyedSourceOptions {
  readonly stateBackend: StateBackend;
  readonly clock: Clock;
  /** Of state as it is stored that is loaded at once; one key group at least. */
  readonly sliceBytesMax: number;
}

/** One range of key groups that was loaded. */
export interface KeyedSlice<K> {
  readonly backend: KeyedStateBackend<K>;
  readonly context: StreamOperatorContext;
}

export class KeyedStateSource<K> {
  readonly id: OperatorIdentifier;
  readonly keyType: TypeInformation<K>;
  readonly headers: readonly KeyedBackendHeader[];
  private readonly savepoint: OpenedSavepoint;
  private readonly operator: OperatorState;
  private readonly handles: readonly KeyedStateHandle[];
  private readonly options: KeyedSourceOptions;

  private constructor(parts: {
    readonly id: OperatorIdentifier;
    readonly keyType: TypeInformation<K>;
    readonly headers: readonly KeyedBackendHeader[];
    readonly savepoint: OpenedSavepoint;
    readonly operator: OperatorState;
    readonly handles: readonly KeyedStateHandle[];
    readonly options: KeyedSourceOptions;
  }) {
    this.id = parts.id;
    this.keyType = parts.keyType;
    this.headers = parts.headers;
    this.savepoint = parts.savepoint;
    this.operator = parts.operator;
    this.handles = parts.handles;
    this.options = parts.options;
  }

  /**
   * @param keyType - that of the snapshot when it is left out
   * @throws CheckpointError `OPERATOR_NOT_IN_SNAPSHOT`, `STATE_NOT_IN_SNAPSHOT`, `SNAPSHOT_CORRUPT`
   */
  static async open<K>(
    savepoint: OpenedSavepoint,
    id: OperatorIdentifier,
    options: KeyedSourceOptions & { readonly keyType: TypeInformation<K> | undefined },
  ): Promise<KeyedStateSource<K>> {
    const operator = operatorOf(savepoint, id);
    const handles = [...operator.subtaskStates.values()].flatMap(
      (subtask) => keyedStateOf(subtask) ?? [],
    );
    const headers: KeyedBackendHeader[] = [];
    for (const handle of handles) {
      headers.push(
        await readHeaderOfHandle(handle, {
          openStateHandle: savepoint.openStateHandle,
          maxParallelism: operator.maxParallelism,
          keyType: options.keyType as TypeInformation<unknown> | undefined,
        }),
      );
    }
    const first = headers[0];
    if (first === undefined) {
      throw stateNotInSnapshot(savepoint, id, { what: 'keyed state', known: [] });
    }
    const keyType = options.keyType ?? typeOfSnapshot<K>(first.keySerializer);
    return new KeyedStateSource({ id, keyType, headers, savepoint, operator, handles, options });
  }

  /** Names of states, of timers too. */
  get stateNames(): ReadonlySet<string> {
    return new Set(this.headers.flatMap((header) => header.states.map((state) => state.name)));
  }

  /** @throws CheckpointError `STATE_NOT_IN_SNAPSHOT` when none of them is there */
  requireOneOf(names: readonly string[]): void {
    const known = this.stateNames;
    if (names.length > 0 && !names.some((name) => known.has(name))) {
      const what = `keyed state ${names.map((name) => `'${name}'`).join(' or ')}`;
      throw stateNotInSnapshot(this.savepoint, this.id, { what, known: [...known] });
    }
  }

  /** What `read` gives of each slice, batch by batch, one slice after the other. */
  async *slices<OUT>(
    read: (slice: KeyedSlice<K>) => AsyncIterable<readonly OUT[]>,
  ): AsyncGenerator<readonly OUT[], void, undefined> {
    const { maxParallelism } = this.operator;
    const ranges = keyGroupSlices(this.handles, maxParallelism, this.options.sliceBytesMax);
    for (const [subtask, range] of ranges.entries()) {
      const place = { subtask, parallelism: ranges.length };
      const backend = await this.load(range);
      try {
        yield* read({ backend, context: this.context(place) });
      } finally {
        await backend.dispose();
      }
    }
  }

  private async load(range: KeyGroupRange): Promise<KeyedStateBackend<K>> {
    const { stateBackend, clock } = this.options;
    const backend = await stateBackend.createKeyedStateBackend({
      operatorName: this.id.uid ?? this.id.operatorId,
      operatorUid: this.id.uid,
      keyType: this.keyType,
      numberOfKeyGroups: this.operator.maxParallelism,
      keyGroupRange: range,
      stateHandles: this.handles.flatMap((handle) => intersectKeyedState(handle, range) ?? []),
      openStateHandle: this.savepoint.openStateHandle,
      clock,
      snapshotSliceMs: 5,
    });
    return withTimeToLive(backend, { currentProcessingTime: () => clock.now() });
  }

  private context(place: { subtask: number; parallelism: number }): StreamOperatorContext {
    return processorOperatorContext({
      id: this.id,
      ...place,
      maxParallelism: this.operator.maxParallelism,
      clock: this.options.clock,
    });
  }
}
