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

/** Where keys may have come with records. */
interface KnownKeys {
  takeKeys(elementsMax: number, hashCodes: Int32Array): string[];
}

export class RecordLookAhead<IN, K> {
  private readonly selector: KeySelector<IN, K>;
  private readonly backend: KeyLookAhead<K>;
  private keys: K[];
  private count: number;
  private hashCodes: Int32Array;

  constructor(selector: KeySelector<IN, K>, backend: KeyLookAhead<K>) {
    this.selector = selector;
    this.backend = backend;
    this.keys = [];
    this.count = 0;
    this.hashCodes = new Int32Array(0);
  }

  isWorthwhile(records: number): boolean {
    return this.backend.isWorthwhile(records);
  }

  /** @returns false when there are none */
  readAheadKnown(keys: KnownKeys, elementsMax: number): boolean {
    if (this.hashCodes.length < elementsMax) {
      this.hashCodes = new Int32Array(elementsMax);
    }
    const known = keys.takeKeys(elementsMax, this.hashCodes);
    if (known.length === 0) {
      return false;
    }
    this.backend.readAhead(known as unknown[] as K[], this.hashCodes);
    return true;
  }

  /** The keys of so many records at most are gathered. */
  begin(records: number): void {
    // Made anew, as what is new costs less to write references to.
    this.keys = new Array<K>(records);
    this.count = 0;
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
      this.backend.readAhead(this.keys);
    }
  }
}
