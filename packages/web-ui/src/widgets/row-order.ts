/** The order of rows, and which one a key leads to. */

const PAGE_ROWS = 10;

/** Stable; numbers by size with what is no number last, texts as a person orders them. */
export function sortRows<Row>(
  rows: readonly Row[],
  by: (row: Row) => number | string,
  descending: boolean,
): Row[] {
  const sign = descending ? -1 : 1;
  return rows
    .map((row) => ({ row, value: by(row) }))
    .sort((left, right) => compare(left.value, right.value, sign))
    .map(({ row }) => row);
}

/** The row that a key leads to from `current`; `undefined` for a key that leads nowhere. */
export function nextRow(key: string, current: number, rows: number): number | undefined {
  const steps: Record<string, number> = {
    ArrowDown: current + 1,
    ArrowUp: current - 1,
    PageDown: current + PAGE_ROWS,
    PageUp: current - PAGE_ROWS,
    Home: 0,
    End: rows - 1,
  };
  const wanted = steps[key];
  return wanted === undefined || rows === 0 ? undefined : Math.max(0, Math.min(rows - 1, wanted));
}

function compare(left: number | string, right: number | string, sign: number): number {
  if (typeof left === 'number' && typeof right === 'number') {
    if (Number.isNaN(left) || Number.isNaN(right)) {
      return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
    }
    return (left - right) * sign;
  }
  return String(left).localeCompare(String(right), undefined, { numeric: true }) * sign;
}
