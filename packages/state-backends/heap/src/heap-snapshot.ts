/**
 * One version of all state of a backend, written in slices while records go on.
 *
 * Invariants:
 * - Making it costs one array reference per key group and state, whatever the state holds.
 * - What it writes is the state as it was when it was made.
 * - Each key group lets go of its old values as soon as it is written; all do after `write` ended,
 *   in any way, or `cancel`.
 *
 * Flink: HeapSnapshotStrategy, HeapSnapshotResources.
 */
import {
  CheckpointError,
  type Clock,
  DataOutputView,
  type KeyGroupRange,
  type TypeSerializer,
} from '@millrace/core';
import {
  type CheckpointStateOutputStream,
  type CheckpointStreamFactory,
  type HeapTimer,
  type HeapTimerQueue,
  type KeyedStateHandle,
  type KeyedStateSnapshot,
  SliceBudget,
  SNAPPY_BLOCK_BYTES,
  SnappyFramedStreams,
  type StateMeta,
  type StreamStateHandle,
  stateNotWritten,
  type TimerRows,
} from '@millrace/state';
import type { PinnedOrder, RowGroup } from '@millrace/state/columns';
import { ArrayPrefix, type ListContents } from './contents.ts';
import { type SnapshotFilter, snapshotFilter } from './snapshot-filter.ts';
import type { StateTable } from './state-table.ts';
import type { Versioned } from './versions.ts';

const WARMED_ROWS = 32; // some cache misses for each, which fit into the first level
const FLUSH_BYTES = SNAPPY_BLOCK_BYTES; // one write to the stream, or one block to compress

/** What a snapshot needs of its backend. */
export interface SnapshotSource<K> {
  readonly checkpointId: number;
  readonly version: number;
  readonly keySerializer: TypeSerializer<K>;
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  readonly tables: readonly StateTable<K, unknown>[];
  readonly timerQueues: readonly HeapTimerQueue<K, unknown>[];
  readonly clock: Clock;
  readonly sliceMs: number;
  /** Header of the stream: state ids are tables first, then timer queues. */
  writeHeader(target: DataOutputView): void;
  onEnd(snapshot: HeapSnapshot<K>): void;
}

/** One set of timers as it was. */
export interface PinnedTimers<K> {
  readonly timers: TimerRows<K, unknown>;
  /** By key group. */
  readonly groups: readonly (PinnedOrder | undefined)[];
}

/** Of a key group that never had one. */
export const NO_TIMERS: PinnedOrder = { rows: new Int32Array(0), places: 0, length: 0 };

/** The rows of one state as they were. */
export interface PinnedRows<K> {
  readonly table: StateTable<K, unknown>;
  readonly groups: readonly (RowGroup | undefined)[];
  readonly rows: readonly (Int32Array | undefined)[];
  readonly lengths: readonly number[];
}

export abstract class HeapSnapshot<K> implements KeyedStateSnapshot {
  protected readonly source: SnapshotSource<K>;
  private readonly streams: CheckpointStreamFactory;
  protected readonly metas: readonly StateMeta<unknown>[];
  protected readonly states: readonly PinnedRows<K>[];
  /** What stays out, by state. */
  protected readonly filters: readonly (SnapshotFilter | undefined)[];
  /** For messages, by state. */
  protected readonly stateNames: readonly string[];
  protected readonly timerNames: readonly string[];
  protected readonly timerSerializers: readonly TypeSerializer<unknown>[];
  protected readonly timers: readonly PinnedTimers<K>[];
  private readonly header: Uint8Array;
  /** What is being written, before it is compressed. */
  protected readonly output: DataOutputView;
  /** What is compressed; `undefined` when nothing is. */
  private readonly frames: SnappyFramedStreams | undefined;
  protected readonly budget: SliceBudget;
  /** Bytes that are in the stream already. */
  private flushed: number;
  /** What is being written, for messages. */
  protected writing: string;
  /** Where the reads of `warm` lead. */
  private warmed: number;
  private cancelled: boolean;
  private ended: boolean;

  constructor(source: SnapshotSource<K>, streams: CheckpointStreamFactory) {
    this.source = source;
    this.streams = streams;
    this.metas = source.tables.map((table) => table.meta);
    this.stateNames = this.metas.map(({ kind, name }) => `${kind} state '${name}'`);
    this.timerNames = source.timerQueues.map(({ name }) => `the timers '${name}'`);
    this.timerSerializers = source.timerQueues.map((queue) => queue.serializer);
    this.output = new DataOutputView(FLUSH_BYTES + 1024);
    this.frames = streams.snapshotCompression ? new SnappyFramedStreams() : undefined;
    // Serializers of states may be replaced later; the header is of now.
    source.writeHeader(this.output);
    this.header = this.output.copyBytes();
    this.output.reset();
    this.states = source.tables.map((table) => pinTable(table, source.version));
    this.filters = source.tables.map((table) => snapshotFilter(table, source.version));
    this.timers = source.timerQueues.map(({ timers }) => pinTimers(timers, source.version));
    this.budget = new SliceBudget(source.clock, source.sliceMs);
    this.flushed = 0;
    this.writing = 'the header';
    this.warmed = 0;
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
      for (const _ of this.namedSlices(offsets)) {
        await this.giveWay(stream);
      }
      this.beginFrames(); // What follows the last frames, or is without any.
      await this.flush(stream);
      const handle = await stream.closeAndGetHandle();
      this.failIfCancelled();
      return handle === undefined ? undefined : this.handleOf(handle, offsets);
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
    for (const pinned of this.states) {
      unpinTable(pinned, this.source.version);
    }
    for (const { timers } of this.timers) {
      timers.unpinAll(this.source.version);
    }
    this.source.onEnd(this);
  }

  /** What does not fit is told with the name of its state. */
  private *namedSlices(offsets: number[]): Generator<void, void, void> {
    try {
      yield* this.slices(offsets);
    } catch (error) {
      throw stateNotWritten(this.writing, error);
    }
  }

  private async giveWay(stream: CheckpointStateOutputStream): Promise<void> {
    if (this.settledBytes() >= FLUSH_BYTES) {
      await this.flush(stream);
    }
    await this.giveTurn();
  }

  private async giveTurn(): Promise<void> {
    if (this.budget.isOver()) {
      await this.source.clock.yieldTurn();
      this.budget.restart();
    }
    this.failIfCancelled();
  }

  private async flush(stream: CheckpointStateOutputStream): Promise<void> {
    const { frames, output } = this;
    if (frames === undefined) {
      const settled = this.settledBytes();
      await stream.write(output.buffer.subarray(0, settled));
      this.flushed += settled;
      this.drop(settled);
      return;
    }
    await this.compressBlocks(frames);
    await stream.write(frames.output.bytes());
    this.flushed += frames.output.position;
    frames.output.reset();
  }

  /** All whole blocks that are settled, with turns for records between them. */
  private async compressBlocks(frames: SnappyFramedStreams): Promise<void> {
    const settled = this.settledBytes();
    let at = 0;
    for (; at + SNAPPY_BLOCK_BYTES <= settled; at += SNAPPY_BLOCK_BYTES) {
      frames.writeBlock(this.output.buffer.subarray(at, at + SNAPPY_BLOCK_BYTES));
      await this.giveTurn();
    }
    this.drop(at);
  }

  /** The first `count` bytes of `output`, which have left it. */
  private drop(count: number): void {
    const { output } = this;
    output.buffer.copyWithin(0, count, output.position);
    output.position -= count;
    this.flushedTo(count);
  }

  private failIfCancelled(): void {
    if (this.cancelled) {
      throw new CheckpointError(
        'CHECKPOINT_ASYNC_EXCEPTION',
        `the snapshot of checkpoint ${this.source.checkpointId} was cancelled; the next checkpoint takes its place`,
      );
    }
  }

  /** Where in the stream the next byte goes; before a stream of frames or without one. */
  protected streamPosition(): number {
    return this.flushed + (this.frames?.output.position ?? 0) + this.output.position;
  }

  /** What is written from here to `endFrames` is compressed, if anything is. */
  protected beginFrames(): void {
    if (this.frames !== undefined) {
      this.frames.writeUnframed(this.output.bytes());
      this.output.reset();
    }
  }

  /** Everything that was written is settled. */
  protected *endFrames(): Generator<void, void, void> {
    if (this.frames === undefined) {
      return;
    }
    if (this.output.position >= SNAPPY_BLOCK_BYTES) {
      yield; // A flush takes all whole blocks.
    }
    this.frames.end(this.output.bytes());
    this.output.reset();
  }

  /** Before row `at` of a group is written. */
  protected warm(pinned: PinnedRows<K>, index: number, at: number): void {
    if (at % WARMED_ROWS === 0) {
      const end = Math.min(at + WARMED_ROWS, pinned.lengths[index] as number);
      this.warmed += pinned.table.warm(pinned.rows[index] as Int32Array, at, end);
    }
  }

  /** Of a key group; yields wherever other work may go on. */
  protected *eachTimer(
    { timers, groups }: PinnedTimers<K>,
    index: number,
    write: (timer: HeapTimer<K, unknown>) => void,
  ): Generator<void, void, void> {
    const { rows, places } = groups[index] ?? NO_TIMERS;
    for (let i = 0; i < places; i++) {
      const row = rows[i] as number;
      if (row >= 0) {
        write(timers.timerOf(row));
      }
      if (this.spend()) {
        yield;
      }
    }
  }

  /** True when a slice must end: its time is over or the buffer is full. */
  protected spend(): boolean {
    return this.budget.spend() || this.settledBytes() >= FLUSH_BYTES;
  }

  /** The bytes of `output`, from its start, that may go to the stream: nothing changes them. */
  protected settledBytes(): number {
    return this.output.position;
  }

  /** The first `settled` bytes of `output` have left it. */
  protected flushedTo(_settled: number): void {}

  /** Writes all key groups and notes where each begins; yields wherever other work may go on. */
  protected abstract slices(offsets: number[]): Generator<void, void, void>;

  protected abstract handleOf(stream: StreamStateHandle, offsets: number[]): KeyedStateHandle;
}

/**
 * Drops the old values of an entry that is written, unless another snapshot needs them. That is asked for
 * each entry: another one may have started since the last yield.
 */
export function letGo(written: Versioned, group: RowGroup): void {
  if (group.isPinnedOnce()) {
    written.previous = undefined;
  }
}

export function arrayOf(contents: ListContents | ArrayPrefix<unknown>): ArrayPrefix<unknown> {
  return contents instanceof ArrayPrefix
    ? contents
    : new ArrayPrefix(contents.elements, contents.elements.length);
}

/** What a version of one state is read from, until `unpinTable`. */
export function pinTable<K>(table: StateTable<K, unknown>, version: number): PinnedRows<K> {
  const { groups } = table;
  const rows = new Array<Int32Array | undefined>(groups.length);
  const lengths = new Array<number>(groups.length);
  for (let i = 0; i < groups.length; i++) {
    rows[i] = groups[i]?.pin(version);
    lengths[i] = groups[i]?.length ?? 0;
  }
  table.pins++;
  return { table, groups: groups.slice(), rows, lengths };
}

export function unpinTable<K>(pinned: PinnedRows<K>, version: number): void {
  for (const group of pinned.groups) {
    group?.unpin(version);
  }
  pinned.table.unpin();
}

/** What a version of one set of timers is read from, until it is unpinned. */
export function pinTimers<K>(timers: TimerRows<K, unknown>, version: number): PinnedTimers<K> {
  return { timers, groups: timers.pin(version) };
}
