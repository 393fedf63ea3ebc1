/**
 * Writes a version of all state in the layout that all backends share: canonical savepoints.
 *
 * Invariant: the last entry that was written stays in the buffer until it is known whether another
 * of its state follows, since that decides a bit of its key.
 *
 * Flink: FullSnapshotAsyncWriter, HeapSnapshotStrategy for canonical savepoints. Bytes: docs/formats/canonical-keyed-state.md
 */
import { ListSerializer, MapSerializer, type TypeSerializer } from '@millrace/core';
import {
  type CompositeKey,
  CompositeKeyFormat,
  END_OF_KEY_GROUP_MARK,
  type KeyedStateHandle,
  keyGroupPrefixBytes,
  LIST_DELIMITER,
  META_DATA_FOLLOWS_FLAG,
  type StateMeta,
  type StreamStateHandle,
  writeKeyGroupPrefix,
} from '@millrace/state';
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
  type PinnedRows,
  type PinnedTimers,
} from './heap-snapshot.ts';
import { valueAt } from './versions.ts';

const NONE = -1;
const LENGTH_BYTES = 4;

export class HeapCanonicalSnapshot<K> extends HeapSnapshot<K> {
  /** Where the key of the last entry begins in `output`, or `NONE`. */
  private openKey = NONE;
  /** Where the length of the value at hand begins in `output`. */
  private openValue = NONE;
  private keyGroup = NONE;
  /** The state whose run the next entry begins, or `NONE`. */
  private nextRun = NONE;
  private readonly prefixBytes: number = keyGroupPrefixBytes(this.source.numberOfKeyGroups);
  private readonly keyFormats: readonly CompositeKeyFormat<unknown, unknown>[] = this.metas.map(
    ({ namespaceSerializer }) =>
      new CompositeKeyFormat({
        keySerializer: this.source.keySerializer as TypeSerializer<unknown>,
        namespaceSerializer,
        numberOfKeyGroups: this.source.numberOfKeyGroups,
      }),
  );

  protected override handleOf(stream: StreamStateHandle, offsets: number[]): KeyedStateHandle {
    const { keyGroupRange } = this.source;
    return { kind: 'key-groups-savepoint', keyGroupRange, offsets, stream };
  }

  protected override settledBytes(): number {
    return this.openKey === NONE ? this.output.position : this.openKey;
  }

  protected override flushedTo(settled: number): void {
    this.openKey -= this.openKey === NONE ? 0 : settled;
    this.openValue -= this.openValue === NONE ? 0 : settled;
  }

  protected override *slices(offsets: number[]): Generator<void, void, void> {
    const range = this.source.keyGroupRange;
    for (let index = 0; index < range.numberOfKeyGroups; index++) {
      this.keyGroup = range.startKeyGroup + index;
      const start = this.streamPosition();
      this.beginFrames();
      for (const [stateId, pinned] of this.states.entries()) {
        yield* this.rowsOf(pinned, index, stateId);
        pinned.groups[index]?.unpin(this.source.version);
      }
      for (const [at, pinned] of this.timers.entries()) {
        yield* this.timersOf(pinned, index, at);
        pinned.timers.unpin(index, this.source.version);
      }
      const hasEntries = this.openKey !== NONE;
      if (hasEntries) {
        this.endRun();
        this.output.writeShort(END_OF_KEY_GROUP_MARK);
        this.openKey = NONE;
        yield* this.endFrames();
      }
      offsets.push(hasEntries ? start : 0);
      if (this.budget.isOver()) {
        yield;
      }
    }
  }

  private *timersOf(
    pinned: PinnedTimers<K>,
    index: number,
    at: number,
  ): Generator<void, void, void> {
    const serializer = this.timerSerializers[at] as TypeSerializer<unknown>;
    this.writing = this.timerNames[at] as string;
    this.nextRun = this.metas.length + at;
    yield* this.eachTimer(pinned, index, (timer) => {
      this.beginKey();
      writeKeyGroupPrefix(this.output, this.keyGroup, this.prefixBytes);
      serializer.serialize(timer, this.output);
      this.beginValue();
      this.endValue();
    });
  }

  private *rowsOf(
    pinned: PinnedRows<K>,
    index: number,
    stateId: number,
  ): Generator<void, void, void> {
    const meta = this.metas[stateId] as StateMeta<unknown>;
    this.writing = this.stateNames[stateId] as string;
    const keyFormat = this.keyFormats[stateId] as CompositeKeyFormat<unknown, unknown>;
    const serializer = meta.stateSerializer as unknown;
    const { table } = pinned;
    const rows = pinned.rows[index] as Int32Array; // there if the group has rows
    const group = pinned.groups[index] as RowGroup;
    const length = pinned.lengths[index] as number;
    const filter = this.filters[stateId];
    this.nextRun = stateId;
    for (let i = 0; i < length; i++) {
      this.warm(pinned, index, i);
      const row = rows[i] as number;
      const old = table.valueAt(row, this.source.version);
      if (!filter?.leavesOut(old)) {
        const value = filter === undefined ? old : filter.contents(old);
        const entry = { key: table.keyOf(row) as unknown, namespace: table.namespaceOf(row) };
        if (meta.kind === 'map' && serializer instanceof MapSerializer) {
          yield* this.mapOf({ entry, keyFormat, serializer, group }, value);
        } else {
          this.beginKey();
          keyFormat.write(this.output, this.keyGroup, entry);
          this.beginValue();
          if (meta.kind === 'list' && serializer instanceof ListSerializer) {
            yield* this.listOf(serializer, value);
          } else {
            meta.stateSerializer.serialize(value, this.output);
          }
          this.endValue();
        }
      }
      table.letGo(row, group);
      if (this.spend()) {
        yield;
      }
    }
  }

  private *listOf(
    serializer: ListSerializer<unknown>,
    value: unknown,
  ): Generator<void, void, void> {
    const { elements, length } = arrayOf(value as ListContents | ArrayPrefix<unknown>);
    for (let i = 0; i < length; i++) {
      if (i > 0) {
        this.output.writeByte(LIST_DELIMITER);
      }
      serializer.elementSerializer.serialize(elements[i], this.output);
      if (this.spend()) {
        yield;
      }
    }
  }

  /** An entry for each user key. */
  private *mapOf(
    of: {
      readonly entry: CompositeKey<unknown, unknown>;
      readonly keyFormat: CompositeKeyFormat<unknown, unknown>;
      readonly serializer: MapSerializer<unknown, unknown>;
      readonly group: RowGroup;
    },
    contents: unknown,
  ): Generator<void, void, void> {
    const { keyFormat, serializer, group } = of;
    const { elements, length } = entriesOf(contents as MapValue | ArrayPrefix<MapEntry>);
    for (let i = 0; i < length; i++) {
      const entry = elements[i] as MapEntry;
      const value = valueAt(entry, this.source.version);
      const isNull = value === undefined || value === null;
      this.beginKey();
      keyFormat.write(this.output, this.keyGroup, of.entry);
      serializer.keySerializer.serialize(entry.userKey, this.output);
      this.beginValue();
      this.output.writeBoolean(isNull);
      if (!isNull) {
        serializer.valueSerializer.serialize(value, this.output);
      }
      this.endValue();
      letGo(entry, group);
      if (this.spend()) {
        yield;
      }
    }
  }

  /** Marks the last entry that was written, if there is one. */
  private endRun(): void {
    if (this.openKey !== NONE) {
      const { buffer } = this.output;
      buffer[this.openKey] = (buffer[this.openKey] as number) | META_DATA_FOLLOWS_FLAG;
    }
  }

  private beginKey(): void {
    if (this.nextRun !== NONE) {
      this.endRun();
      this.output.writeShort(this.nextRun);
      this.nextRun = NONE;
    }
    this.output.writeInt(0);
    this.openKey = this.output.position;
  }

  private beginValue(): void {
    this.writeLengthAt(this.openKey - LENGTH_BYTES);
    this.openValue = this.output.position;
    this.output.writeInt(0);
  }

  private endValue(): void {
    this.writeLengthAt(this.openValue);
    this.openValue = NONE;
  }

  /** Of what was written since. */
  private writeLengthAt(at: number): void {
    const end = this.output.position;
    this.output.position = at;
    this.output.writeInt(end - at - LENGTH_BYTES);
    this.output.position = end;
  }
}
