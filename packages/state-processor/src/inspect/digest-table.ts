/**
 * Digests of entries by the digest of their keys: 64 bits each, with no object per entry.
 *
 * Invariants:
 * - At most `capacityMax` entries; a full one says so and takes no more.
 */
// Hot path.

export const EMPTY = 0;
/** In the first snapshot, and not met in the second so far. */
export const HELD = 1;
export const SAME = 2;
export const CHANGED = 3;

const SLOTS_MIN = 1024;
const NOT_FOUND = -1;

export class DigestTable {
  readonly capacityMax: number;
  size = 0;
  private slots = SLOTS_MIN;
  /** Of slot i: key high, key low, value high, value low. */
  private words = new Int32Array(4 * SLOTS_MIN);
  private marks = new Uint8Array(SLOTS_MIN);

  constructor(capacityMax: number) {
    this.capacityMax = capacityMax;
  }

  /** @returns false when it is full */
  put(keyHigh: number, keyLow: number, valueHigh: number, valueLow: number): boolean {
    if (this.size >= this.capacityMax) {
      return false;
    }
    if (this.size * 2 >= this.slots) {
      this.rebuild(this.slots * 2, 0, 0);
    }
    this.insert(keyHigh, keyLow, valueHigh, valueLow, HELD);
    return true;
  }

  /** The slot of a key; -1 when it is not there. */
  find(keyHigh: number, keyLow: number): number {
    const { words, marks, slots } = this;
    for (let slot = (keyHigh >>> 0) & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      if (marks[slot] === EMPTY) {
        return NOT_FOUND;
      }
      if (words[4 * slot] === keyHigh && words[4 * slot + 1] === keyLow) {
        return slot;
      }
    }
  }

  hasValue(slot: number, valueHigh: number, valueLow: number): boolean {
    return this.words[4 * slot + 2] === valueHigh && this.words[4 * slot + 3] === valueLow;
  }

  markOf(slot: number): number {
    return this.marks[slot] as number;
  }

  mark(slot: number, mark: number): void {
    this.marks[slot] = mark;
  }

  count(mark: number): number {
    let count = 0;
    for (let slot = 0; slot < this.slots; slot++) {
      count += this.marks[slot] === mark ? 1 : 0;
    }
    return count;
  }

  /** Forgets the keys whose low digest is not `value` in the bits of `mask`. */
  keepOnly(mask: number, value: number): void {
    this.rebuild(this.slots, mask, value);
  }

  clear(): void {
    this.size = 0;
    this.marks.fill(EMPTY);
  }

  private insert(
    keyHigh: number,
    keyLow: number,
    valueHigh: number,
    valueLow: number,
    mark: number,
  ): void {
    const { words, marks, slots } = this;
    let slot = (keyHigh >>> 0) & (slots - 1);
    while (marks[slot] !== EMPTY) {
      slot = (slot + 1) & (slots - 1);
    }
    words[4 * slot] = keyHigh;
    words[4 * slot + 1] = keyLow;
    words[4 * slot + 2] = valueHigh;
    words[4 * slot + 3] = valueLow;
    marks[slot] = mark;
    this.size++;
  }

  private rebuild(slots: number, mask: number, value: number): void {
    const { words, marks, slots: before } = this;
    this.slots = slots;
    this.words = new Int32Array(4 * slots);
    this.marks = new Uint8Array(slots);
    this.size = 0;
    for (let slot = 0; slot < before; slot++) {
      const at = 4 * slot;
      if (marks[slot] !== EMPTY && ((words[at + 1] as number) & mask) === value) {
        this.insert(
          words[at] as number,
          words[at + 1] as number,
          words[at + 2] as number,
          words[at + 3] as number,
          marks[slot] as number,
        );
      }
    }
  }
}
