/** What can be changed in a snapshot, in JSON as `valueToJson` shows values. */
import type { OperatorIdentifier } from '../read/operator-identifier.ts';

export type SnapshotEdit = SetEntry | DeleteEntry | DeleteState | RenameOperator | DropOperator;

/** Which entry is meant. */
export interface EntryOfState {
  readonly operator: OperatorIdentifier;
  /** Of a queue of timers too; where a state has the same name, the state is meant. */
  readonly state: string;
  /** Of a broadcast state that of its map. */
  readonly key: unknown;
  /** Of state in windows the window: `{ "start": ms, "end": ms }`. */
  readonly namespace?: unknown;
  /** Of a map state. Without it the whole map is meant. */
  readonly userKey?: unknown;
}

/**
 * Puts a value in the place of another, or where none is. Of reducing state it is the reduced value, of
 * aggregating state the accumulator, of a list an array, of timers a time in milliseconds.
 */
export interface SetEntry extends EntryOfState {
  readonly kind: 'set';
  readonly value: unknown;
}

export interface DeleteEntry extends EntryOfState {
  readonly kind: 'delete';
  /** Only of a timer: its time in milliseconds. */
  readonly value?: unknown;
}

/** With its declaration, so that a job may declare it anew with another type. */
export interface DeleteState {
  readonly kind: 'delete-state';
  readonly operator: OperatorIdentifier;
  readonly state: string;
}

export interface RenameOperator {
  readonly kind: 'rename-operator';
  readonly operator: OperatorIdentifier;
  readonly to: OperatorIdentifier;
}

export interface DropOperator {
  readonly kind: 'drop-operator';
  readonly operator: OperatorIdentifier;
}

/** What one edit did; what a later edit of the same entry does is counted there. */
export interface EditResult {
  readonly edit: SnapshotEdit;
  /** Entries that were not there before; of a map each of its entries counts. */
  added: number;
  replaced: number;
  removed: number;
}
