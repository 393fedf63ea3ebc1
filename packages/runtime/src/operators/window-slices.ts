/**
 * The records of a key in slices of time: one accumulator for each slice that has a record, which
 * the windows that overlap it share.
 *
 * Invariants:
 * - A slice is known by its start. The slices of a key are one map, so that what a long window costs
 *   when it fires goes by the slices that have records, not by its length.
 * - Combining leaves the stored accumulators as they are: `merge` may change what it is given, so it
 *   is given copies, unless values of the type cannot be changed.
 *
 * Design: docs/decisions/0005-sliding-windows-by-slices.md, docs/decisions/0019-slices-in-one-pass.md
 */
// Hot path.

import {
  type MapState,
  MapStateDescriptor,
  type TimeWindow,
  type TypeSerializer,
  Types,
  VOID_NAMESPACE,
} from '@millrace/core';
import {
  type InternalKvState,
  type KeyedStateBackend,
  type MapEntryVisitor,
  visitRange,
} from '@millrace/state';
import type { SliceableAggregate } from './sliceable-aggregate.ts';

export class WindowSlices<IN, ACC> implements MapEntryVisitor<number, ACC> {
  private readonly fn: SliceableAggregate<IN, ACC>;
  private readonly sliceLength: number;
  private readonly serializer: TypeSerializer<ACC>;
  private readonly copies: boolean;
  private state!: MapState<number, ACC>;
  /** Reused: the slices that were read last, in order, of which the first `count` are meant. */
  private readonly starts: number[];
  private readonly accumulators: ACC[];
  private count: number;
  /** Where the next slice behind these begins; Infinity if there is none. */
  private next: number;

  constructor(fn: SliceableAggregate<IN, ACC>, sliceLength: number) {
    this.fn = fn;
    this.sliceLength = sliceLength;
    this.serializer = fn.accumulatorType.createSerializer();
    this.copies = !this.serializer.isImmutableType;
    this.starts = [];
    this.accumulators = [];
    this.count = 0;
    this.next = Number.POSITIVE_INFINITY;
  }

  bind<K>(backend: KeyedStateBackend<K>): void {
    const descriptor = new MapStateDescriptor<number, ACC>(
      'window-slices',
      Types.LONG,
      this.fn.accumulatorType,
    );
    const state = backend.getOrCreateKeyedState<
      typeof VOID_NAMESPACE,
      MapState<number, ACC> & InternalKvState<K, typeof VOID_NAMESPACE>
    >(Types.VOID_NAMESPACE, descriptor);
    state.setCurrentNamespace(VOID_NAMESPACE);
    this.state = state;
  }

  /** True when the slice had no record. */
  add(start: number, value: IN): boolean {
    const before = this.state.get(start);
    const isNew = before === undefined;
    const after = isNew ? this.fn.first(value) : this.fn.add(value, before);
    if (after === undefined || after === null) {
      this.state.remove(start);
      return false;
    }
    this.state.put(start, after);
    return isNew;
  }

  /** True when a slice with a record begins in `[from, start)`. The one right before `start` is the likely one. */
  hasBefore(start: number, from: number): boolean {
    const last = start - this.sliceLength;
    if (last < from) {
      return false;
    }
    if (this.state.contains(last)) {
      return true;
    }
    for (const other of this.state.keys()) {
      if (other >= from && other < last) {
        return true;
      }
    }
    return false;
  }

  copy(accumulator: ACC): ACC {
    return this.copies ? this.serializer.copy(accumulator) : accumulator;
  }

  /** Reads the slices that the current key has in a window, for what follows. */
  read(window: TimeWindow): void {
    this.count = 0;
    this.next = visitRange(this.state, { from: window.start, to: window.end }, this);
  }

  visit(start: number, accumulator: ACC): void {
    const { starts, accumulators } = this;
    let at = this.count++;
    // They mostly come in order.
    while (at > 0 && (starts[at - 1] as number) > start) {
      starts[at] = starts[at - 1] as number;
      accumulators[at] = accumulators[at - 1] as ACC;
      at--;
    }
    starts[at] = start;
    accumulators[at] = accumulator;
  }

  /** What `base`, which may be changed, and the slices that were read make together. */
  combine(base: ACC | undefined): ACC | undefined {
    const { accumulators, count } = this;
    let combined = base;
    for (let i = 0; i < count; i++) {
      const accumulator = this.copy(accumulators[i] as ACC);
      combined = combined === undefined ? accumulator : this.fn.merge(combined, accumulator);
    }
    return combined;
  }

  /** Where the first slice begins that does not begin before `from`, a time in the window; Infinity if there is none. */
  firstFrom(from: number): number {
    for (let i = 0; i < this.count; i++) {
      if ((this.starts[i] as number) >= from) {
        return this.starts[i] as number;
      }
    }
    return this.next;
  }

  /** Those that were read and begin before `to`. */
  drop(to: number): void {
    for (let i = 0; i < this.count && (this.starts[i] as number) < to; i++) {
      this.state.remove(this.starts[i] as number);
    }
  }
}
