/**
 * Which subtask restores what, from a snapshot of any parallelism.
 *
 * Invariants:
 * - Every key group with state goes to exactly one subtask.
 * - State of an operator that the program does not have is an error, unless it may be dropped.
 *
 * Flink: StateAssignmentOperation, Checkpoints.loadAndValidateCheckpoint.
 */
import { CheckpointError, ConfigError, keyGroupRangeForOperatorIndex } from '@millrace/core';
import type { KeyedStateHandle } from '../snapshot/keyed-state-handle.ts';
import {
  type ChannelStateHandle,
  type CheckpointMetadata,
  EMPTY_SUBTASK_STATE,
  keyedStateOf,
  type OperatorState,
  type OperatorSubtaskState,
} from '../snapshot/operator-state.ts';
import type { OperatorStateHandle } from '../snapshot/operator-state-handle.ts';
import type { ByteStreamStateHandle } from '../snapshot/stream-state-handle.ts';
import { intersectKeyedState } from './keyed-state-intersection.ts';
import { matchOperators, type OperatorIdentity } from './match-operators.ts';
import { hasRecordsInFlight } from './records-in-flight.ts';
import { redistributeOperatorState } from './redistribute-operator-state.ts';

/** An operator of the program that is about to start. */
export interface OperatorToRestore extends OperatorIdentity {
  /** For messages. */
  readonly name?: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** False when `maxParallelism` was derived, so that the snapshot's is adopted. */
  readonly maxParallelismExplicit: boolean;
}

export interface OperatorSubtaskRestore {
  /** With the timers that raw keyed state holds. */
  readonly managedKeyedState: readonly KeyedStateHandle[];
  readonly managedOperatorState: readonly OperatorStateHandle[];
  readonly rawOperatorState: readonly OperatorStateHandle[];
}

export interface OperatorRestore {
  /** The one to run with: key groups are counted by it. */
  readonly restoredMaxParallelism: number;
  /** True when the operator had ended in the snapshot: it does not run again. */
  readonly fullyFinished: boolean;
  readonly coordinatorState: ByteStreamStateHandle | undefined;
  readonly channelState: OperatorChannelState;
  /** By new subtask index. */
  readonly subtasks: readonly OperatorSubtaskRestore[];
}

/** What was in flight around the task that the operator was the first or the last of. */
export interface OperatorChannelState {
  /** The parallelism that the channels are numbered by. */
  readonly parallelism: number;
  readonly inputChannels: readonly ChannelStateHandle[];
  readonly resultSubpartitions: readonly ChannelStateHandle[];
}

/** By operator id; an operator that is not there starts empty. */
export type StateAssignment = ReadonlyMap<string, OperatorRestore>;

/**
 * @throws ConfigError `STATE_NOT_RESTORED`, `MAX_PARALLELISM_MISMATCH`, `PARALLELISM_OUT_OF_RANGE`,
 * `CHANNEL_STATE_MISMATCH` for records in flight of a program with other operators
 * @throws CheckpointError `SNAPSHOT_CORRUPT` for channel state that names another subtask
 */
export function assignStates(
  metadata: CheckpointMetadata,
  operators: readonly OperatorToRestore[],
  options: { allowNonRestoredState: boolean },
): StateAssignment {
  const { matched, unmatched } = matchOperators(metadata, operators);
  const assignment = new Map<string, OperatorRestore>();
  for (const operator of operators) {
    const match = matched.get(operator.operatorId);
    if (match !== undefined) {
      assignment.set(operator.operatorId, assignOperatorState(match.state, operator));
    }
  }
  if (!options.allowNonRestoredState) {
    checkNoneLost(labelsOf(unmatched));
  }
  const added = operators.filter(({ operatorId }) => !assignment.has(operatorId));
  checkSameOperators(metadata, { removed: unmatched, added });
  return assignment;
}

/** What a program called the operators whose state it would leave out: `'count' (uid 'counts')`, an id without a name. */
export function unclaimedOperators(
  metadata: CheckpointMetadata,
  operators: readonly OperatorToRestore[],
): string[] {
  return labelsOf(matchOperators(metadata, operators).unmatched);
}

function labelsOf(unmatched: readonly OperatorState[]): string[] {
  return unmatched.filter(hasState).map(label);
}

function checkNoneLost(lost: readonly string[]): void {
  if (lost.length > 0) {
    throw new ConfigError(
      'STATE_NOT_RESTORED',
      `the snapshot holds state of operators that the program does not have: ${lost.join(', ')}; ` +
        'give the operators their uids again, or allow it with ' +
        'execution.state-recovery.ignore-unclaimed-state: true, which drops that state',
    );
  }
}

/** `'count' (uid 'counts')` where the snapshot says what a program called it; else its id. */
function label({ name, uid, operatorId }: OperatorState): string {
  return name === undefined
    ? operatorId
    : `'${name}' (${uid === undefined ? operatorId : `uid '${uid}'`})`;
}

function hasState(operator: OperatorState): boolean {
  if (operator.coordinatorState !== undefined) {
    return true;
  }
  return [...operator.subtaskStates.values()].some(
    (subtask) =>
      subtask.managedKeyedState !== undefined ||
      subtask.rawKeyedState !== undefined ||
      subtask.managedOperatorState !== undefined ||
      subtask.rawOperatorState !== undefined ||
      subtask.inputChannelState.length > 0 ||
      subtask.resultSubpartitionState.length > 0,
  );
}

function assignOperatorState(state: OperatorState, operator: OperatorToRestore): OperatorRestore {
  const isUsed = state.subtaskStates.size > 0;
  if (isUsed) {
    checkParallelism(state, operator);
  }
  const old = Array.from({ length: state.parallelism }, (_, i) => state.subtaskStates.get(i));
  const managed = redistribute(old, 'managedOperatorState', operator.parallelism);
  const raw = redistribute(old, 'rawOperatorState', operator.parallelism);
  const subtasks: OperatorSubtaskRestore[] = [];
  for (let subtask = 0; subtask < operator.parallelism; subtask++) {
    subtasks.push({
      managedKeyedState: keyedState(state, old, { subtask, operator }),
      managedOperatorState: managed[subtask] ?? [],
      rawOperatorState: raw[subtask] ?? [],
    });
  }
  return {
    restoredMaxParallelism: isUsed ? state.maxParallelism : operator.maxParallelism,
    fullyFinished: state.fullyFinished,
    coordinatorState: state.coordinatorState,
    channelState: channelStateOf(state),
    subtasks,
  };
}

function describe(operator: OperatorToRestore): string {
  return operator.name === undefined
    ? `operator ${operator.operatorId}`
    : `operator '${operator.name}' (${operator.operatorId})`;
}

function checkParallelism(state: OperatorState, operator: OperatorToRestore): void {
  const { maxParallelism } = state;
  if (operator.parallelism > maxParallelism) {
    throw new ConfigError(
      'PARALLELISM_OUT_OF_RANGE',
      `the parallelism of ${describe(operator)} is ${operator.parallelism}, but its state was ` +
        `written with max parallelism ${maxParallelism}; use 1 to ${maxParallelism}`,
    );
  }
  if (operator.maxParallelismExplicit && operator.maxParallelism !== maxParallelism) {
    throw new ConfigError(
      'MAX_PARALLELISM_MISMATCH',
      `the max parallelism of ${describe(operator)} is set to ${operator.maxParallelism}, but its ` +
        `state was written with ${maxParallelism}; set it to ${maxParallelism} or leave it out`,
    );
  }
}

/** Channels have numbers that an operator more or less shifts, so records would go astray. */
function checkSameOperators(
  metadata: CheckpointMetadata,
  changes: {
    readonly removed: readonly OperatorState[];
    readonly added: readonly OperatorToRestore[];
  },
): void {
  const names = [
    ...changes.removed.map((state) => `operator ${label(state)} is gone`),
    ...changes.added.map((operator) => `${describe(operator)} is new`),
  ];
  if (names.length > 0 && metadata.operatorStates.some(hasRecordsInFlight)) {
    throw new ConfigError(
      'CHANNEL_STATE_MISMATCH',
      'the snapshot holds records in flight, which only the program can take up that it was taken ' +
        `of: ${names.join(', ')}; restore it with that program and stop with a savepoint, or ` +
        'restore an aligned checkpoint',
    );
  }
}

function channelStateOf(state: OperatorState): OperatorChannelState {
  const handles = (slot: 'inputChannelState' | 'resultSubpartitionState') =>
    [...state.subtaskStates].flatMap(([subtask, each]) => {
      for (const { subtaskIndex } of each[slot]) {
        if (subtaskIndex !== subtask) {
          throw new CheckpointError(
            'SNAPSHOT_CORRUPT',
            `the metadata of the snapshot is corrupt: subtask ${subtask} of operator ` +
              `${state.operatorId} has channel state of subtask ${subtaskIndex}; restore another snapshot`,
          );
        }
      }
      return each[slot];
    });
  return {
    parallelism: state.parallelism,
    inputChannels: handles('inputChannelState'),
    resultSubpartitions: handles('resultSubpartitionState'),
  };
}

function redistribute(
  old: readonly (OperatorSubtaskState | undefined)[],
  slot: 'managedOperatorState' | 'rawOperatorState',
  newParallelism: number,
): OperatorStateHandle[][] {
  return redistributeOperatorState(
    old.map((subtask) => subtask?.[slot]),
    newParallelism,
  );
}

function keyedState(
  state: OperatorState,
  old: readonly (OperatorSubtaskState | undefined)[],
  of: { readonly subtask: number; readonly operator: OperatorToRestore },
): KeyedStateHandle[] {
  const { parallelism } = of.operator;
  if (parallelism === state.parallelism) {
    const own = keyedStateOf(old[of.subtask] ?? EMPTY_SUBTASK_STATE);
    return own === undefined ? [] : [own];
  }
  const { maxParallelism } = state;
  const range = keyGroupRangeForOperatorIndex(of.subtask, { parallelism, maxParallelism });
  return old.flatMap((subtask) => {
    const handle = keyedStateOf(subtask ?? EMPTY_SUBTASK_STATE);
    return (handle === undefined ? undefined : intersectKeyedState(handle, range)) ?? [];
  });
}
