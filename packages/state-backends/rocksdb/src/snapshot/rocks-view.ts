/**
 * A version of all state of a database, read page by page while records go on.
 *
 * Invariants:
 * - What is read is RocksDB's snapshot of the version, and the timers on the heap as of then: nothing
 *   that is written later costs the view or the writer anything.
 * - Iterators stay open from page to page, and end with the view.
 */
// Hot path.
import { DataOutputView, type KeyGroupRange } from '@millrace/core';
import {
  type KeyedStateView,
  RowPageWriter,
  type ViewPage,
  type ViewPlace,
  type ViewRequest,
  writeKeyedBackendHeader,
} from '@millrace/state';
import type { FixedVersion } from '../barrier/held-writes.ts';
import { type ExpiredRows, expiredRows } from './expired-rows.ts';
import { closeCursors, RocksSnapshot } from './rocks-snapshot.ts';
import type { FixedTimers, SnapshotSource } from './snapshot-strategy.ts';
import { StateRowCursor } from './state-row-cursor.ts';

const NO_VALUE = new Uint8Array();

export class RocksView implements KeyedStateView {
  readonly header: Uint8Array;
  readonly keyGroupRange: KeyGroupRange;
  private readonly source: SnapshotSource;
  private readonly columnFamilies: readonly number[];
  /** By state id. */
  private readonly expired: readonly (ExpiredRows | undefined)[];
  /** Of each service on the heap. */
  private readonly heapTimers: readonly FixedTimers[];
  private readonly copy: RocksSnapshot;
  private readonly fixed: FixedVersion | undefined;
  private readonly onClose: (view: RocksView) => void;
  /** By state id. */
  private readonly cursors: Map<number, StateRowCursor>;
  /** Where the cursors are. */
  private place: ViewPlace | undefined;
  private isClosed: boolean;

  /** Fixes the version; `write` before anything is read. */
  constructor(source: SnapshotSource, onClose: (view: RocksView) => void) {
    const { keyGroupRange, numberOfKeyGroups } = source;
    const header = source.header({ compressed: false, heapTimers: true });
    this.source = source;
    this.onClose = onClose;
    this.keyGroupRange = keyGroupRange;
    this.header = headerBytes(source);
    this.columnFamilies = Array.from(source.states.values(), ({ columnFamily }) => columnFamily);
    this.expired = expiredRows(header, numberOfKeyGroups, (name) =>
      source.ttl.get(name)?.expiredNow(),
    );
    this.heapTimers = source.heapTimers.map((timers) => timers.fix());
    this.copy = new RocksSnapshot(source.database);
    this.fixed = this.columnFamilies.length > 0 ? source.barrier.fix(this.copy) : undefined;
    this.cursors = new Map();
    this.place = undefined;
    this.isClosed = false;
  }

  /** Writes what was in memory of the version, in slices. @throws what `FixedVersion.write` throws */
  async write(): Promise<void> {
    await this.fixed?.write();
  }

  read(request: ViewRequest): ViewPage {
    const writer = new RowPageWriter();
    const range = this.keyGroupRange;
    const wanted = request.keyGroups === undefined ? range : range.intersect(request.keyGroups);
    const isFull = (): boolean =>
      request.isOver() || writer.rows >= request.maxRows || writer.bytes >= request.maxBytes;
    if (wanted === undefined) {
      return { rows: writer.finish(), next: undefined };
    }
    const { after } = request;
    const stateIds = request.stateIds ?? this.stateIds();
    this.goTo(stateIds, wanted, after);
    const first = Math.max(wanted.startKeyGroup, after?.keyGroup ?? 0);
    for (let keyGroup = first; keyGroup <= wanted.endKeyGroup; keyGroup++) {
      for (const stateId of stateIds) {
        const isBehind = after !== undefined && keyGroup === after.keyGroup;
        if (isBehind && stateId < after.stateId) {
          continue;
        }
        const resumed = isBehind && stateId === after.stateId ? after : undefined;
        const at = this.readState(writer, { stateId, keyGroup, resumed, isFull });
        if (at !== undefined) {
          this.place = { keyGroup, stateId, at };
          return { rows: writer.finish(), next: this.place };
        }
      }
    }
    this.place = undefined;
    return { rows: writer.finish(), next: undefined };
  }

  close(): void {
    if (this.isClosed) {
      return;
    }
    this.isClosed = true;
    this.fixed?.cancel();
    this.closeCursors();
    this.copy.release();
    for (const timers of this.heapTimers) {
      timers.release();
    }
    this.onClose(this);
  }

  private stateIds(): number[] {
    const count = this.columnFamilies.length + this.heapTimers.length;
    return Array.from({ length: count }, (_, stateId) => stateId);
  }

  /** A reader that goes on where it was finds its cursors there. */
  private goTo(
    stateIds: readonly number[],
    keyGroups: KeyGroupRange,
    after: ViewPlace | undefined,
  ): void {
    const goesOn =
      after !== undefined &&
      samePlace(after, this.place) &&
      stateIds.every((id) => id >= this.columnFamilies.length || this.cursors.has(id));
    if (goesOn) {
      return;
    }
    this.closeCursors();
    for (const stateId of stateIds) {
      const columnFamily = this.columnFamilies[stateId];
      if (columnFamily !== undefined) {
        this.cursors.set(stateId, this.cursorAt(stateId, { columnFamily, keyGroups, after }));
      }
    }
  }

  private cursorAt(
    stateId: number,
    of: {
      readonly columnFamily: number;
      readonly keyGroups: KeyGroupRange;
      readonly after: ViewPlace | undefined;
    },
  ): StateRowCursor {
    const { columnFamily, keyGroups, after } = of;
    const { database, numberOfKeyGroups } = this.source;
    const resumed = after !== undefined && stateId === after.stateId ? after.at : undefined;
    const cursor = new StateRowCursor(database, {
      columnFamily,
      keyGroupRange: keyGroups,
      numberOfKeyGroups,
      snapshot: this.copy.id,
      after: resumed instanceof Uint8Array && resumed.length > 0 ? resumed : undefined,
    });
    if (after !== undefined) {
      // States before the place have given all of its key group, those behind it nothing.
      const firstKeyGroup = stateId < after.stateId ? after.keyGroup + 1 : after.keyGroup;
      while (cursor.keyGroup >= 0 && cursor.keyGroup < firstKeyGroup) {
        cursor.advance();
      }
    }
    return cursor;
  }

  /** @returns the place of the last row, when the page is full before the state's end */
  private readState(
    writer: RowPageWriter,
    of: {
      readonly stateId: number;
      readonly keyGroup: number;
      readonly resumed: ViewPlace | undefined;
      isFull(): boolean;
    },
  ): ViewPlace['at'] | undefined {
    const { stateId, keyGroup, isFull } = of;
    const cursor = this.cursors.get(stateId);
    if (cursor === undefined) {
      return this.readTimers(writer, of);
    }
    const expired = this.expired[stateId];
    while (cursor.keyGroup === keyGroup) {
      const value = expired === undefined ? cursor.value() : expired.keep(cursor.value());
      if (value !== undefined) {
        writer.put(keyGroup, stateId, cursor.key(), value);
      }
      const at = cursor.wholeKey();
      cursor.advance();
      if (isFull()) {
        return at;
      }
    }
    return undefined;
  }

  private readTimers(
    writer: RowPageWriter,
    of: {
      readonly stateId: number;
      readonly keyGroup: number;
      readonly resumed: ViewPlace | undefined;
      isFull(): boolean;
    },
  ): ViewPlace['at'] | undefined {
    const { stateId, keyGroup, resumed, isFull } = of;
    const timers = this.heapTimers[stateId - this.columnFamilies.length]?.of(keyGroup) ?? [];
    const done = resumed === undefined ? 0 : (resumed.at[0] ?? 0);
    let index = 0;
    for (const timer of timers) {
      if (index++ < done) {
        continue;
      }
      writer.put(keyGroup, stateId, timer, NO_VALUE);
      if (isFull()) {
        return [index];
      }
    }
    return undefined;
  }

  private closeCursors(): void {
    closeCursors(this.cursors.values());
    this.cursors.clear();
  }
}

function samePlace(a: ViewPlace, b: ViewPlace | undefined): boolean {
  return (
    b !== undefined &&
    a.keyGroup === b.keyGroup &&
    a.stateId === b.stateId &&
    a.at.length === b.at.length &&
    a.at.every((each, index) => each === b.at[index])
  );
}

/** Of all states of now. */
export function headerBytes(source: SnapshotSource): Uint8Array {
  const output = new DataOutputView();
  writeKeyedBackendHeader(output, source.header({ compressed: false, heapTimers: true }));
  return output.copyBytes();
}
