/**
 * What states of all kinds with a time to live share: the state that keeps the timestamped values,
 * and the cleanup that each access drives.
 *
 * Flink: AbstractTtlState, AbstractTtlDecorator.
 */
// Hot path.
import type { State } from '@millrace/core';
import type { InternalKvState, InternalMergingState } from '../backend/internal-kv-state.ts';
import type { TtlRules } from './expiry.ts';
import type { TtlIncrementalCleanup } from './ttl-incremental-cleanup.ts';

export abstract class TtlState<K, N, S extends State> implements InternalKvState<K, N> {
  readonly original: S & InternalKvState<K, N>;
  protected readonly rules: TtlRules;
  private readonly cleanup: TtlIncrementalCleanup | undefined;

  constructor(
    original: S & InternalKvState<K, N>,
    rules: TtlRules,
    cleanup: TtlIncrementalCleanup | undefined,
  ) {
    this.original = original;
    this.rules = rules;
    this.cleanup = cleanup;
  }

  setCurrentNamespace(namespace: N): void {
    this.original.setCurrentNamespace(namespace);
  }

  clear(): void {
    this.accessed();
    this.original.clear();
  }

  /** At the beginning of each access. @returns the time that counts for all of it */
  protected accessed(): number {
    const now = this.rules.now();
    this.cleanup?.stateAccessed(now);
    return now;
  }
}

/** State with windows that may grow together. */
export abstract class TtlMergingState<K, N, S extends State>
  extends TtlState<K, N, S>
  implements InternalMergingState<N>
{
  mergeNamespaces(target: N, sources: readonly N[]): void {
    const merging = this.original as unknown as InternalMergingState<N>;
    merging.mergeNamespaces(target, sources);
  }
}
