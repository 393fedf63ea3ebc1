/**
 * Changes a snapshot without the program that took it: writes a new canonical savepoint, in which a few
 * entries, states or operators are otherwise.
 *
 * Invariants:
 * - The snapshot stays as it is; of a savepoint that failed nothing is left.
 * - All edits are checked before anything is written: their operators and states are there, their
 *   values are of the types that the snapshot names.
 * - State that no edit touches is copied as it is, or row by row.
 */
import { CheckpointError, ConfigError, type TypeInformation } from '@millrace/core';
import {
  CANONICAL_SAVEPOINT_PROPERTIES,
  INLINE_THRESHOLD_BYTES_DEFAULT,
  type KeyedBackendHeader,
  keyedStateOf,
  type OperatorState,
  type StateMetaInfoSnapshot,
} from '@millrace/state';
import { readHeaderOfHandle } from '../read/open-keyed-handle.ts';
import {
  type OpenedSavepoint,
  openSavepoint,
  operatorOf,
  stateNotInSnapshot,
} from '../read/open-savepoint.ts';
import type { OperatorIdentifier } from '../read/operator-identifier.ts';
import { readOperatorStateHead } from '../snapshot/keyed-state-head.ts';
import type { SavepointAccess } from '../snapshot/load-snapshot.ts';
import { type CarriedForm, carryOperator, renamed } from './carry-operator.ts';
import { copyStreams } from './copied-streams.ts';
import { KeyedStateEdits } from './keyed-state-edits.ts';
import { OperatorStateEdits } from './operator-state-edits.ts';
import { writeSavepoint } from './savepoint-form.ts';
import type { EditResult, SnapshotEdit } from './snapshot-edit.ts';

export interface EditOptions extends SavepointAccess {
  /** By operator id: for new keys whose hash the snapshot does not tell (POJOs), and see `convert`. */
  readonly keyTypes?: ReadonlyMap<string, TypeInformation<unknown>>;
}

export interface EditedSavepoint {
  /** As a URI. */
  readonly path: string;
  /** In the order of the edits. */
  readonly results: readonly Readonly<EditResult>[];
}

/**
 * @param snapshot - the folder of a savepoint or checkpoint, or its `_metadata`
 * @param target - a folder that is not there or is empty
 * @throws CheckpointError `OPERATOR_NOT_IN_SNAPSHOT`, `STATE_NOT_IN_SNAPSHOT`,
 *   `SERIALIZER_SNAPSHOT_UNKNOWN`, `KEY_TYPE_UNSUPPORTED`, and what reading and writing throw
 * @throws ConfigError `VALUE_NOT_SERIALIZABLE`, `DUPLICATE_UID`, `UNSUPPORTED`
 */
export async function edit(
  snapshot: string,
  target: string,
  edits: readonly SnapshotEdit[],
  options: EditOptions = {},
): Promise<EditedSavepoint> {
  const savepoint = await openSavepoint(snapshot, options);
  const plan = new EditPlan(savepoint, options);
  for (const each of edits) {
    await plan.add(each);
  }
  const operators = plan.operators();
  const form = {
    fileSystems: options.fileSystems,
    inlineThresholdBytes: INLINE_THRESHOLD_BYTES_DEFAULT,
  };
  return writeSavepoint(target, form, async (written) => {
    const operatorStates: OperatorState[] = [];
    const { openStateHandle, metadata } = savepoint;
    const carry = copyStreams(openStateHandle, written);
    for (const { state, as, changes } of operators) {
      const keyType = options.keyTypes?.get(state.operatorId);
      const carried = { openStateHandle, streams: written, carry, keyType, ...changes };
      operatorStates.push(as(await carryOperator(state, carried)));
    }
    plan.checkAllDone();
    await written.writeMetadata({
      ...metadata,
      operatorStates,
      properties: CANONICAL_SAVEPOINT_PROPERTIES,
    });
    return { path: written.directory, results: plan.results };
  });
}

interface EditedOperator {
  readonly state: OperatorState;
  readonly as: (state: OperatorState) => OperatorState;
  readonly changes: Pick<CarriedForm, 'keyedChanges' | 'operatorChanges'>;
}

/** What all edits come to, operator by operator. */
class EditPlan {
  readonly results: EditResult[] = [];
  private readonly savepoint: OpenedSavepoint;
  private readonly options: EditOptions;
  /** `undefined` of operators without keyed state. */
  private readonly keyed: Map<string, KeyedStateEdits | undefined> = new Map();
  private readonly operator: Map<string, OperatorStateEdits> = new Map();
  private readonly names: Map<string, OperatorIdentifier> = new Map();
  private readonly dropped: Set<string> = new Set();
  /** By operator id and name. */
  private readonly deletedStates: Set<string> = new Set();

  constructor(savepoint: OpenedSavepoint, options: EditOptions) {
    this.savepoint = savepoint;
    this.options = options;
  }

  async add(each: SnapshotEdit): Promise<void> {
    const state = operatorOf(this.savepoint, each.operator);
    const { operatorId } = state;
    this.checkThere(each, operatorId);
    const result = { edit: each, added: 0, replaced: 0, removed: 0 };
    this.results.push(result);
    switch (each.kind) {
      case 'rename-operator':
        this.names.set(operatorId, each.to);
        return;
      case 'drop-operator':
        this.dropped.add(operatorId);
        this.keyed.delete(operatorId);
        this.operator.delete(operatorId);
        result.removed++;
        return;
      case 'delete-state':
        this.deletedStates.add(`${operatorId} ${each.state}`);
    }
    const keyed = await this.keyedEdits(state);
    if (keyed?.stateNames.includes(each.state)) {
      if (each.kind === 'delete-state') {
        keyed.deleteState(each.state);
        result.removed++;
      } else {
        keyed.add(each, result);
      }
      return;
    }
    const metaInfo = await this.operatorStateOf(state, each.operator, {
      name: each.state,
      keyed: keyed?.stateNames ?? [],
    });
    const edits = this.operator.get(operatorId) ?? new OperatorStateEdits();
    this.operator.set(operatorId, edits);
    if (each.kind === 'delete-state') {
      edits.deleteState(each.state);
      result.removed++;
    } else {
      edits.add(each, metaInfo, result);
    }
  }

  /** What an edit is of must not be gone with one before it: it would be lost without a word. */
  private checkThere(each: SnapshotEdit, operatorId: string): void {
    if (this.dropped.has(operatorId)) {
      throw new CheckpointError(
        'OPERATOR_NOT_IN_SNAPSHOT',
        `an earlier edit drops operator ${each.operator}; leave out one of the two`,
      );
    }
    if ('state' in each && this.deletedStates.has(`${operatorId} ${each.state}`)) {
      throw new CheckpointError(
        'STATE_NOT_IN_SNAPSHOT',
        `an earlier edit deletes state '${each.state}' of operator ${each.operator}, with its ` +
          'declaration; to empty it and put entries, delete its entries',
      );
    }
  }

  /** @throws ConfigError `DUPLICATE_UID` when two operators would have one id */
  operators(): EditedOperator[] {
    const taken = new Set<string>();
    return this.savepoint.metadata.operatorStates
      .filter(({ operatorId }) => !this.dropped.has(operatorId))
      .map((state) => {
        const { operatorId } = state;
        const to = this.names.get(operatorId);
        const id = to?.operatorId ?? operatorId;
        if (taken.has(id)) {
          throw new ConfigError(
            'DUPLICATE_UID',
            `two operators would have the id ${to ?? id}; drop one of them`,
          );
        }
        taken.add(id);
        return {
          state,
          as: (carried) => (to === undefined ? carried : renamed(carried, to)),
          changes: {
            keyedChanges: this.keyed.get(operatorId)?.orNone,
            operatorChanges: this.operator.get(operatorId),
          },
        };
      });
  }

  checkAllDone(): void {
    for (const edits of this.keyed.values()) {
      edits?.checkAllDone();
    }
  }

  /** `undefined` of an operator without keyed state. */
  private async keyedEdits(state: OperatorState): Promise<KeyedStateEdits | undefined> {
    const { operatorId, maxParallelism } = state;
    if (this.keyed.has(operatorId)) {
      return this.keyed.get(operatorId);
    }
    const keyType = this.options.keyTypes?.get(operatorId);
    const headers: KeyedBackendHeader[] = [];
    for (const subtask of state.subtaskStates.values()) {
      const handle = keyedStateOf(subtask);
      if (handle !== undefined) {
        const { openStateHandle } = this.savepoint;
        headers.push(
          await readHeaderOfHandle(handle, { maxParallelism, openStateHandle, keyType }),
        );
      }
    }
    const operatorName = state.uid ?? operatorId;
    const edits =
      headers.length === 0
        ? undefined
        : new KeyedStateEdits({ operatorName, headers, maxParallelism, keyType });
    this.keyed.set(operatorId, edits);
    return edits;
  }

  private async operatorStateOf(
    state: OperatorState,
    id: OperatorIdentifier,
    wanted: { readonly name: string; readonly keyed: readonly string[] },
  ): Promise<StateMetaInfoSnapshot> {
    const known: string[] = [...wanted.keyed];
    for (const { managedOperatorState } of state.subtaskStates.values()) {
      if (managedOperatorState !== undefined) {
        const { openStateHandle } = this.savepoint;
        const { states, error } = await readOperatorStateHead(
          managedOperatorState,
          openStateHandle,
        );
        const found = states.find(({ name }) => name === wanted.name);
        if (found !== undefined) {
          return found;
        }
        if (error !== undefined) {
          throw error;
        }
        known.push(...states.map(({ name }) => name));
      }
    }
    throw stateNotInSnapshot(this.savepoint, id, {
      what: `state '${wanted.name}'`,
      known: [...new Set(known)],
    });
  }
}
