/**
 * One version of all state of a backend, written in slices while records go on.
 *
 * Invariants:
 * - Making it costs one array reference per key group and state, whatever the state holds.
 * - What it writes is the state as it was when it was made.
 * - Each key group lets go of its old values as soon as it is written; all do after `write` ended,
 *   in any way, or `cancel`.
 *
 * Flink: HeapSnapshotStrategy. Bytes: docs/formats/heap-keyed-state.md
 */
import { randomUUID } from 'node:crypto';
import {
  CheckpointError,
  type Clock,
  DataOutputView,
  type KeyGroupRange,
  ListSerializer,
  MapSerializer,
  type TypeSerializer,
} from '@millrace/core';
import type {
  CheckpointStateOutputStream,
  CheckpointStreamFactory,
  KeyedStateHandle,
  KeyedStateSnapshot,
} from '@millrace/state';
import { type Cell, type Versioned, valueAt } from './cell.ts';
import { ArrayPrefix, type ListContents, type MapContents, type MapEntry } from './contents.ts';
import type { DenseGroup } from './dense-group.ts';
import type { HeapTimerQueue, TimerEntry } from './heap-timer-queue.ts';
import { SliceBudget } from './slice-budget.ts';
import type { StateMeta, StateTable } from './state-table.ts';

const FLUSH_BYTES = 64 * 1024; // one write to the stream
const SLICED_FROM = 64; // elements of one list or map; shorter ones are written in one go

/** What a snapshot needs of its backend. */
export interface SnapshotSource<K> {
  readonly checkpointId: number;
  readonly version: number;
  readonly keySerializer: TypeSerializer<K>;
  readonly keyGroupRange: KeyGroupRange;
  readonly tables: readonly StateTable<K, unknown>[];
  readonly timerQueues: readonly HeapTimerQueue<K, unknown>[];
  readonly clock: Clock;
  readonly sliceMs: number;
  /** Header of the stream: state ids are tables first, then timer queues. */
  writeHeader(target: DataOutputView): void;
  onEnd(snapshot: HeapSnapshot<K>): void;
}

/** The groups of one state as they were. */
interface PinnedGroups<E extends { index: number }> {
  readonly groups: readonly (DenseGroup<E> | undefined)[];
  readonly entries: readonly (readonly E[] | undefined)[];
  readonly lengths: readonly number[];
}

export class HeapSnapshot<K> implements KeyedStateSnapshot {
  private readonly source: SnapshotSource<K>;
  private readonly streams: CheckpointStreamFactory;
  private readonly metas: readonly StateMeta<unknown>[];
  private readonly cells: readonly PinnedGroups<Cell>[];
  private readonly timerSerializers: readonly TypeSerializer<unknown>[];
  private readonly timers: readonly PinnedGroups<TimerEntry<K, unknown>>[];
  private readonly header: Uint8Array;
  private readonly output: DataOutputView;
  private readonly budget: SliceBudget;
  private flushed: number;
  private cancelled: boolean;
  private ended: boolean;

  constructor(source: SnapshotSource<K>, streams: CheckpointStreamFactory) {
    this.source = source;
    this.streams = streams;
    this.metas = source.tables.map((table) => table.meta);
    this.timerSerializers = source.timerQueues.map((queue) => queue.serializer);
    this.output = new DataOutputView(FLUSH_BYTES + 1024);
    // Serializers of states may be replaced later; the header is of now.
    source.writeHeader(this.output);
    this.header = this.output.copyBytes();
    this.output.reset();
    this.cells = source.tables.map((table) => pin(table.groups, source.version));
    this.timers = source.timerQueues.map((queue) => pin(queue.groups, source.version));
    this.budget = new SliceBudget(source.clock, source.sliceMs);
    this.flushed = 0;
    this.cancelled = false;
    this.ended = false;
  }

  async write(): Promise<KeyedStateHandle | undefined> {
    if (this.metas.length + this.timers.length === 0) {
      this.end();
      return undefined;
    }
    const stream = this.streams.createCheckpointStateOutputStream('exclusive');
    try {
      this.failIfCancelled();
      const offsets: number[] = [];
      this.output.write(this.header);
      this.budget.restart();
      for (const _ of this.slices(offsets)) {
        await this.giveWay(stream);
      }
      await this.flush(stream);
      const handle = await stream.closeAndGetHandle();
      this.failIfCancelled();
      return handle === undefined
        ? undefined
        : {
            kind: 'key-groups',
            keyGroupRange: this.source.keyGroupRange,
            offsets,
            stream: handle,
            stateHandleId: randomUUID(),
          };
    } catch (error) {
      await stream.abort();
      throw error;
    } finally {
      this.end();
    }
  }

  cancel(): void {
    this.cancelled = true;
    this.end();
  }

  private end(): void {
    if (this.ended) {
      return;
    }
    this.ended = true;
    for (const pinned of [...this.cells, ...this.timers]) {
      for (const group of pinned.groups) {
        group?.unpin(this.source.version);
      }
    }
    this.source.onEnd(this);
  }

  private async giveWay(stream: CheckpointStateOutputStream): Promise<void> {
    if (this.output.position >= FLUSH_BYTES) {
      await this.flush(stream);
    }
    if (this.budget.isOver()) {
      await this.source.clock.yieldTurn();
      this.budget.restart();
    }
    this.failIfCancelled();
  }

  private async flush(stream: CheckpointStateOutputStream): Promise<void> {
    await stream.write(this.output.bytes());
    this.flushed += this.output.position;
    this.output.reset();
  }

  private failIfCancelled(): void {
    if (this.cancelled) {
      throw new CheckpointError(
        'CHECKPOINT_ASYNC_EXCEPTION',
        `the snapshot of checkpoint ${this.source.checkpointId} was cancelled; the next checkpoint takes its place`,
      );
    }
  }

  /** True when a slice must end: its time is over or the buffer is full. */
  private spend(): boolean {
    return this.budget.spend() || this.output.position >= FLUSH_BYTES;
  }

  /** Writes all key groups; yields wherever other work may go on. */
  private *slices(offsets: number[]): Generator<void, void, void> {
    const range = this.source.keyGroupRange;
    for (let index = 0; index < range.numberOfKeyGroups; index++) {
      offsets.push(this.flushed + this.output.position);
      this.output.writeInt(range.startKeyGroup + index);
      let stateId = 0;
      for (const pinned of this.cells) {
        yield* this.cellsOf(pinned, index, stateId);
        pinned.groups[index]?.unpin(this.source.version);
        stateId++;
        if (pinned.lengths[index] !== 0 && this.budget.isOver()) {
          yield;
        }
      }
      for (const [at, pinned] of this.timers.entries()) {
        yield* this.timersOf(pinned, index, { stateId, at });
        pinned.groups[index]?.unpin(this.source.version);
        stateId++;
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
    const cells = pinned.entries[index];
    const group = pinned.groups[index] as DenseGroup<Cell>; // there if it has cells
    const length = pinned.lengths[index] as number;
    const whole = meta.kind !== 'list' && meta.kind !== 'map';
    this.output.writeShort(stateId);
    this.output.writeInt(length);
    for (let i = 0; i < length; i++) {
      const cell = cells?.[i] as Cell;
      meta.namespaceSerializer.serialize(cell.namespace, this.output);
      this.source.keySerializer.serialize(cell.key as K, this.output);
      const value = valueAt(cell, this.source.version);
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
      const { elements, length } = entriesOf(value as MapContents | ArrayPrefix<MapEntry>);
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
      const { elements, length } = entriesOf(value as MapContents | ArrayPrefix<MapEntry>);
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

/**
 * Drops the old values of what is written, unless another snapshot needs them. That is asked for
 * each entry: another one may have started since the last yield.
 */
function letGo(written: Versioned, group: DenseGroup<Cell>): void {
  if (group.isPinnedOnce()) {
    written.previous = undefined;
  }
}

function arrayOf(contents: ListContents | ArrayPrefix<unknown>): ArrayPrefix<unknown> {
  return contents instanceof ArrayPrefix
    ? contents
    : new ArrayPrefix(contents.elements, contents.elements.length);
}

function entriesOf(contents: MapContents | ArrayPrefix<MapEntry>): ArrayPrefix<MapEntry> {
  return contents instanceof ArrayPrefix
    ? contents
    : new ArrayPrefix(contents.entries, contents.entries.length);
}

function pin<E extends { index: number }>(
  groups: readonly (DenseGroup<E> | undefined)[],
  version: number,
): PinnedGroups<E> {
  const entries = new Array<readonly E[] | undefined>(groups.length);
  const lengths = new Array<number>(groups.length);
  for (let i = 0; i < groups.length; i++) {
    const pinned = groups[i]?.pin(version);
    entries[i] = pinned;
    lengths[i] = pinned === undefined ? 0 : pinned.length;
  }
  return { groups: groups.slice(), entries, lengths };
}
