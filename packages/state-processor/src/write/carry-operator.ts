/**
 * One operator of a snapshot as part of a new canonical savepoint.
 *
 * Invariants:
 * - Keyed state that is canonical and does not change is copied file by file; all else is written
 *   anew.
 * - State that only the job can read (raw state) is copied, and refused where it would have to change.
 */
import { ConfigError, type TypeInformation } from '@millrace/core';
import {
  type CheckpointStreamFactory,
  EMPTY_SUBTASK_STATE,
  holdsRawTimers,
  type KeyedStateHandle,
  keyedStateOf,
  type OpenStateHandle,
  type OperatorState,
  type OperatorStateHandle,
  type OperatorSubtaskState,
} from '@millrace/state';
import type { RowChanges } from './changing-writer.ts';
import {
  type CarryStream,
  carryKeyedState,
  carryOperatorState,
  refuseRecordsInFlight,
} from './copied-streams.ts';
import { rewriteKeyedState } from './rewrite-keyed-state.ts';
import {
  dealOutOperatorState,
  type OperatorStateChanges,
  rewriteOperatorState,
} from './rewrite-operator-state.ts';

export interface CarriedForm {
  readonly openStateHandle: OpenStateHandle;
  readonly streams: CheckpointStreamFactory;
  readonly carry: CarryStream;
  /** Those of the snapshot when they are left out. */
  readonly parallelism?: number | undefined;
  readonly maxParallelism?: number | undefined;
  /** As it is when it is left out. */
  readonly compressed?: boolean | undefined;
  readonly keyType?: TypeInformation<unknown> | undefined;
  readonly keyedChanges?: RowChanges | undefined;
  readonly operatorChanges?: OperatorStateChanges | undefined;
  readonly temporaryFolder?: string | undefined;
}

export async function carryOperator(
  given: OperatorState,
  form: CarriedForm,
): Promise<OperatorState> {
  refuseRecordsInFlight(given);
  const operator = await withTimersAmongKeyedState(given, form.openStateHandle);
  const maxParallelism = form.maxParallelism ?? operator.maxParallelism;
  const parallelism = Math.min(form.parallelism ?? operator.parallelism, maxParallelism);
  const isSpread = parallelism !== operator.parallelism;
  if (isSpread || maxParallelism !== operator.maxParallelism) {
    refuseRawState(operator);
  }
  const coordinatorState = operator.coordinatorState;
  if (operator.fullyFinished) {
    return { ...operator, parallelism, maxParallelism };
  }
  const keyed = await keyedState(operator, { ...form, parallelism, maxParallelism });
  const old = Array.from({ length: operator.parallelism }, (_, i) => operator.subtaskStates.get(i));
  const handles = old.map((subtask) => subtask?.managedOperatorState);
  const dealt = isSpread
    ? dealOutOperatorState(handles, parallelism)
    : handles.map((handle) => (handle === undefined ? [] : [handle]));
  const subtaskStates = new Map<number, OperatorSubtaskState>();
  for (let subtask = 0; subtask < parallelism; subtask++) {
    const before = isSpread ? EMPTY_SUBTASK_STATE : (old[subtask] ?? EMPTY_SUBTASK_STATE);
    subtaskStates.set(subtask, {
      finished: before.finished,
      managedKeyedState: keyed.get(subtask),
      managedOperatorState: await operatorState(dealt[subtask] ?? [], form, isSpread),
      rawKeyedState: await carryKeyedState(before.rawKeyedState, form.carry),
      rawOperatorState: await carryOperatorState(before.rawOperatorState, form.carry),
      inputChannelState: [],
      resultSubpartitionState: [],
    });
  }
  return { ...operator, parallelism, maxParallelism, coordinatorState, subtaskStates };
}

/** Timers of raw keyed state are keyed state like any other in a canonical savepoint. */
async function withTimersAmongKeyedState(
  operator: OperatorState,
  openStateHandle: OpenStateHandle,
): Promise<OperatorState> {
  const subtaskStates = new Map<number, OperatorSubtaskState>();
  for (const [index, subtask] of operator.subtaskStates) {
    const hasTimers = await holdsRawTimers(subtask.rawKeyedState, openStateHandle);
    subtaskStates.set(
      index,
      hasTimers
        ? { ...subtask, managedKeyedState: keyedStateOf(subtask), rawKeyedState: undefined }
        : subtask,
    );
  }
  return { ...operator, subtaskStates };
}

/** Under another identifier, if it is another: then the old name says nothing. */
export function renamed(
  state: OperatorState,
  id: { readonly operatorId: string; readonly uid?: string | undefined },
): OperatorState {
  if (state.operatorId === id.operatorId) {
    return state;
  }
  const { name: _name, uid: _uid, ...rest } = state;
  const names = id.uid === undefined ? {} : { uid: id.uid, name: id.uid };
  return { ...rest, ...names, operatorId: id.operatorId };
}

async function keyedState(
  operator: OperatorState,
  form: CarriedForm & { readonly parallelism: number; readonly maxParallelism: number },
): Promise<ReadonlyMap<number, KeyedStateHandle>> {
  const subtasks = [...operator.subtaskStates];
  const isUnchanged =
    form.parallelism === operator.parallelism &&
    form.maxParallelism === operator.maxParallelism &&
    form.keyedChanges === undefined &&
    form.compressed === undefined &&
    subtasks.every(([, { managedKeyedState }]) => isCanonical(managedKeyedState));
  if (!isUnchanged) {
    return rewriteKeyedState(
      {
        operatorName: operator.uid ?? operator.operatorId,
        handles: subtasks.flatMap(([, { managedKeyedState }]) => managedKeyedState ?? []),
        maxParallelism: operator.maxParallelism,
        openStateHandle: form.openStateHandle,
      },
      {
        streams: form.streams,
        parallelism: form.parallelism,
        maxParallelism: form.maxParallelism,
        compressed: form.compressed,
        keyType: form.keyType,
        changes: form.keyedChanges,
        temporaryFolder: form.temporaryFolder,
      },
    );
  }
  const carried = new Map<number, KeyedStateHandle>();
  for (const [subtask, { managedKeyedState }] of subtasks) {
    const handle = await carryKeyedState(managedKeyedState, form.carry);
    if (handle !== undefined) {
      carried.set(subtask, handle);
    }
  }
  return carried;
}

function isCanonical(handle: KeyedStateHandle | undefined): boolean {
  return handle === undefined || handle.kind === 'key-groups-savepoint';
}

function operatorState(
  handles: readonly OperatorStateHandle[],
  form: CarriedForm,
  isSpread: boolean,
): Promise<OperatorStateHandle | undefined> {
  const { openStateHandle, operatorChanges, streams } = form;
  return isSpread || operatorChanges !== undefined
    ? rewriteOperatorState(handles, openStateHandle, { streams, changes: operatorChanges })
    : carryOperatorState(handles[0], form.carry);
}

/** What it holds by key group, or by subtask, only its operator knows. */
function refuseRawState(operator: OperatorState): void {
  for (const subtask of operator.subtaskStates.values()) {
    const raw = subtask.rawKeyedState ?? subtask.rawOperatorState;
    if (raw !== undefined || subtask.finished) {
      const what = raw === undefined ? 'subtasks that have ended' : 'raw state';
      throw new ConfigError(
        'UNSUPPORTED',
        `operator ${operator.uid ?? operator.operatorId} has ${what}, which cannot be dealt out ` +
          'anew; keep its parallelism and max parallelism',
      );
    }
  }
}
