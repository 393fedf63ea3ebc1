/**
 * One snapshot of a database in the layout that all backends share.
 *
 * Invariants:
 * - What it writes is the state, and the timers on the heap, as of when it was made.
 * - Records get their turn after each slice; a window of each state is in memory.
 * - RocksDB's snapshot and iterators, and the timers, are given back when `write` ends, in any way, and at `cancel`.
 *
 * Flink: FullSnapshotAsyncWriter, RocksStatesPerKeyGroupMergeIterator. Bytes: docs/formats/canonical-keyed-state.md
 */
import {
  CanonicalRowWriter,
  type CheckpointStreamFactory,
  type KeyedBackendHeader,
  type KeyedStateHandle,
  type KeyedStateSnapshot,
  SliceBudget,
} from '@millrace/state';
import type { FixedVersion } from '../barrier/held-writes.ts';
import { type ExpiredRows, expiredRows } from './expired-rows.ts';
import { closeCursors, RocksSnapshot } from './rocks-snapshot.ts';
import type { FixedTimers, SnapshotSource } from './snapshot-strategy.ts';
import { snapshotCancelled } from './snapshot-uploads.ts';
import { StateRowCursor } from './state-row-cursor.ts';

const NO_VALUE = new Uint8Array();

export class CanonicalSnapshot implements KeyedStateSnapshot {
  private readonly source: SnapshotSource;
  private readonly streams: CheckpointStreamFactory;
  private readonly header: KeyedBackendHeader;
  private readonly columnFamilies: readonly number[];
  /** By state id. */
  private readonly expired: readonly (ExpiredRows | undefined)[];
  /** Of each service on the heap. */
  private readonly heapTimers: readonly FixedTimers[];
  private readonly copy: RocksSnapshot;
  private readonly fixed: FixedVersion | undefined;
  private readonly budget: SliceBudget;
  private isCancelled: boolean;
  private isWriting: boolean;

  /** The synchronous part. */
  constructor(source: SnapshotSource, streams: CheckpointStreamFactory) {
    const { numberOfKeyGroups } = source;
    this.source = source;
    this.streams = streams;
    this.header = source.header({
      compressed: streams.snapshotCompression ?? false,
      heapTimers: true,
    });
    this.columnFamilies = [...source.states.values()].map(({ columnFamily }) => columnFamily);
    this.expired = expiredRows(this.header, numberOfKeyGroups, (name) =>
      source.ttl.get(name)?.filterOfFullSnapshot(),
    );
    this.heapTimers = source.heapTimers.map((timers) => timers.fix());
    this.copy = new RocksSnapshot(source.database);
    this.fixed = this.columnFamilies.length > 0 ? source.barrier.fix(this.copy) : undefined;
    this.budget = new SliceBudget(source.clock, source.snapshotSliceMs);
    this.isCancelled = false;
    this.isWriting = false;
  }

  async write(): Promise<KeyedStateHandle | undefined> {
    const { source, streams, header } = this;
    if (header.states.length === 0) {
      return undefined;
    }
    this.isWriting = true;
    const cursors: StateRowCursor[] = [];
    try {
      await this.fixed?.write();
      this.failIfCancelled();
      const { keyGroupRange, numberOfKeyGroups } = source;
      for (const columnFamily of this.columnFamilies) {
        const { id: snapshot } = this.copy;
        const options = { columnFamily, keyGroupRange, numberOfKeyGroups, snapshot };
        cursors.push(new StateRowCursor(source.database, options));
      }
      const writer = new CanonicalRowWriter(
        streams.createCheckpointStateOutputStream('exclusive'),
        { header, keyGroupRange, numberOfKeyGroups },
      );
      try {
        return await this.writeRows(writer, cursors);
      } catch (error) {
        await writer.abort();
        throw error;
      }
    } finally {
      this.isWriting = false;
      closeCursors(cursors);
      this.release();
    }
  }

  cancel(): void {
    this.isCancelled = true;
    this.fixed?.cancel();
    if (!this.isWriting) {
      this.release();
    }
  }

  private release(): void {
    this.copy.release();
    for (const timers of this.heapTimers) {
      timers.release();
    }
  }

  private async writeRows(
    writer: CanonicalRowWriter,
    cursors: readonly StateRowCursor[],
  ): Promise<KeyedStateHandle | undefined> {
    const { keyGroupRange } = this.source;
    this.budget.restart();
    for (let index = 0; index < keyGroupRange.numberOfKeyGroups; index++) {
      const keyGroup = keyGroupRange.startKeyGroup + index;
      for (const [stateId, cursor] of cursors.entries()) {
        while (!this.writeSlice(writer, { stateId, cursor, keyGroup })) {
          await this.giveTurn(writer);
        }
      }
      for (const [at, timers] of this.heapTimers.entries()) {
        for (const timer of timers.of(keyGroup)) {
          writer.put(keyGroup, cursors.length + at, timer, NO_VALUE);
          if (this.budget.spend() || writer.isFull) {
            await this.giveTurn(writer);
          }
        }
      }
      if (this.budget.isOver()) {
        await this.giveTurn(writer);
      }
    }
    const handle = await writer.finish();
    this.failIfCancelled();
    return handle;
  }

  // Hot path.
  /** @returns true when all rows of the state in the key group are written */
  private writeSlice(
    writer: CanonicalRowWriter,
    at: {
      readonly stateId: number;
      readonly cursor: StateRowCursor;
      readonly keyGroup: number;
    },
  ): boolean {
    const { stateId, cursor, keyGroup } = at;
    const expired = this.expired[stateId];
    while (cursor.keyGroup === keyGroup) {
      const value = expired === undefined ? cursor.value() : expired.keep(cursor.value());
      if (value !== undefined) {
        writer.put(keyGroup, stateId, cursor.key(), value);
      }
      cursor.advance();
      if (this.budget.spend() || writer.isFull) {
        return false;
      }
    }
    return true;
  }

  private async giveTurn(writer: CanonicalRowWriter): Promise<void> {
    if (writer.isFull) {
      await writer.flush();
    }
    if (this.budget.isOver()) {
      await this.source.clock.yieldTurn();
      this.budget.restart();
    }
    this.failIfCancelled();
  }

  private failIfCancelled(): void {
    if (this.isCancelled) {
      throw snapshotCancelled();
    }
  }
}
