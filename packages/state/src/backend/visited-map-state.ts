/**
 * A way through the entries of a map state that makes nothing for each of them.
 *
 * Invariant: the entries come in the order of `entries()`; the visitor may remove the one it is at.
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
