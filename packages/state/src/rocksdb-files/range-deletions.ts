/**
 * Deletions of ranges of keys: which of them cover the key that a merge has come to.
 *
 * Invariant: keys are asked for in ascending order.
 *
 * RocksDB: RangeDelAggregator, TruncatedRangeDelIterator.
 */
import { compareKeys } from './block-cursor.ts';

export interface RangeDeletion {
  /** User keys: the first that it covers, and the first after it. */
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  /** Entries with a smaller sequence number are deleted. */
  readonly sequence: number;
}

/** The smallest and largest user key of a file, between which alone its deletions count. */
export interface KeyBounds {
  readonly smallest: Uint8Array;
  readonly largest: Uint8Array;
  /** The largest key is not in the file: a range that was deleted ends before it. */
  readonly largestIsExclusive: boolean;
}

export class RangeDeletions {
  /** Those to come, the next one last. */
  private waiting: RangeDeletion[] = [];
  private covering: RangeDeletion[] = [];

  /** @param deletions - of a file that the merge has come to; what lies before is of no effect */
  add(deletions: readonly RangeDeletion[], bounds: KeyBounds): void {
    for (const deletion of deletions) {
      const truncated = truncate(deletion, bounds);
      if (compareKeys(truncated.start, truncated.start.length, truncated.end) < 0) {
        this.waiting.push(truncated);
      }
    }
    this.waiting.sort((a, b) => compareKeys(b.start, b.start.length, a.start));
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0 && this.covering.length === 0;
  }

  /** Entries of this key with a smaller sequence number are deleted; 0 when none are. */
  sequenceAt(key: Uint8Array, keyLength: number): number {
    while (
      this.waiting.length > 0 &&
      compareKeys(key, keyLength, this.waiting[this.waiting.length - 1]!.start) >= 0
    ) {
      this.covering.push(this.waiting.pop()!);
    }
    let sequence = 0;
    let kept = 0;
    for (const deletion of this.covering) {
      if (compareKeys(key, keyLength, deletion.end) < 0) {
        this.covering[kept++] = deletion;
        sequence = Math.max(sequence, deletion.sequence);
      }
    }
    this.covering.length = kept;
    return sequence;
  }
}

function truncate(deletion: RangeDeletion, bounds: KeyBounds): RangeDeletion {
  const { smallest, largest, largestIsExclusive } = bounds;
  const start =
    compareKeys(deletion.start, deletion.start.length, smallest) < 0 ? smallest : deletion.start;
  const limit = largestIsExclusive ? largest : Buffer.concat([largest, Uint8Array.of(0)]);
  const end = compareKeys(deletion.end, deletion.end.length, limit) > 0 ? limit : deletion.end;
  return { start, end, sequence: deletion.sequence };
}
