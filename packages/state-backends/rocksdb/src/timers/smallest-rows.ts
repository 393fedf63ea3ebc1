/** The first few of many, without sorting all of them. */
// Hot path.

interface Row {
  readonly row: string;
}

/** The `count` smallest of both, ascending. No row is in both. */
export function smallestRows<T extends Row>(
  some: Iterable<T>,
  others: readonly T[],
  count: number,
): T[] {
  const kept: T[] = [];
  let limit = '\uffff'; // after every row
  for (const entry of some) {
    if (entry.row < limit) {
      kept.push(entry);
      if (kept.length === 2 * count) {
        limit = cut(kept, count);
      }
    }
  }
  for (const entry of others) {
    if (entry.row < limit) {
      kept.push(entry);
      if (kept.length === 2 * count) {
        limit = cut(kept, count);
      }
    }
  }
  cut(kept, count);
  return kept;
}

/** @returns the largest row that is kept */
function cut<T extends Row>(kept: T[], count: number): string {
  kept.sort(byRow);
  kept.length = Math.min(kept.length, count);
  return kept[kept.length - 1]?.row ?? '';
}

function byRow(a: Row, b: Row): number {
  return a.row < b.row ? -1 : 1;
}
