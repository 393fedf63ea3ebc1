/**
 * Writes a version of all state in the heap backend's own layout: checkpoints and native savepoints.
 *
 * Flink: HeapSnapshotStrategy, HeapSnapshotWriter. Bytes: docs/formats/heap-keyed-state.md
 */
import { randomUUID } from 'node:crypto';
import { ListSerializer, MapSerializer, type TypeSerializer } from '@millrace/core';
import type { KeyedStateHandle, StateMeta, StreamStateHandle } from '@millrace/state';
import type { RowGroup } from '@millrace/state/columns';
import {
  type ArrayPrefix,
  entriesOf,
  type ListContents,
  type MapEntry,
  type MapValue,
} from './contents.ts';
import {
  arrayOf,
  HeapSnapshot,
  letGo,
  NO_TIMERS,
  type PinnedRows,
  type PinnedTimers,
} from './heap-snapshot.ts';
import type { SnapshotFilter } from './snapshot-filter.ts';
import { valueAt } from './versions.ts';

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
      for (const pinned of this.states) {
        this.beginFrames();
        yield* this.rowsOf(pinned, index, stateId);
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
        pinned.timers.unpin(index, this.source.version);
        stateId++;
        if (pinned.groups[index] !== undefined && this.budget.isOver()) {
          yield;
        }
      }
    }
  }

  private *timersOf(
    pinned: PinnedTimers<K>,
    index: number,
    ids: { stateId: number; at: number },
  ): Generator<void, void, void> {
    const serializer = this.timerSerializers[ids.at] as TypeSerializer<unknown>;
    const { length } = pinned.groups[index] ?? NO_TIMERS;
    this.writing = this.timerNames[ids.at] as string;
    this.output.writeShort(ids.stateId);
    this.output.writeInt(length);
    yield* this.eachTimer(pinned, index, (timer) => serializer.serialize(timer, this.output));
  }

  private *rowsOf(
    pinned: PinnedRows<K>,
    index: number,
    stateId: number,
  ): Generator<void, void, void> {
    const meta = this.metas[stateId] as StateMeta<unknown>;
    this.writing = this.stateNames[stateId] as string;
    const { table } = pinned;
    const { keySerializer, version } = this.source;
    const rows = pinned.rows[index] as Int32Array; // there if the group has rows
    const group = pinned.groups[index] as RowGroup;
    const length = pinned.lengths[index] as number;
    const whole = meta.kind !== 'list' && meta.kind !== 'map';
    const filter = this.filters[stateId];
    this.output.writeShort(stateId);
    this.output.writeInt(
      filter === undefined ? length : yield* this.kept(pinned, { index, filter }),
    );
    for (let i = 0; i < length; i++) {
      this.warm(pinned, index, i);
      const row = rows[i] as number;
      const old = table.valueAt(row, version);
      if (!filter?.leavesOut(old)) {
        meta.namespaceSerializer.serialize(table.namespaceOf(row), this.output);
        keySerializer.serialize(table.keyOf(row), this.output);
        const value = filter === undefined ? old : filter.contents(old);
        if (whole) {
          meta.stateSerializer.serialize(value, this.output);
        } else if (!this.writeShortContents(meta, value, group)) {
          yield* this.contentsOf(meta, value, group);
        }
      }
      table.letGo(row, group);
      if (this.spend()) {
        yield;
      }
    }
  }

  /** How many rows of a group a filter lets through: written before them. */
  private *kept(
    pinned: PinnedRows<K>,
    of: { readonly index: number; readonly filter: SnapshotFilter },
  ): Generator<void, number, void> {
    const rows = pinned.rows[of.index] as Int32Array;
    const length = pinned.lengths[of.index] as number;
    let kept = 0;
    for (let i = 0; i < length; i++) {
      const value = pinned.table.valueAt(rows[i] as number, this.source.version);
      kept += of.filter.leavesOut(value) ? 0 : 1;
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
    group: RowGroup,
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
  private writeShortContents(meta: StateMeta<unknown>, value: unknown, group: RowGroup): boolean {
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
    group: RowGroup,
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
