/** Each access to a state looks at some further entries of any key. Flink: TtlIncrementalCleanup. */
// Hot path.
import type { TtlValue } from '@millrace/core';
import type { IncrementallyCleanedState, IsObsolete } from '../backend/internal-kv-state.ts';
import { isExpired, type TtlRules } from './expiry.ts';

export class TtlIncrementalCleanup {
  private readonly state: IncrementallyCleanedState;
  private readonly rules: TtlRules;
  private readonly cleanupSize: number;
  private readonly isObsolete: IsObsolete;
  private now: number;

  constructor(state: IncrementallyCleanedState, rules: TtlRules, cleanupSize: number) {
    this.state = state;
    this.rules = rules;
    this.cleanupSize = cleanupSize;
    this.now = 0;
    this.isObsolete = (stored) =>
      isExpired(stored as TtlValue<unknown>, this.rules.timeToLiveMs, this.now);
  }

  stateAccessed(): void {
    this.now = this.rules.now();
    this.state.cleanNext(this.cleanupSize, this.isObsolete);
  }
}
