/**
 * State without namespaces: the row of the key leads to that of its value.
 *
 * Invariants:
 * - Rows of values come in frames, each for as many keys that follow one another; a frame exists while
 *   one of them has a value. So a state that few keys have takes little memory, and one that all have
 *   is found by one small table more.
 * - While a snapshot runs each frame stays with its keys.
 *
 * Design: docs/decisions/0014-heap-state-in-columns.md
 */
// Hot path.
import type { StateMeta, WarmedTable } from '@millrace/state';
import { Int32Column } from '@millrace/state/columns';
import type { HeapKeys } from './heap-keys.ts';
import { StateTable } from './state-table.ts';

const FRAME_BITS = 5;
const FRAME_ROWS = 1 << FRAME_BITS;
const IN_FRAME = FRAME_ROWS - 1;
const NO_ROW = -1;

export class VoidNamespaceTable<K, N> extends StateTable<K, N> implements WarmedTable {
  private readonly namespace: N;
  /** By 32 rows of keys: one more than their frame, or 0. */
  private frames: Int32Array;
  /** By frame: which rows of keys it is for. */
  private readonly pages: Int32Column;
  /** By frame: how many values. */
  private readonly counts: Int32Column;
  private frameCount: number;
  private readonly freeFrames: number[];

  constructor(meta: StateMeta<N>, keys: HeapKeys<K>, namespace: N) {
    super(meta, keys);
    this.namespace = namespace;
    this.frames = new Int32Array(1);
    this.pages = new Int32Column();
    this.counts = new Int32Column();
    this.frameCount = 0;
    this.freeFrames = [];
    keys.ahead.register(this);
  }

  setNamespace(): void {}

  find(): number {
    const keyRow = this.keys.currentRow();
    return keyRow < 0 ? NO_ROW : this.findRow(keyRow);
  }

  insert(value: unknown): void {
    const { keys } = this;
    this.admitFirst(keys.currentGroupIndex(), value);
    this.insertAt(keys.use(), value);
  }

  removeRow(row: number): void {
    this.keys.checkUnchanged(this.keys.rows, this.keyRowOf(row));
    this.drop(row);
  }

  removeKey(): void {
    this.removeCurrent();
  }

  restore(restored: { key: K; keyGroup: number; value: unknown }): void {
    this.insertAt(this.keys.useKey(restored.key, restored.keyGroup), restored.value);
  }

  rowsOf(key: K): number[] {
    const keyRow = this.keys.rowOf(key);
    const row = keyRow < 0 ? NO_ROW : this.findRow(keyRow);
    return row < 0 ? [] : [row];
  }

  keysOf(): K[] {
    return Array.from(this.allRows(), (row) => this.keyOf(row));
  }

  keyOf(row: number): K {
    return this.keys.rows.keyOf(this.keyRowOf(row));
  }

  namespaceOf(): N {
    return this.namespace;
  }

  protected warmKey(row: number): number {
    return this.keys.rows.warm(this.keyRowOf(row));
  }

  protected groupIndexOf(row: number): number {
    return this.keys.rows.groupOf(this.keyRowOf(row));
  }

  protected drop(row: number): void {
    this.unset(row);
    const frame = row >>> FRAME_BITS;
    const count = this.counts.get(frame) - 1;
    this.counts.set(frame, count);
    this.keys.unuse(this.keyRowOf(row));
    if (count === 0 && this.pins === 0) {
      this.frames[this.pages.get(frame)] = 0;
      this.freeFrames.push(frame);
    }
  }

  warmValues(keyRows: Int32Array, rows: Int32Array, count: number): number {
    for (let i = 0; i < count; i++) {
      const keyRow = keyRows[i] as number;
      rows[i] = keyRow < 0 ? NO_ROW : this.placeFor(keyRow);
    }
    return this.values.warm(rows, count);
  }

  private findRow(keyRow: number): number {
    const row = this.placeFor(keyRow);
    return row >= 0 && this.values.has(row) ? row : NO_ROW;
  }

  /** Where the value of a key is, if it has one; -1 where it surely has none. */
  private placeFor(keyRow: number): number {
    const page = keyRow >>> FRAME_BITS;
    const { frames } = this;
    const frame = page < frames.length ? (frames[page] as number) : 0;
    return frame === 0 ? NO_ROW : ((frame - 1) << FRAME_BITS) | (keyRow & IN_FRAME);
  }

  private keyRowOf(row: number): number {
    return (this.pages.get(row >>> FRAME_BITS) << FRAME_BITS) | (row & IN_FRAME);
  }

  private insertAt(keyRow: number, value: unknown): void {
    const frame = this.frameFor(keyRow >>> FRAME_BITS);
    this.counts.set(frame, this.counts.get(frame) + 1);
    const row = (frame << FRAME_BITS) | (keyRow & IN_FRAME);
    this.setFirst(row, this.keys.rows.groupOf(keyRow), value);
  }

  private frameFor(page: number): number {
    if (page >= this.frames.length) {
      // 10 million keys have 1.2 MB of them: copied at once.
      const frames = new Int32Array(Math.max(2 * this.frames.length, page + 1));
      frames.set(this.frames);
      this.frames = frames;
    }
    const known = this.frames[page] as number;
    if (known !== 0) {
      return known - 1;
    }
    const frame = this.freeFrames.pop() ?? this.frameCount++;
    this.pages.reserve(frame + 1);
    this.counts.reserve(frame + 1);
    this.reserve((frame + 1) << FRAME_BITS);
    this.pages.set(frame, page);
    this.frames[page] = frame + 1;
    return frame;
  }
}
