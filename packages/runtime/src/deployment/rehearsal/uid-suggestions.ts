/**
 * Which operator of a snapshot an operator of the program that starts empty may be: one that would
 * be dropped and has states of the same names, kinds and types.
 *
 * Invariants:
 * - Operators whose keys have different types never resemble each other.
 * - No operator of the snapshot is suggested for one with which it has no state in common; timers,
 *   which most keyed operators have under the same names, count for none.
 *
 * Pure.
 */
import type {
  RehearsedOperator,
  StateDescription,
  UidSuggestion,
  UnmatchedOperator,
} from './job-rehearsal.ts';
import { KEY_NAME } from './snapshot-states.ts';

export function suggestUids(
  operators: readonly RehearsedOperator[],
  unmatched: readonly UnmatchedOperator[],
): UidSuggestion[] {
  const withState = unmatched.filter(({ hasState }) => hasState);
  return operators
    .filter(({ match }) => match === undefined)
    .flatMap((operator): UidSuggestion[] => {
      const ranked = withState
        .map((candidate) => ({ candidate, score: score(operator, candidate) }))
        .filter((each) => each.score > 0)
        .sort((a, b) => b.score - a.score);
      const best = ranked[0];
      if (best === undefined) {
        return [];
      }
      const candidates = ranked.filter((each) => each.score === best.score);
      return [
        {
          operatorId: operator.operatorId,
          candidates: candidates.map(({ candidate }) => candidate.operatorId),
          states: shared(operator.states, best.candidate.states),
        },
      ];
    });
}

/** 0: nothing in common. A state of the same type counts more than one of the same name. */
function score(operator: RehearsedOperator, candidate: UnmatchedOperator): number {
  const key = operator.states.find(isKey);
  const otherKey = candidate.states.find(isKey);
  if (key?.type !== otherKey?.type) {
    return 0;
  }
  const points = operator.states
    .filter(tells)
    .map((state) => {
      const other = candidate.states.find(({ name }) => name === state.name);
      const sameKind = other?.kind === state.kind;
      return sameKind ? (other.type === state.type ? 4 : 2) : 0;
    })
    .reduce<number>((sum, each) => sum + each, 0);
  // The name decides among equals: many operators have the same states.
  return points === 0 ? 0 : points + (operator.name === candidate.name ? 1 : 0);
}

function shared(a: readonly StateDescription[], b: readonly StateDescription[]): string[] {
  return a
    .filter(tells)
    .filter((state) => b.some(({ name, kind }) => name === state.name && kind === state.kind))
    .map(({ name }) => name);
}

/** Whether two operators that share the state may be one. */
function tells(state: StateDescription): boolean {
  return !isKey(state) && state.kind !== 'timers';
}

function isKey({ name }: StateDescription): boolean {
  return name === KEY_NAME;
}
