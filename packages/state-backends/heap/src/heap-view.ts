/**
 * A version of all state of a backend, read page by page while records go on.
 *
 * Invariants:
 * - Opening it costs one array reference per key group and state, whatever the state holds.
 * - While it is open each value that is overwritten is kept once; `close` lets go of all of them, and
 *   the next write or snapshot of a value drops it.
 *
 * Design: docs/decisions/0003-heap-state-by-versions.md
 */
// Hot path.
import type { KeyGroupRange, TypeSerializer } from '@millrace/core';
import {
  type HeapTimerQueue,
  type KeyedStateView,
  RowPageWriter,
  stateNotWritten,
  type ViewPage,
  type ViewRequest,
} from '@millrace/state';
import { HeapRows } from './heap-rows.ts';
import {
  NO_TIMERS,
  type PinnedRows,
  type PinnedTimers,
  pinTable,
  pinTimers,
  unpinTable,
} from './heap-snapshot.ts';
import { filterOfState } from './snapshot-filter.ts';
import type { StateTable } from './state-table.ts';

export interface HeapViewSource<K> {
  readonly version: number;
  readonly header: Uint8Array;
  readonly keySerializer: TypeSerializer<K>;
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  /** State ids are tables first, then timer queues. */
  readonly tables: readonly StateTable<K, unknown>[];
  readonly timerQueues: readonly HeapTimerQueue<K, unknown>[];
  onClose(view: HeapView<K>): void;
}

const START: readonly number[] = [0, 0];

export class HeapView<K> implements KeyedStateView {
  readonly header: Uint8Array;
  readonly keyGroupRange: KeyGroupRange;
  private readonly source: HeapViewSource<K>;
  private readonly rows: readonly HeapRows[];
  private readonly states: readonly PinnedRows<K>[];
  private readonly timers: readonly PinnedTimers<K>[];
  private readonly timerSerializers: readonly TypeSerializer<unknown>[];
  private isClosed: boolean;

  constructor(source: HeapViewSource<K>) {
    const { version, tables, timerQueues, numberOfKeyGroups } = source;
    this.source = source;
    this.header = source.header;
    this.keyGroupRange = source.keyGroupRange;
    this.rows = tables.map(
      (table, stateId) =>
        new HeapRows({
          stateId,
          table: table as StateTable<unknown, unknown>,
          keySerializer: source.keySerializer as TypeSerializer<unknown>,
          numberOfKeyGroups,
          version,
          filter: filterOfState(table.meta.kind, version, table.ttl?.expiredNow()),
        }),
    );
    this.states = tables.map((table) => pinTable(table, version));
    this.timers = timerQueues.map((queue) => pinTimers(queue.timers, version));
    this.timerSerializers = timerQueues.map((queue) => queue.serializer);
    this.isClosed = false;
  }

  read(request: ViewRequest): ViewPage {
    const writer = new RowPageWriter();
    const range = this.keyGroupRange;
    const wanted = request.keyGroups === undefined ? range : range.intersect(request.keyGroups);
    const { after } = request;
    const stateIds =
      request.stateIds ?? [...this.states, ...this.timers].map((_, stateId) => stateId);
    const isFull = (): boolean =>
      request.isOver() || writer.rows >= request.maxRows || writer.bytes >= request.maxBytes;
    const first = Math.max(wanted?.startKeyGroup ?? 0, after?.keyGroup ?? 0);
    for (let keyGroup = first; wanted !== undefined && keyGroup <= wanted.endKeyGroup; keyGroup++) {
      for (const stateId of stateIds) {
        const isBehind = after !== undefined && keyGroup === after.keyGroup;
        if (isBehind && stateId < after.stateId) {
          continue;
        }
        const at = (isBehind && stateId === after.stateId ? after.at : START) as readonly number[];
        const next = this.readState(writer, { stateId, keyGroup, at, isFull });
        if (next !== undefined) {
          return { rows: writer.finish(), next: { keyGroup, stateId, at: next } };
        }
      }
    }
    return { rows: writer.finish(), next: undefined };
  }

  close(): void {
    if (this.isClosed) {
      return;
    }
    this.isClosed = true;
    for (const pinned of this.states) {
      unpinTable(pinned, this.source.version);
    }
    for (const pinned of this.timers) {
      pinned.timers.unpinAll(this.source.version);
    }
    this.source.onClose(this);
  }

  /** @returns where to go on, when the page is full before the state's end */
  private readState(
    writer: RowPageWriter,
    of: {
      readonly stateId: number;
      readonly keyGroup: number;
      readonly at: readonly number[];
      isFull(): boolean;
    },
  ): readonly number[] | undefined {
    const { stateId, keyGroup, at, isFull } = of;
    const index = keyGroup - this.keyGroupRange.startKeyGroup;
    const pinned = this.states[stateId];
    if (pinned === undefined) {
      return this.readTimers(writer, of);
    }
    const rows = this.rows[stateId] as HeapRows;
    const length = pinned.lengths[index] as number;
    let from = at[1] as number;
    for (let i = at[0] as number; i < length; i++) {
      const row = pinned.rows[index]?.[i] as number;
      const entry = rows.writeRow(writer, { row, keyGroup, from, isFull });
      if (entry >= 0) {
        return [i, entry];
      }
      from = 0;
      if (isFull()) {
        return [i + 1, 0];
      }
    }
    return undefined;
  }

  private readTimers(
    writer: RowPageWriter,
    of: {
      readonly stateId: number;
      readonly keyGroup: number;
      readonly at: readonly number[];
      isFull(): boolean;
    },
  ): readonly number[] | undefined {
    const { stateId, keyGroup, at, isFull } = of;
    const index = keyGroup - this.keyGroupRange.startKeyGroup;
    const service = stateId - this.states.length;
    const pinned = this.timers[service];
    const serializer = this.timerSerializers[service] as TypeSerializer<unknown>;
    const { rows, places } = pinned?.groups[index] ?? NO_TIMERS;
    for (let i = at[0] as number; i < places; i++) {
      const row = rows[i] as number;
      if (row >= 0) {
        const timer = pinned?.timers.timerOf(row);
        writeTimer(writer, { timer, keyGroup, stateId, serializer });
      }
      if (isFull()) {
        return [i + 1, 0];
      }
    }
    return undefined;
  }
}

/** All of it is its key. */
export function writeTimer(
  writer: RowPageWriter,
  of: {
    readonly timer: unknown;
    readonly keyGroup: number;
    readonly stateId: number;
    readonly serializer: TypeSerializer<unknown>;
  },
): void {
  writer.beginKey();
  try {
    of.serializer.serialize(of.timer, writer.output);
  } catch (error) {
    throw stateNotWritten('a timer', error);
  }
  writer.beginValue();
  writer.endRow(of.keyGroup, of.stateId);
}
