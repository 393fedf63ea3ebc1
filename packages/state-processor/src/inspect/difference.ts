/** What two snapshots differ in, and how much of it there is. */
import type { SnapshotProblem } from '../snapshot/snapshot.ts';
import type { JsonValue } from '../snapshot/value-to-json.ts';

export type Change = 'added' | 'removed' | 'changed';

interface OfOperator {
  readonly operatorId: string;
  /** uid, name or id. */
  readonly label: string;
}

/** `before` is of the first snapshot, `after` of the second. */
export type SnapshotDifference =
  | OperatorDifference
  | PropertyDifference
  | StateDifference
  | TypeDifference
  | EntryDifference
  | ItemDifference;

export interface OperatorDifference extends OfOperator {
  readonly kind: 'operator';
  readonly change: 'added' | 'removed';
}

export interface PropertyDifference extends OfOperator {
  readonly kind: 'property';
  readonly change: 'changed';
  readonly property: 'parallelism' | 'maxParallelism' | 'isFullyFinished' | 'keyType';
  readonly before: JsonValue;
  readonly after: JsonValue;
}

/** Its entries are counted, not listed. */
export interface StateDifference extends OfOperator {
  readonly kind: 'state';
  readonly change: 'added' | 'removed';
  readonly state: string;
  readonly entries: number;
}

export interface TypeDifference extends OfOperator {
  readonly kind: 'type';
  readonly change: 'changed';
  readonly state: string;
  readonly part: 'kind' | 'namespace' | 'value' | 'key' | 'timeToLive';
  readonly before: JsonValue;
  readonly after: JsonValue;
}

/** An entry of keyed state, or a timer. */
export interface EntryDifference extends OfOperator {
  readonly kind: 'entry';
  readonly change: Change;
  readonly state: string;
  readonly keyGroup: number;
  readonly key: JsonValue;
  readonly namespace?: JsonValue;
  /** Of a map. */
  readonly userKey?: JsonValue;
  /** Of a timer. */
  readonly timestamp?: JsonValue;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

/** Of a list over all subtasks, or of a broadcast state. */
export interface ItemDifference extends OfOperator {
  readonly kind: 'item';
  readonly change: Change;
  readonly state: string;
  /** Of a broadcast state. */
  readonly key?: JsonValue;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
  /** How often it was added or removed: lists may hold an item more than once. */
  readonly times: number;
}

export interface DiffCounts {
  same: number;
  added: number;
  removed: number;
  changed: number;
}

export interface StateDiff extends DiffCounts {
  readonly operatorId: string;
  readonly label: string;
  readonly state: string;
}

export interface DiffSummary extends DiffCounts {
  /** True when nothing differs, and all could be compared. */
  readonly isEqual: boolean;
  /** Keyed state that nothing here can read; it was not compared. */
  readonly problems: readonly SnapshotProblem[];
  /** Operators, states, types and properties. */
  readonly structural: number;
  /** States that are in either, in the order in which they were compared. */
  readonly states: readonly StateDiff[];
}
