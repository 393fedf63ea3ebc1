/** Each access to a state looks at some further entries of any key. Flink: TtlIncrementalCleanup. */
// Hot path.
import type { TtlValue } from '@millrace/core';
import type { IncrementallyCleanedState, IsObsolete } from '../backend/internal-kv-state.ts';
import { isExpired, type TtlRules } from './expiry.ts';

export class TtlIncrementalCleanup {
  private readonly state: IncrementallyCleanedState;
  private readonly cleanupSize: number;
  private readonly isObsolete: IsObsolete;
  private now: number;

  constructor(state: IncrementallyCleanedState, rules: TtlRules, cleanupSize: number) {
    this.state = state;
    this.cleanupSize = cleanupSize;
    this.now = 0;
    this.isObsolete = (stored) =>
      isExpired(stored as TtlValue<unknown>, rules.timeToLiveMs, this.now);
  }

  stateAccessed(now: number): void {
    this.now = now;
    this.state.cleanNext(this.cleanupSize, this.isObsolete);
  }
}
