/**
 * Which operator of a program takes up which operator of a snapshot.
 *
 * Invariant: what one operator has taken up no other takes up, the first of them in the order given.
 *
 * Flink: StateAssignmentOperation.assignStates.
 */
import type { CheckpointMetadata, OperatorState } from '../snapshot/operator-state.ts';

/** How an operator of a program is known. */
export interface OperatorIdentity {
  /** 32 hexadecimal digits. */
  readonly operatorId: string;
  /** `setUidHash`: preferred when the snapshot has it. */
  readonly userProvidedHash?: string | undefined;
}

export interface MatchedState {
  readonly state: OperatorState;
  readonly by: 'uid-hash' | 'generated-id';
}

export interface OperatorMatches {
  /** By operator id of the program; an operator that is not there starts empty. */
  readonly matched: ReadonlyMap<string, MatchedState>;
  /** What no operator took up. */
  readonly unmatched: readonly OperatorState[];
}

export function matchOperators(
  { operatorStates }: CheckpointMetadata,
  operators: readonly OperatorIdentity[],
): OperatorMatches {
  const left = new Map(operatorStates.map((state) => [state.operatorId, state]));
  const matched = new Map<string, MatchedState>();
  for (const { operatorId, userProvidedHash } of operators) {
    const byHash = left.get(userProvidedHash ?? '');
    const state = byHash ?? left.get(operatorId);
    if (state !== undefined) {
      left.delete(state.operatorId);
      matched.set(operatorId, { state, by: byHash === undefined ? 'generated-id' : 'uid-hash' });
    }
  }
  return { matched, unmatched: [...left.values()] };
}
