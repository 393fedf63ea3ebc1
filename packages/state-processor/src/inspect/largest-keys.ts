/**
 * The keys that take the most bytes, of all rows that a key has in one state.
 *
 * Invariants:
 * - In memory are the largest so far, and the totals of the keys of one key group: at most
 *   `TOTALS_MAX` of them, after which a key whose rows do not lie together may be counted in parts.
 */
// Hot path.
import { DataInputView, errorCode, type TypeSerializer } from '@millrace/core';
import type { KeyedStateRow, KeyedStateRowBatch } from '@millrace/state';

const TOTALS_MAX = 200_000;

export interface KeyTotal {
  readonly state: string;
  readonly keyGroup: number;
  /** As the key's serializer writes it. */
  readonly keyBytes: Uint8Array;
  readonly bytes: number;
  readonly entries: number;
}

interface RunningTotal {
  bytes: number;
  entries: number;
}

/** The largest of a stream of totals, largest first. */
export class LargestKeys {
  private readonly limit: number;
  private readonly totals: KeyTotal[] = [];
  /** What a total must exceed to be among them. */
  private least: number;

  constructor(limit: number) {
    this.limit = limit;
    this.least = limit > 0 ? -1 : Number.POSITIVE_INFINITY;
  }

  accepts(bytes: number): boolean {
    return bytes > this.least;
  }

  add(total: KeyTotal): void {
    const { totals, limit } = this;
    let at = totals.length;
    while (at > 0 && (totals[at - 1] as KeyTotal).bytes < total.bytes) {
      at--;
    }
    totals.splice(at, 0, total);
    if (totals.length > limit) {
      totals.pop();
    }
    if (totals.length === limit) {
      this.least = (totals[limit - 1] as KeyTotal).bytes;
    }
  }

  get list(): readonly KeyTotal[] {
    return this.totals;
  }
}

/** Adds up the rows of one state of one operator. */
export class StateKeyTotals {
  private readonly state: string;
  private readonly largest: LargestKeys;
  private readonly keySerializer: TypeSerializer<unknown>;
  /** True when each key has one row: no total is needed. */
  private readonly isOneRow: boolean;
  private readonly view: DataInputView = new DataInputView(new Uint8Array());
  private totals = new Map<string, RunningTotal>();
  private keyGroup = -1;
  /** False once a key may have been counted in parts. */
  isExact = true;

  constructor(
    state: string,
    of: {
      readonly largest: LargestKeys;
      readonly keySerializer: TypeSerializer<unknown>;
      readonly isOneRow: boolean;
    },
  ) {
    this.state = state;
    this.largest = of.largest;
    this.keySerializer = of.keySerializer;
    this.isOneRow = of.isOneRow;
  }

  /** @param size - bytes of the row */
  add(batch: KeyedStateRowBatch, row: KeyedStateRow, size: number): void {
    const { keyGroup } = batch;
    if (this.isOneRow) {
      if (this.largest.accepts(size)) {
        const keyBytes = batch.bytes.slice(row.keyStart, this.keyEnd(batch, row));
        this.largest.add({ state: this.state, keyGroup, keyBytes, bytes: size, entries: 1 });
      }
      return;
    }
    if (keyGroup !== this.keyGroup) {
      this.flush();
      this.keyGroup = keyGroup;
    }
    const identity = latin1(batch.bytes, row.keyStart, this.keyEnd(batch, row));
    const total = this.totals.get(identity);
    if (total !== undefined) {
      total.bytes += size;
      total.entries++;
      return;
    }
    if (this.totals.size >= TOTALS_MAX) {
      this.flush();
      this.isExact = false;
    }
    this.totals.set(identity, { bytes: size, entries: 1 });
  }

  /** The key group is over. */
  flush(): void {
    const { state, keyGroup } = this;
    for (const [identity, { bytes, entries }] of this.totals) {
      if (this.largest.accepts(bytes)) {
        const keyBytes = Buffer.from(identity, 'latin1');
        this.largest.add({ state, keyGroup, keyBytes, bytes, entries });
      }
    }
    this.totals = new Map();
  }

  private keyEnd(batch: KeyedStateRowBatch, row: KeyedStateRow): number {
    const { keySerializer, view } = this;
    if (keySerializer.length > 0) {
      return row.keyStart + keySerializer.length;
    }
    if (view.buffer !== batch.bytes) {
      view.setBuffer(batch.bytes);
    }
    view.position = row.keyStart;
    try {
      keySerializer.deserialize(view);
    } catch (error) {
      if (errorCode(error) === 'SERIALIZER_SNAPSHOT_UNKNOWN') {
        return row.keyEnd; // Whatever it is, with its namespace.
      }
      throw error;
    }
    return view.position;
  }
}

const latin1Slice = (
  Buffer.prototype as unknown as {
    latin1Slice: (this: Uint8Array, start: number, end: number) => string;
  }
).latin1Slice;

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return latin1Slice.call(bytes, start, end);
}
