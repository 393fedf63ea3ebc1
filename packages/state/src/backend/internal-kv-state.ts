/** What the engine sees of a keyed state, beside the user's view. Flink: InternalKvState. */
export interface InternalKvState<_K, N> {
  /** The namespace of the next accesses: a window, or none (`VoidNamespace`). */
  setCurrentNamespace(namespace: N): void;
}

/** State that can be merged across namespaces. Flink: InternalMergingState. */
export interface InternalMergingState<N> {
  /** Moves the contents of `sources` into `target`, for the current key. */
  mergeNamespaces(target: N, sources: readonly N[]): void;
}

/** A list that knows whether it was empty. */
export interface InternalListState {
  /** Of the last `add`; `undefined` where finding out would cost a read. */
  readonly addedFirst?: boolean | undefined;
}

/** What a reducing or aggregating state keeps, past its function. Flink: InternalAppendingState. */
export interface InternalAppendingState<SV> {
  /** The reduced value, or the accumulator. */
  getInternal(): SV | undefined;
  updateInternal(value: SV): void;
}

/** True for a value that may be dropped: of a list an element, of a map an entry's value. */
export type IsObsolete = (value: unknown) => boolean;

/**
 * State whose entries, over all keys and namespaces, can be looked through a few at a time.
 *
 * Invariants:
 * - Writes between two calls are safe; an entry that stays is met once in each round at least.
 * - What a running snapshot saw is written as it was.
 * - Neither the current key nor the current namespace changes.
 *
 * Flink: InternalKvState.StateIncrementalVisitor.
 */
export interface IncrementallyCleanedState {
  /** Looks at the next `entries` entries, in rounds without end, and drops what is obsolete. */
  cleanNext(entries: number, isObsolete: IsObsolete): void;
}
