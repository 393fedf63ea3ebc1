/**
 * A map whose entries have a time to live each.
 *
 * A null value is kept only if the serializer of values takes it, as the flag that a map has for
 * nulls tells of the timestamped value and not of the user's. `isEmpty` counts expired entries until
 * they are removed, as in Flink; `contains` and all other reads pass them over.
 *
 * Flink: TtlMapState.
 */
// Hot path.
import { type MapState, TaskError, type TtlValue } from '@millrace/core';
import { checkMapEntries } from '../backend/null-rules.ts';
import { isExpired, ttlValue } from './expiry.ts';
import type { StoredState } from './stored-state.ts';
import { TtlState } from './ttl-state.ts';

export class TtlMapState<K, N, UK, UV>
  extends TtlState<K, N, MapState<UK, TtlValue<UV>>>
  implements MapState<UK, UV>
{
  private readonly name: string;
  private readonly takesNull: boolean;

  constructor(stored: StoredState<K, N, MapState<UK, TtlValue<UV>>>, takesNull: boolean) {
    super(stored.original, stored.rules, stored.cleanup);
    this.name = stored.name;
    this.takesNull = takesNull;
  }

  get(key: UK): UV | undefined {
    const now = this.accessed();
    return this.visible(key, this.original.get(key), now)?.userValue;
  }

  put(key: UK, value: UV): void {
    const now = this.accessed();
    this.checkValue(value);
    this.original.put(key, ttlValue(value, now));
  }

  putAll(entries: Iterable<readonly [UK, UV]>): void {
    const now = this.accessed();
    checkMapEntries(this.name, entries);
    for (const [key, value] of entries) {
      this.checkValue(value);
      this.original.put(key, ttlValue(value, now));
    }
  }

  remove(key: UK): void {
    this.accessed();
    this.original.remove(key);
  }

  contains(key: UK): boolean {
    const now = this.accessed();
    return this.visible(key, this.original.get(key), now) !== undefined;
  }

  isEmpty(): boolean {
    this.accessed();
    return this.original.isEmpty();
  }

  *entries(): IterableIterator<[UK, UV]> {
    this.accessed();
    for (const [key, stored] of this.original.entries()) {
      const visible = this.visible(key, stored, this.rules.now());
      if (visible !== undefined) {
        yield [key, visible.userValue];
      }
    }
  }

  *keys(): IterableIterator<UK> {
    for (const [key] of this.entries()) {
      yield key;
    }
  }

  *values(): IterableIterator<UV> {
    for (const [, value] of this.entries()) {
      yield value;
    }
  }

  /** What a read gives of an entry that it met: an expired one is removed. */
  private visible(
    key: UK,
    stored: TtlValue<UV> | undefined,
    now: number,
  ): TtlValue<UV> | undefined {
    if (stored === undefined) {
      return undefined;
    }
    if (isExpired(stored, this.rules.timeToLiveMs, now)) {
      this.original.remove(key);
      return this.rules.returnsExpired ? stored : undefined;
    }
    if (this.rules.updatesOnRead) {
      this.original.put(key, ttlValue(stored.userValue, now));
    }
    return stored;
  }

  private checkValue(value: UV): void {
    if ((value === undefined || value === null) && !this.takesNull) {
      throw new TaskError(
        'VALUE_NOT_SERIALIZABLE',
        `map state '${this.name}' has a time to live and was given the value ${value}; declare its values with Types.NULLABLE`,
      );
    }
  }
}
