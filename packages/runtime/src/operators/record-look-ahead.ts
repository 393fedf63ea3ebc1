/**
 * Tells a backend the keys of records that wait in an input, so that it reads their state together.
 *
 * Invariants:
 * - What a key selector throws, or gives in place of a key, is left to the record itself: gathering
 *   ends before it.
 * - A key selector sees a record once more than otherwise; it gives equal keys for equal records.
 */
// Hot path.
import type { KeySelector } from '@millrace/core';
import type { KeyLookAhead } from '@millrace/state';
import { isThenable } from './function-is-async.ts';

export class RecordLookAhead<IN, K> {
  private readonly selector: KeySelector<IN, K>;
  private readonly backend: KeyLookAhead<K>;
  /** Kept, as a batch mostly has as many records as the one before. */
  private readonly keys: K[];
  private count: number;

  constructor(selector: KeySelector<IN, K>, backend: KeyLookAhead<K>) {
    this.selector = selector;
    this.backend = backend;
    this.keys = [];
    this.count = 0;
  }

  isWorthwhile(records: number): boolean {
    return this.backend.isWorthwhile(records);
  }

  /** False when the records from this one on are to be left. */
  add(value: IN): boolean {
    let key: K;
    try {
      key = this.selector(value);
    } catch {
      return false;
    }
    if (key === undefined || key === null) {
      return false;
    }
    if (isThenable(key)) {
      key.then(undefined, () => {}); // It is refused at the record; nobody else awaits it.
      return false;
    }
    this.keys[this.count++] = key;
    return true;
  }

  /** Ends the gathering. */
  readAhead(): void {
    if (this.count > 0) {
      this.keys.length = this.count;
      this.count = 0;
      this.backend.readAhead(this.keys);
    }
  }
}
