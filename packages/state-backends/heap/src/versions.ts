/**
 * Values with versions: what a write does while a snapshot runs, and what that snapshot then reads.
 *
 * Invariant: a snapshot of version v reads, of each value, the newest one whose version is at most
 * v. A write keeps the old value only if a running snapshot still has to write it.
 *
 * Flink: CopyOnWriteStateMap.StateMapEntry. Design: docs/decisions/0003-heap-state-by-versions.md
 */
// Hot path.

/** An older value of a row, for snapshots that started before it was overwritten. */
export class KeptValue {
  /** The version that overwrote it: snapshots of an earlier one read it, or what is kept before it. */
  readonly until: number;
  readonly value: unknown;
  readonly previous: KeptValue | undefined;

  constructor(until: number, value: unknown, previous: KeptValue | undefined) {
    this.until = until;
    this.value = value;
    this.previous = previous;
  }
}

/** What a snapshot of `version` reads of what was kept, if the last was overwritten after it. */
export function keptAt(last: KeptValue, version: number): unknown {
  let kept = last;
  while (kept.previous !== undefined && kept.previous.until > version) {
    kept = kept.previous;
  }
  return kept.value;
}

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
