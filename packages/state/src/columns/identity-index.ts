/**
 * Finds the row of a key by its identity: a hash table of numbers beside the columns of keys.
 *
 * Invariants:
 * - `find` gives the row whose identity is the same, as a `Map` would.
 * - A look-up reads at most `PROBES_MAX` slots, whatever the hashes are.
 * - No change moves more than one segment, however many rows there are: no record waits for it.
 * - Nothing is iterated: what goes through keys goes by rows, so that hashes never show.
 *
 * Slots of very many numbers have the whole hash: whole numbers of one hash are the same, so that nothing else
 * is read to find their row. For fewer, half as large slots stay in the caches; and all other identities are
 * looked at anyway.
 *
 * Up to `LISTED_MAX` rows are compared one by one; then one table of slots doubles; a full segment
 * splits in two by one more bit of the hash, as in extendible hashing.
 *
 * Flink: CopyOnWriteStateMap's tables, of which the second is filled a few entries a call. Design:
 * docs/decisions/0014-heap-state-in-columns.md
 */
// Hot path.
import type { KeyRows } from './key-rows.ts';

const LISTED_MAX = 8;
const SLOTS_MIN = 32;
const SEGMENT_BITS = 14;
const SEGMENT_SLOTS = 1 << SEGMENT_BITS;
/** Of the hash, above those of the place in a segment: 2^27 slots. */
const DIRECTORY_BITS_MAX = 13;
/** At most half of the slots are taken: runs of taken ones stay short. */
const SLOTS_PER_ROW_MIN = 2;
/** From so many slots for each row on the table shrinks. */
const SLOTS_PER_ROW_MAX = 16;
/** Hashes of random keys need as many at most. What needs more goes into a `Map`. */
const PROBES_MAX = 64;

/** From this depth of a segment on, which 32,768 rows come to, slots of numbers have the whole hash. */
const HASHED_DEPTH = 3;

/**
 * A slot: the row and one in the low bits, the highest bits of the hash in the others; 0 is free. With the
 * whole hash: the row and one, then the hash.
 */
const ROW_MASK = 0x07ffffff;
const TAG_MASK = ~ROW_MASK;
const FREE = 0;
const NO_ROW = -1;

/** Of all indexes that are small, as a session window has one of its own. */
const NO_SLOTS: Int32Array[] = [];
const NO_SEGMENTS: Segment[] = [];

class Segment {
  /** Twice as long as `SEGMENT_SLOTS` where they have the whole hash, and no longer than it otherwise. */
  slots: Int32Array;
  count: number;
  /** So many bits above `SEGMENT_BITS` are the same of all hashes in it. */
  depth: number;

  constructor(slots: Int32Array, count: number, depth: number) {
    this.slots = slots;
    this.count = count;
    this.depth = depth;
  }
}

export class IdentityIndex {
  size: number;
  /** How often a row was added or removed. */
  changes: number;
  private readonly rows: KeyRows<unknown>;
  private readonly hashedDepth: number;
  /** While they are few; then `undefined`. */
  private few: number[] | undefined;
  /** By the bits of the hash above `SEGMENT_BITS`; empty while rows are few. */
  private directory: Int32Array[];
  private segments: Segment[];
  /** Rows of what found no free slot near enough, by identity. */
  private beyond: Map<unknown, number> | undefined;

  /**
   * @param hashedDepth - of segments of numbers, from 1: from there on slots have the whole hash. Less than
   *   the default in tests alone, which have few rows
   */
  constructor(rows: KeyRows<unknown>, hashedDepth: number = HASHED_DEPTH) {
    this.size = 0;
    this.changes = 0;
    this.rows = rows;
    this.hashedDepth = rows.areNumbers ? hashedDepth : Number.POSITIVE_INFINITY;
    this.few = [];
    this.directory = NO_SLOTS;
    this.segments = NO_SEGMENTS;
    this.beyond = undefined;
  }

  /** @param hash - `hashOfIdentity(identity)`, here and below @returns -1 where there is none */
  find(identity: unknown, hash: number): number {
    if (this.few !== undefined) {
      return this.findListed(this.few, identity);
    }
    const { directory } = this;
    const slots = directory[(hash >>> SEGMENT_BITS) & (directory.length - 1)] as Int32Array;
    const row = hasHashes(slots)
      ? this.findByHash(slots, identity, hash)
      : this.findByTag(slots, identity, hash);
    return row === NO_ROW && this.beyond !== undefined
      ? (this.beyond.get(identity) ?? NO_ROW)
      : row;
  }

  /**
   * Reads what finding these hashes will read, in loops as short as can be: there the processor waits
   * for many loads at once, where a look-up waits for one after the other.
   *
   * @param rows - takes the row that each look-up compares first; -1 where there is none
   * @returns nothing of use, but the reads must lead somewhere
   */
  warm(hashes: Int32Array, rows: Int32Array, count: number): number {
    if (this.few !== undefined) {
      rows.fill(NO_ROW, 0, count);
      return 0;
    }
    this.readSlots(hashes, rows, count);
    const { identities, areInts } = this.rows;
    let read = 0;
    if (areInts && hasHashes(this.directory[0] as Int32Array)) {
      return read; // The hash beside the row tells such a key.
    }
    for (let i = 0; i < count; i++) {
      const row = rows[i] as number;
      read += row >= 0 && identities.has(row) ? 1 : 0;
    }
    for (let i = 0; i < count; i++) {
      const row = rows[i] as number;
      read += row < 0 ? 0 : this.rows.warm(row);
    }
    return read;
  }

  /** There must be no row of its identity. */
  add(row: number, hash: number): void {
    this.size++;
    this.changes++;
    if (this.few !== undefined) {
      if (this.size <= LISTED_MAX) {
        this.few = this.few.length === 0 ? [row] : this.few; // a push would make room for 17
        if (this.size > 1) {
          this.few.push(row);
        }
        return;
      }
      this.listIntoTable(this.few);
    }
    let segment = this.segmentOf(hash);
    if (segment.count * SLOTS_PER_ROW_MIN >= slotCountOf(segment.slots)) {
      segment = this.enlarged(segment, hash);
    }
    this.place(segment, row, hash);
  }

  /** The row must be in it. */
  remove(row: number, hash: number): void {
    this.size--;
    this.changes++;
    if (this.few !== undefined) {
      const at = this.few.indexOf(row);
      this.few.splice(at, 1);
      return;
    }
    const segment = this.segmentOf(hash);
    const { slots } = segment;
    const slotBits = hasHashes(slots) ? 1 : 0;
    const step = 1 << slotBits;
    const mask = slots.length - 1;
    let gap = (hash << slotBits) & mask;
    let probes = PROBES_MAX;
    while (probes !== 0 && rowAt(slots, gap) !== row && slots[gap] !== FREE) {
      gap = (gap + step) & mask;
      probes--;
    }
    if (probes === 0 || slots[gap] === FREE) {
      this.beyond?.delete(this.rows.identities.get(row));
      return;
    }
    segment.count--;
    // What was pushed on by the one that goes moves back, as a search ends at a free slot.
    for (let at = (gap + step) & mask; slots[at] !== FREE; at = (at + step) & mask) {
      const home = (this.hashAt(slots, at) << slotBits) & mask;
      if (((at - home) & mask) >= ((at - gap) & mask)) {
        slots.copyWithin(gap, at, at + step);
        gap = at;
      }
    }
    slots[gap] = FREE;
    const slotCount = slotCountOf(slots);
    if (segment.count * SLOTS_PER_ROW_MAX < slotCount && slotCount > SLOTS_MIN) {
      this.shrink(segment, hash);
    }
  }

  clear(): void {
    this.size = 0;
    this.changes++;
    this.few = [];
    this.directory = NO_SLOTS;
    this.segments = NO_SEGMENTS;
    this.beyond = undefined;
  }

  private findByTag(slots: Int32Array, identity: unknown, hash: number): number {
    const { identities } = this.rows;
    const mask = slots.length - 1;
    let at = hash & mask;
    let slot = slots[at] as number;
    for (let probes = PROBES_MAX; slot !== FREE && probes !== 0; probes--) {
      if (((slot ^ hash) & TAG_MASK) === 0 && identities.is((slot & ROW_MASK) - 1, identity)) {
        return (slot & ROW_MASK) - 1;
      }
      at = (at + 1) & mask;
      slot = slots[at] as number;
    }
    return NO_ROW;
  }

  private findByHash(slots: Int32Array, identity: unknown, hash: number): number {
    const { rows } = this;
    const isExact = rows.areInts && typeof identity === 'number' && (identity | 0) === identity;
    const mask = slots.length - 1;
    let at = (hash << 1) & mask;
    let slot = slots[at] as number;
    for (let probes = PROBES_MAX; slot !== FREE && probes !== 0; probes--) {
      if (slots[at + 1] === hash && (isExact || rows.identities.is(slot - 1, identity))) {
        return slot - 1;
      }
      at = (at + 2) & mask;
      slot = slots[at] as number;
    }
    return NO_ROW;
  }

  private readSlots(hashes: Int32Array, rows: Int32Array, count: number): void {
    const { directory } = this;
    const segmentMask = directory.length - 1;
    for (let i = 0; i < count; i++) {
      const hash = hashes[i] as number;
      const slots = directory[(hash >>> SEGMENT_BITS) & segmentMask] as Int32Array;
      const at = (hasHashes(slots) ? hash << 1 : hash) & (slots.length - 1);
      rows[i] = rowAt(slots, at); // -1 of a free one
    }
  }

  private findListed(few: readonly number[], identity: unknown): number {
    const { identities } = this.rows;
    for (let i = 0; i < few.length; i++) {
      const row = few[i] as number;
      if (identities.is(row, identity)) {
        return row;
      }
    }
    return NO_ROW;
  }

  private segmentOf(hash: number): Segment {
    const { segments } = this;
    return segments[(hash >>> SEGMENT_BITS) & (segments.length - 1)] as Segment;
  }

  private hashAt(slots: Int32Array, at: number): number {
    return hasHashes(slots) ? (slots[at + 1] as number) : this.rows.hashOf(rowAt(slots, at));
  }

  private place(segment: Segment, row: number, hash: number): void {
    const { slots } = segment;
    const isHashed = hasHashes(slots);
    const step = isHashed ? 2 : 1;
    const mask = slots.length - 1;
    let at = (isHashed ? hash << 1 : hash) & mask;
    for (let probes = PROBES_MAX; probes !== 0; probes--) {
      if (slots[at] === FREE) {
        if (isHashed) {
          slots[at] = row + 1;
          slots[at + 1] = hash;
        } else {
          slots[at] = (hash & TAG_MASK) | (row + 1);
        }
        segment.count++;
        return;
      }
      at = (at + step) & mask;
    }
    this.beyond ??= new Map();
    this.beyond.set(this.rows.identities.get(row), row);
  }

  private placeAllOf(slots: Int32Array, segmentOfHash: (hash: number) => Segment): void {
    const step = hasHashes(slots) ? 2 : 1;
    for (let at = 0; at < slots.length; at += step) {
      if (slots[at] !== FREE) {
        const hash = this.hashAt(slots, at);
        this.place(segmentOfHash(hash), rowAt(slots, at), hash);
      }
    }
  }

  /** Free ones. */
  private slotsOfDepth(depth: number): Int32Array {
    return new Int32Array(depth < this.hashedDepth ? SEGMENT_SLOTS : 2 * SEGMENT_SLOTS);
  }

  private listIntoTable(few: readonly number[]): void {
    const segment = new Segment(new Int32Array(SLOTS_MIN), 0, 0);
    this.few = undefined;
    this.segments = [segment];
    this.directory = [segment.slots];
    for (const row of few) {
      this.place(segment, row, this.rows.hashOf(row));
    }
  }

  /** @returns where `hash` belongs now */
  private enlarged(segment: Segment, hash: number): Segment {
    if (segment.slots.length < SEGMENT_SLOTS) {
      this.resize(segment, 2 * segment.slots.length);
      return segment;
    }
    if (segment.depth < DIRECTORY_BITS_MAX) {
      this.split(segment, hash);
    }
    return this.segmentOf(hash);
  }

  /** The only one. */
  private resize(segment: Segment, length: number): void {
    const before = segment.slots;
    segment.slots = new Int32Array(length);
    segment.count = 0;
    this.directory[0] = segment.slots;
    this.placeAllOf(before, () => segment);
  }

  private split(segment: Segment, hash: number): void {
    const { depth } = segment;
    if (1 << depth === this.segments.length) {
      this.segments = [...this.segments, ...this.segments];
      this.directory = [...this.directory, ...this.directory];
    }
    const first = (hash >>> SEGMENT_BITS) & ((1 << depth) - 1);
    const halves = [0, 1].map(() => new Segment(this.slotsOfDepth(depth + 1), 0, depth + 1));
    for (let i = 0; first + (i << depth) < this.segments.length; i++) {
      this.put(first + (i << depth), halves[i & 1] as Segment);
    }
    this.placeAllOf(segment.slots, (other) => this.segmentOf(other));
  }

  private shrink(segment: Segment, hash: number): void {
    const { depth } = segment;
    if (depth === 0) {
      if (this.segments.length > 1) {
        this.segments = [segment];
        this.directory = [segment.slots];
      }
      this.resize(segment, segment.slots.length >> 1);
      return;
    }
    const first = (hash >>> SEGMENT_BITS) & ((1 << (depth - 1)) - 1);
    const step = 1 << (depth - 1);
    const buddies = [this.segments[first] as Segment, this.segments[first + step] as Segment];
    const [a, b] = buddies as [Segment, Segment];
    if (a.depth !== b.depth || (a.count + b.count) * SLOTS_PER_ROW_MAX > SEGMENT_SLOTS * 2) {
      return;
    }
    const merged = new Segment(this.slotsOfDepth(depth - 1), 0, depth - 1);
    for (let i = first; i < this.segments.length; i += step) {
      this.put(i, merged);
    }
    for (const buddy of buddies) {
      this.placeAllOf(buddy.slots, () => merged);
    }
  }

  private put(at: number, segment: Segment): void {
    this.segments[at] = segment;
    this.directory[at] = segment.slots;
  }
}

function hasHashes(slots: Int32Array): boolean {
  return slots.length > SEGMENT_SLOTS;
}

function slotCountOf(slots: Int32Array): number {
  return hasHashes(slots) ? SEGMENT_SLOTS : slots.length;
}

function rowAt(slots: Int32Array, at: number): number {
  return ((slots[at] as number) & ROW_MASK) - 1;
}
