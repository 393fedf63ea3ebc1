/**
 * The panes of a state: one per namespace that has a cell.
 *
 * Invariant: `find` gives the pane of an equal namespace, whichever object it is.
 */
// Hot path.
import { keyIdentityOf, TimeWindow, type TypeSerializer } from '@millrace/core';

/** `C`: what a backend keeps of all keys in a namespace. */
export class Pane<N, C> {
  readonly namespace: N;
  /** By key. */
  readonly cells: C;
  /** For an owner that numbers its panes. */
  id: number;
  /** Another pane of the same start, for windows. */
  next: Pane<N, C> | undefined;

  constructor(namespace: N, cells: C) {
    this.namespace = namespace;
    this.cells = cells;
    this.id = -1;
    this.next = undefined;
  }
}

export class PaneTable<N, C> {
  private readonly identityOf: (namespace: N) => unknown;
  /** By identity; time windows by start, chained, as building a string per record would cost. */
  private readonly panes: Map<unknown, Pane<N, C>>;
  private readonly noCells: () => C;

  /** @param noCells - of a new pane */
  constructor(serializer: TypeSerializer<N>, noCells: () => C) {
    this.noCells = noCells;
    this.identityOf = keyIdentityOf(serializer);
    this.panes = new Map();
  }

  find(namespace: N): Pane<N, C> | undefined {
    if (namespace instanceof TimeWindow) {
      let pane = this.panes.get(namespace.start);
      while (pane !== undefined && !sameEnd(pane, namespace)) {
        pane = pane.next;
      }
      return pane;
    }
    return this.panes.get(this.identityOf(namespace));
  }

  /** The namespace must have none yet. */
  add(namespace: N): Pane<N, C> {
    const pane = new Pane<N, C>(namespace, this.noCells());
    const slot = this.slotOf(namespace);
    pane.next = this.panes.get(slot);
    this.panes.set(slot, pane);
    return pane;
  }

  remove(pane: Pane<N, C>): void {
    const slot = this.slotOf(pane.namespace);
    const first = this.panes.get(slot);
    if (first === pane) {
      if (pane.next === undefined) {
        this.panes.delete(slot);
      } else {
        this.panes.set(slot, pane.next);
      }
      return;
    }
    let before = first;
    while (before !== undefined && before.next !== pane) {
      before = before.next;
    }
    if (before !== undefined) {
      before.next = pane.next;
    }
  }

  /** A copy, so that panes may be removed meanwhile. */
  all(): Pane<N, C>[] {
    const all: Pane<N, C>[] = [];
    for (const first of this.panes.values()) {
      for (let pane: Pane<N, C> | undefined = first; pane !== undefined; pane = pane.next) {
        all.push(pane);
      }
    }
    return all;
  }

  private slotOf(namespace: N): unknown {
    return namespace instanceof TimeWindow ? namespace.start : this.identityOf(namespace);
  }
}

function sameEnd<N, C>(pane: Pane<N, C>, window: TimeWindow): boolean {
  return (pane.namespace as unknown as TimeWindow).end === window.end;
}
