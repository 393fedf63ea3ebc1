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
