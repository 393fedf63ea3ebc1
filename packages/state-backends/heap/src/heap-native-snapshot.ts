/**
 * Writes a version of all state in the heap backend's own layout: checkpoints and native savepoints.
 *
 * Flink: HeapSnapshotStrategy, HeapSnapshotWriter. Bytes: docs/formats/heap-keyed-state.md
 */
import { randomUUID } from 'node:crypto';
import { ListSerializer, MapSerializer, type TypeSerializer } from '@millrace/core';
import type {
  DenseGroup,
  KeyedStateHandle,
  StateMeta,
  StreamStateHandle,
  TimerEntry,
} from '@millrace/state';
import { type Cell, valueAt } from './cell.ts';
import {
  type ArrayPrefix,
  entriesOf,
  type ListContents,
  type MapEntry,
  type MapValue,
} from './contents.ts';
import { arrayOf, HeapSnapshot, letGo, type PinnedGroups } from './heap-snapshot.ts';
import type { SnapshotFilter } from './snapshot-filter.ts';

const SLICED_FROM = 64; // elements of one list or map; shorter ones are written in one go

export class HeapNativeSnapshot<K> extends HeapSnapshot<K> {
  protected override handleOf(stream: StreamStateHandle, offsets: number[]): KeyedStateHandle {
    return {
      kind: 'key-groups',
      keyGroupRange: this.source.keyGroupRange,
      offsets,
      stream,
      stateHandleId: randomUUID(),
    };
  }

  protected override *slices(offsets: number[]): Generator<void, void, void> {
    const range = this.source.keyGroupRange;
    for (let index = 0; index < range.numberOfKeyGroups; index++) {
      offsets.push(this.streamPosition());
      this.output.writeInt(range.startKeyGroup + index);
      let stateId = 0;
      for (const pinned of this.cells) {
        this.beginFrames();
        yield* this.cellsOf(pinned, index, stateId);
        yield* this.endFrames();
        pinned.groups[index]?.unpin(this.source.version);
        stateId++;
        if (pinned.lengths[index] !== 0 && this.budget.isOver()) {
          yield;
        }
      }
      for (const [at, pinned] of this.timers.entries()) {
        this.beginFrames();
        yield* this.timersOf(pinned, index, { stateId, at });
        yield* this.endFrames();
        pinned.groups[index]?.unpin(this.source.version);
        stateId++;
        if (pinned.lengths[index] !== 0 && this.budget.isOver()) {
          yield;
        }
      }
    }
  }

  private *timersOf(
    pinned: PinnedGroups<TimerEntry<K, unknown>>,
    index: number,
    ids: { stateId: number; at: number },
  ): Generator<void, void, void> {
    const serializer = this.timerSerializers[ids.at] as TypeSerializer<unknown>;
    const timers = pinned.entries[index];
    this.writing = this.timerNames[ids.at] as string;
    const length = pinned.lengths[index] as number;
    this.output.writeShort(ids.stateId);
    this.output.writeInt(length);
    for (let i = 0; i < length; i++) {
      serializer.serialize(timers?.[i], this.output);
      if (this.spend()) {
        yield;
      }
    }
  }

  private *cellsOf(
    pinned: PinnedGroups<Cell>,
    index: number,
    stateId: number,
  ): Generator<void, void, void> {
    const meta = this.metas[stateId] as StateMeta<unknown>;
    this.writing = this.stateNames[stateId] as string;
    const cells = pinned.entries[index];
    const group = pinned.groups[index] as DenseGroup<Cell>; // there if it has cells
    const length = pinned.lengths[index] as number;
    const whole = meta.kind !== 'list' && meta.kind !== 'map';
    const filter = this.filters[stateId];
    this.output.writeShort(stateId);
    this.output.writeInt(filter === undefined ? length : yield* this.kept(cells, length, filter));
    for (let i = 0; i < length; i++) {
      const cell = cells?.[i] as Cell;
      if (filter?.leavesOut(cell)) {
        letGo(cell, group);
        if (this.spend()) {
          yield;
        }
        continue;
      }
      meta.namespaceSerializer.serialize(cell.namespace, this.output);
      this.source.keySerializer.serialize(cell.key as K, this.output);
      const old = valueAt(cell, this.source.version);
      const value = filter === undefined ? old : filter.contents(old);
      if (whole) {
        meta.stateSerializer.serialize(value, this.output);
      } else if (!this.writeShortContents(meta, value, group)) {
        yield* this.contentsOf(meta, value, group);
      }
      letGo(cell, group);
      if (this.spend()) {
        yield;
      }
    }
  }

  /** How many of the first `length` cells a filter lets through: written before them. */
  private *kept(
    cells: readonly Cell[] | undefined,
    length: number,
    filter: SnapshotFilter,
  ): Generator<void, number, void> {
    let kept = 0;
    for (let i = 0; i < length; i++) {
      kept += filter.leavesOut(cells?.[i] as Cell) ? 0 : 1;
      if (this.budget.spend()) {
        yield;
      }
    }
    return kept;
  }

  /** A list or map; long ones in slices. */
  private *contentsOf(
    meta: StateMeta<unknown>,
    value: unknown,
    group: DenseGroup<Cell>,
  ): Generator<void, void, void> {
    const serializer = meta.stateSerializer as unknown;
    if (serializer instanceof ListSerializer) {
      const { elements, length } = arrayOf(value as ListContents | ArrayPrefix<unknown>);
      for (let i = 0; i < length; i++) {
        serializer.elementSerializer.serialize(elements[i], this.output);
        if (this.spend()) {
          yield;
        }
      }
    } else if (serializer instanceof MapSerializer) {
      const { elements, length } = entriesOf(value as MapValue | ArrayPrefix<MapEntry>);
      for (let i = 0; i < length; i++) {
        this.writeMapEntry(elements[i] as MapEntry, serializer, group);
        if (this.spend()) {
          yield;
        }
      }
    }
  }

  /** False when the contents are too long for one go. */
  private writeShortContents(
    meta: StateMeta<unknown>,
    value: unknown,
    group: DenseGroup<Cell>,
  ): boolean {
    const serializer = meta.stateSerializer as unknown;
    if (serializer instanceof ListSerializer) {
      const { elements, length } = arrayOf(value as ListContents | ArrayPrefix<unknown>);
      this.output.writeInt(length);
      if (length >= SLICED_FROM) {
        return false;
      }
      for (let i = 0; i < length; i++) {
        serializer.elementSerializer.serialize(elements[i], this.output);
      }
    } else if (serializer instanceof MapSerializer) {
      const { elements, length } = entriesOf(value as MapValue | ArrayPrefix<MapEntry>);
      this.output.writeInt(length);
      if (length >= SLICED_FROM) {
        return false;
      }
      for (let i = 0; i < length; i++) {
        this.writeMapEntry(elements[i] as MapEntry, serializer, group);
      }
    }
    return true;
  }

  private writeMapEntry(
    entry: MapEntry,
    serializer: MapSerializer<unknown, unknown>,
    group: DenseGroup<Cell>,
  ): void {
    const value = valueAt(entry, this.source.version);
    const isNull = value === undefined || value === null;
    serializer.keySerializer.serialize(entry.userKey, this.output);
    this.output.writeBoolean(isNull);
    if (!isNull) {
      serializer.valueSerializer.serialize(value, this.output);
    }
    letGo(entry, group);
  }
}
