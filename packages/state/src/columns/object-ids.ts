/**
 * Objects by small numbers. A row that refers to its object by number costs the collector of garbage
 * nothing, where a reference to a young object is written down for it when it is stored, and followed
 * at each collection.
 *
 * Invariants:
 * - A number is of one object from `add` to `remove`, and for the snapshots and views that began
 *   before `remove` until they are over.
 */
// Hot path.
import type { Epochs } from './epochs.ts';
import { RetiredRows } from './retired-rows.ts';

const NONE = -1;

/** Retired ones that are looked at when one is added or removed: they are never more than that. */
const RELEASED_AT_ONCE = 2;

export class ObjectIds<T> {
  private readonly epochs: Epochs;
  private readonly objects: (T | undefined)[];
  private readonly free: number[];
  private readonly retired: RetiredRows;

  constructor(epochs: Epochs) {
    this.epochs = epochs;
    this.objects = [];
    this.free = [];
    this.retired = new RetiredRows();
  }

  /** @returns its number, from 0 on */
  add(object: T): number {
    this.releaseSome();
    const free = this.free.pop();
    if (free === undefined) {
      this.objects.push(object);
      return this.objects.length - 1;
    }
    this.objects[free] = object;
    return free;
  }

  get(id: number): T {
    return this.objects[id] as T;
  }

  remove(id: number): void {
    if (this.epochs.oldest === Number.POSITIVE_INFINITY) {
      this.forget(id);
    } else {
      this.retired.add(id, this.epochs.current);
    }
    this.releaseSome();
  }

  private releaseSome(): void {
    for (let i = 0; i < RELEASED_AT_ONCE && this.retired.size !== 0; i++) {
      const id = this.retired.take(this.epochs.oldest);
      if (id === NONE) {
        return;
      }
      this.forget(id);
    }
  }

  private forget(id: number): void {
    this.objects[id] = undefined;
    this.free.push(id);
  }
}
