/**
 * Values with versions: what a write does while a snapshot runs, and what that snapshot then reads.
 *
 * Invariant: a snapshot of version v reads, of each value, the newest one whose version is at most
 * v. A write keeps the old value only if a running snapshot still has to write it.
 *
 * Flink: CopyOnWriteStateMap.StateMapEntry. Design: docs/decisions/0003-heap-state-by-versions.md
 */
// Hot path.
import type { DenseGroup } from '@millrace/state';

/** The value of one key and namespace in one state. */
export class Cell {
  /** What each access reads comes first, as an object may lie across two cache lines. */
  value: unknown;
  version: number;
  readonly group: DenseGroup<Cell>;
  readonly key: unknown;
  readonly namespace: unknown;
  index: number;
  previous: PreviousValue | undefined;

  constructor(
    key: unknown,
    namespace: unknown,
    group: DenseGroup<Cell>,
    value: unknown,
    version: number,
  ) {
    this.value = value;
    this.version = version;
    this.group = group;
    this.key = key;
    this.namespace = namespace;
    this.index = -1;
    this.previous = undefined;
  }
}

/** An older value, for snapshots that started before it was overwritten. */
export class PreviousValue {
  readonly version: number;
  readonly value: unknown;
  readonly previous: PreviousValue | undefined;

  constructor(version: number, value: unknown, previous: PreviousValue | undefined) {
    this.version = version;
    this.value = value;
    this.previous = previous;
  }
}

export interface Versioned {
  value: unknown;
  version: number;
  previous: PreviousValue | undefined;
}

/** The current version of all state of a backend; each snapshot ends one. */
export interface Epoch {
  current: number;
}

/** Before a write at `epoch`: remembers `value` as what `entry` held until now. */
export function keepPrevious(
  entry: Versioned,
  value: unknown,
  times: { readonly oldestPinned: number; readonly epoch: number },
): void {
  // A chain that no running snapshot is old enough for is dropped here.
  const chain = entry.version > times.oldestPinned ? entry.previous : undefined;
  entry.previous = new PreviousValue(entry.version, value, chain);
  entry.version = times.epoch;
}

/** The value as a snapshot of `version` sees it. */
export function valueAt(entry: Versioned, version: number): unknown {
  if (entry.version <= version) {
    return entry.value;
  }
  let older = entry.previous;
  while (older !== undefined && older.version > version) {
    older = older.previous;
  }
  return older?.value;
}
