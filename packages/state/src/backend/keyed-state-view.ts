/**
 * A version of the keyed state of a running subtask, read as rows while records go on: the live
 * counterpart of a snapshot, in the same bytes, so that what reads snapshots reads it too.
 *
 * Invariants:
 * - What a view gives is the state as it was when its version was fixed, whatever is written later;
 *   of state with a time to live what had not expired then.
 * - Pages come in the order of key groups, each state's rows of a key group without others between,
 *   and follow each other without a gap or a row twice.
 * - A closed view holds nothing back; nothing but `close` may be called on it.
 *
 * Bytes: docs/formats/canonical-keyed-state.md
 */
import type { KeyGroupRange } from '@millrace/core';
import type { RowPage } from '../rows/row-page.ts';

export interface KeyedStateView extends RowView {
  /** As `readKeyedBackendHeader` takes it: the types, and the states by their ids in the rows. */
  readonly header: Uint8Array;
  readonly keyGroupRange: KeyGroupRange;
  /** Twice does nothing. */
  close(): void;
}

export interface RowView {
  /** On the task's thread, between records. */
  read(request: ViewRequest): ViewPage;
}

export interface ViewRequest extends RowLimits {
  /** Where the page before ended; the beginning when it is left out. */
  readonly after?: ViewPlace | undefined;
  /** All when it is left out. */
  readonly stateIds?: readonly number[] | undefined;
  /** Those of the view when it is left out. */
  readonly keyGroups?: KeyGroupRange | undefined;
}

export interface RowLimits {
  /** A page ends after so many rows, from 1, or bytes; a row is never cut. */
  readonly maxRows: number;
  readonly maxBytes: number;
  /** Asked after each row: the page ends as soon as it is true. */
  isOver(): boolean;
}

/** Between two rows of a view; plain, for whoever keeps it between two pages. */
export interface ViewPlace {
  readonly keyGroup: number;
  readonly stateId: number;
  /** Rows or bytes of a key, as the backend understands them. */
  readonly at: readonly number[] | Uint8Array;
}

export interface ViewPage {
  readonly rows: RowPage;
  /** `undefined` after the last row. */
  readonly next: ViewPlace | undefined;
}
