/**
 * Values with versions: what a write does while a snapshot runs, and what that snapshot then reads.
 *
 * Invariant: a snapshot of version v reads, of each value, the newest one whose version is at most
 * v. A write keeps the old value only if a running snapshot still has to write it.
 *
 * Flink: CopyOnWriteStateMap.StateMapEntry. Design: docs/decisions/0003-heap-state-by-versions.md
 */
// Hot path.

/** An older value of an entry of a large map. */
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

/** Before a write at `epoch`: remembers what `entry` held until now. */
export function keepPrevious(
  entry: Versioned,
  times: { readonly oldestPinned: number; readonly epoch: number },
): void {
  // A chain that no running snapshot is old enough for is dropped here.
  const chain = entry.version > times.oldestPinned ? entry.previous : undefined;
  entry.previous = new PreviousValue(entry.version, entry.value, chain);
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
