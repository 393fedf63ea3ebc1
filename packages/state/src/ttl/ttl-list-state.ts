/**
 * A list whose elements have a time to live each.
 *
 * As in Flink, a read removes expired elements when all are expired, or when reads update the
 * timestamps, and else leaves them to the cleanup: where they may be seen, each read gives them until
 * then.
 *
 * Flink: TtlListState.
 */
// Hot path.
import type { ListState, TtlValue } from '@millrace/core';
import { checkedListCopy, checkListElement } from '../backend/null-rules.ts';
import { isExpired, ttlValue } from './expiry.ts';
import type { StoredState } from './stored-state.ts';
import { TtlMergingState } from './ttl-state.ts';

export class TtlListState<K, N, T>
  extends TtlMergingState<K, N, ListState<TtlValue<T>>>
  implements ListState<T>
{
  private readonly name: string;

  constructor(stored: StoredState<K, N, ListState<TtlValue<T>>>) {
    super(stored.original, stored.rules, stored.cleanup);
    this.name = stored.name;
  }

  get(): Iterable<T> {
    const now = this.accessed();
    const { timeToLiveMs, returnsExpired, updatesOnRead } = this.rules;
    const visible: T[] = [];
    const kept: TtlValue<T>[] = [];
    for (const stored of this.original.get()) {
      if (isExpired(stored, timeToLiveMs, now)) {
        if (returnsExpired) {
          visible.push(stored.userValue);
        }
      } else {
        visible.push(stored.userValue);
        kept.push(updatesOnRead ? ttlValue(stored.userValue, now) : stored);
      }
    }
    if (updatesOnRead || kept.length === 0) {
      this.original.update(kept); // none left: that clears
    }
    return visible;
  }

  add(value: T): void {
    const now = this.accessed();
    checkListElement(this.name, value);
    this.original.add(ttlValue(value, now));
  }

  update(values: readonly T[]): void {
    const now = this.accessed();
    this.original.update(this.withTimestamps(values, now));
  }

  addAll(values: readonly T[]): void {
    const now = this.accessed();
    this.original.addAll(this.withTimestamps(values, now));
  }

  private withTimestamps(values: readonly T[], now: number): TtlValue<T>[] {
    return checkedListCopy(this.name, values).map((value) => ttlValue(value, now));
  }
}
