/**
 * Where a packed row is, by the bytes of its key: open addressing over hashes and places.
 *
 * Invariant: at most three quarters of the slots are taken, so a look-up ends soon.
 */
// Hot path.
import { invariant } from '@millrace/core';
import type { RowBlocks } from './row-blocks.ts';

export const NO_ROW = -1;
const SLOT_BYTES = 8;
const SLOTS_MIN = 16;

/** @param key - `keyWord` of the row @param end - of the key's bytes in `source` */
export function rowHash(key: number, source: Uint8Array, start: number, end: number): number {
  let hash = Math.imul(key, 0x9e3779b1);
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const word =
      source[i]! | (source[i + 1]! << 8) | (source[i + 2]! << 16) | (source[i + 3]! << 24);
    hash = Math.imul(hash ^ word, 0xcc9e2d51);
    hash ^= hash >>> 15;
  }
  for (; i < end; i++) {
    hash = Math.imul(hash ^ source[i]!, 0x1b873593);
    hash ^= hash >>> 13;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

export class RowIndex {
  /** Rows in it. */
  size: number;
  /** Where the last look-up ended: at what it found, or where that would be. */
  slot: number;
  /** Of memory. */
  bytes: number;
  private readonly blocks: RowBlocks;
  /** Of each slot: the hash, and the place of the row, 1 added; 0 is an empty slot. */
  private table: Int32Array;
  private mask: number;

  constructor(blocks: RowBlocks) {
    this.size = 0;
    this.slot = 0;
    this.blocks = blocks;
    this.table = new Int32Array(2 * SLOTS_MIN);
    this.bytes = SLOT_BYTES * SLOTS_MIN;
    this.mask = SLOTS_MIN - 1;
  }

  get hasRoom(): boolean {
    return 4 * (this.size + 1) <= 3 * (this.mask + 1);
  }

  find(hash: number, key: number, source: Uint8Array, keyEnd: number): number {
    const { table, mask } = this;
    let slot = hash & mask;
    for (;;) {
      const place = table[2 * slot + 1]! - 1;
      if (place === NO_ROW) {
        this.slot = slot;
        return NO_ROW;
      }
      if (table[2 * slot] === hash && this.blocks.isKey(place, key, source, keyEnd)) {
        this.slot = slot;
        return place;
      }
      slot = (slot + 1) & mask;
    }
  }

  /** After a look-up that found nothing, while there is room. */
  insert(hash: number, place: number): void {
    this.table[2 * this.slot] = hash;
    this.table[2 * this.slot + 1] = place + 1;
    this.size++;
  }

  /** The row of the last look-up is elsewhere now. */
  replace(place: number): void {
    this.table[2 * this.slot + 1] = place + 1;
  }

  move(hash: number, from: number, to: number): void {
    this.slot = this.slotOf(hash, from);
    this.replace(to);
  }

  remove(hash: number, place: number): void {
    const { table, mask } = this;
    let hole = this.slotOf(hash, place);
    let slot = (hole + 1) & mask;
    // What could also lie in the hole moves there, so that no look-up stops too early.
    while (table[2 * slot + 1] !== 0) {
      const wanted = table[2 * slot]! & mask;
      if (((slot - wanted) & mask) >= ((slot - hole) & mask)) {
        table[2 * hole] = table[2 * slot]!;
        table[2 * hole + 1] = table[2 * slot + 1]!;
        hole = slot;
      }
      slot = (slot + 1) & mask;
    }
    table[2 * hole + 1] = 0;
    this.size--;
  }

  /** Twice as large. */
  grow(): void {
    this.rebuild(2 * (this.mask + 1));
  }

  /** As small as it can be for what is in it. */
  shrink(): void {
    let slots = SLOTS_MIN;
    while (4 * (this.size + 1) > 3 * slots) {
      slots *= 2;
    }
    if (slots <= this.mask) {
      this.rebuild(slots);
    }
  }

  private slotOf(hash: number, place: number): number {
    const { table, mask } = this;
    let slot = hash & mask;
    while (table[2 * slot + 1] !== place + 1) {
      invariant(table[2 * slot + 1] !== 0, 'each packed row is in the index');
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private rebuild(slots: number): void {
    const old = this.table;
    const table = new Int32Array(2 * slots);
    const mask = slots - 1;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] !== 0) {
        let slot = old[i]! & mask;
        while (table[2 * slot + 1] !== 0) {
          slot = (slot + 1) & mask;
        }
        table[2 * slot] = old[i]!;
        table[2 * slot + 1] = old[i + 1]!;
      }
    }
    this.table = table;
    this.bytes = SLOT_BYTES * slots;
    this.mask = mask;
  }
}
