/**
 * Ways through the entries of a map state that make nothing for each of them.
 *
 * Invariants:
 * - To `visitEntries` they come in the order of `entries()`; the visitor may remove the one it is at.
 * - To `visitRange` they come in any order; the visitor changes nothing.
 *
 * Flink has no need of it: its iterators give entries that exist already.
 */
// Hot path.
import type { MapState } from '@millrace/core';

export interface MapEntryVisitor<UK, UV> {
  visit(userKey: UK, value: UV): void;
}

/** What the map state of a backend may be, beside the user's view. */
export interface VisitedMapState<UK, UV> {
  visitEntries(visitor: MapEntryVisitor<UK, UV>): void;
  /** See `visitRange`. */
  visitRange?(from: number, to: number, visitor: MapEntryVisitor<UK, UV>): number;
}

/** Of any map state; where it cannot be visited, by its iterator. */
export function visitEntries<UK, UV>(
  state: MapState<UK, UV> & Partial<VisitedMapState<UK, UV>>,
  visitor: MapEntryVisitor<UK, UV>,
): void {
  if (state.visitEntries !== undefined) {
    state.visitEntries(visitor);
    return;
  }
  for (const [userKey, value] of state.entries()) {
    visitor.visit(userKey, value);
  }
}

/**
 * Of a map state whose user keys are numbers: those in `[from, to)`.
 *
 * @returns the least user key from `to` on; Infinity where there is none
 */
export function visitRange<UV>(
  state: MapState<number, UV> & Partial<VisitedMapState<number, UV>>,
  { from, to }: { readonly from: number; readonly to: number },
  visitor: MapEntryVisitor<number, UV>,
): number {
  if (state.visitRange !== undefined) {
    return state.visitRange(from, to, visitor);
  }
  let next = Number.POSITIVE_INFINITY;
  visitEntries(state, {
    visit: (userKey, value) => {
      if (userKey >= to) {
        next = Math.min(next, userKey);
      } else if (userKey >= from) {
        visitor.visit(userKey, value);
      }
    },
  });
  return next;
}
