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
 * Design: docs/decisions/0005-sliding-windows-by-slices.md
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
import type { InternalKvState, KeyedStateBackend } from '@millrace/state';
import type { SliceableAggregate } from './sliceable-aggregate.ts';

/** Up to so many slices of a window are looked up, as that is less than going through a map. */
const LOOKED_UP_MAX = 16;

export class WindowSlices<IN, ACC> {
  /** The start of the last slice that `combine` found in its window; -Infinity if none. */
  lastStart: number;
  private readonly fn: SliceableAggregate<IN, ACC>;
  private readonly sliceLength: number;
  private readonly looksUp: boolean;
  private readonly serializer: TypeSerializer<ACC>;
  private readonly copies: boolean;
  private state!: MapState<number, ACC>;
  /** Reused: the slices of the window that is combined, in order. */
  private readonly starts: number[];
  private readonly accumulators: ACC[];

  constructor(
    fn: SliceableAggregate<IN, ACC>,
    lengths: { readonly window: number; readonly slice: number },
  ) {
    this.sliceLength = lengths.slice;
    this.looksUp = lengths.window / lengths.slice <= LOOKED_UP_MAX;
    this.lastStart = Number.NEGATIVE_INFINITY;
    this.fn = fn;
    this.serializer = fn.accumulatorType.createSerializer();
    this.copies = !this.serializer.isImmutableType;
    this.starts = [];
    this.accumulators = [];
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

  /** What `base`, which may be changed, and the slices in the window make together. */
  combine(window: TimeWindow, base: ACC | undefined): ACC | undefined {
    if (this.looksUp) {
      return this.lookUp(window, base);
    }
    this.gather(window);
    let combined = base;
    for (let i = 0; i < this.starts.length; i++) {
      const accumulator = this.copy(this.accumulators[i] as ACC);
      combined = combined === undefined ? accumulator : this.fn.merge(combined, accumulator);
    }
    return combined;
  }

  copy(accumulator: ACC): ACC {
    return this.copies ? this.serializer.copy(accumulator) : accumulator;
  }

  /** True when a slice with a record begins in `[from, to)`. */
  hasIn(from: number, to: number): boolean {
    for (const start of this.state.keys()) {
      if (start >= from && start < to) {
        return true;
      }
    }
    return false;
  }

  /** @param to - all that begins before `from` is dropped already */
  drop(from: number, to: number): void {
    if (this.looksUp) {
      for (let start = from; start < to; start += this.sliceLength) {
        this.state.remove(start);
      }
      return;
    }
    const { starts } = this;
    starts.length = 0;
    for (const start of this.state.keys()) {
      if (start < to) {
        starts.push(start);
      }
    }
    for (let i = 0; i < starts.length; i++) {
      this.state.remove(starts[i] as number);
    }
  }

  private lookUp(window: TimeWindow, base: ACC | undefined): ACC | undefined {
    let combined = base;
    let lastStart = Number.NEGATIVE_INFINITY;
    for (let start = window.start; start < window.end; start += this.sliceLength) {
      const found = this.state.get(start);
      if (found !== undefined) {
        lastStart = start;
        const accumulator = this.copy(found);
        combined = combined === undefined ? accumulator : this.fn.merge(combined, accumulator);
      }
    }
    this.lastStart = lastStart;
    return combined;
  }

  private gather(window: TimeWindow): void {
    const { starts, accumulators } = this;
    starts.length = 0;
    accumulators.length = 0;
    for (const [start, accumulator] of this.state.entries()) {
      if (start >= window.start && start < window.end) {
        let at = starts.length;
        // They mostly come in order.
        while (at > 0 && (starts[at - 1] as number) > start) {
          starts[at] = starts[at - 1] as number;
          accumulators[at] = accumulators[at - 1] as ACC;
          at--;
        }
        starts[at] = start;
        accumulators[at] = accumulator;
      }
    }
    this.lastStart = starts[starts.length - 1] ?? Number.NEGATIVE_INFINITY;
  }
}
