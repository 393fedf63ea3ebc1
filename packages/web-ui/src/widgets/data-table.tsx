/**
 * A table of rows: sorted by its headers, walked by arrow keys, opened by Enter or a click.
 *
 * - One row takes part in the tab order; up, down, page up, page down, home and end move it.
 * - A long one shows its first rows and a button for more, so a page of 10,000 rows stays light.
 */
import { type ReadonlySignal, type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren, TargetedKeyboardEvent, TargetedMouseEvent, VNode } from 'preact';
import { nextRow, sortRows } from './row-order.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** What the column sorts by; left out: it does not. */
  readonly sort?: (row: Row) => number | string;
  readonly numeric?: boolean;
  /** Left out on narrow screens. */
  readonly wideOnly?: boolean;
  /** Takes the room that is left, cut with an ellipsis. */
  readonly grow?: boolean;
}

interface DataTableProps<Row> {
  /** Read by screen readers: what the rows are. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string | number;
  readonly onOpen?: (row: Row) => void;
  readonly isChosen?: (row: Row) => boolean;
  readonly empty?: ComponentChildren;
  readonly rowsShown?: number;
}

interface Sorting {
  readonly column: number;
  readonly descending: boolean;
}

const ROWS_SHOWN = 200;

export function DataTable<Row>(props: DataTableProps<Row>): VNode {
  const { label, columns, rows, rowKey, empty, rowsShown = ROWS_SHOWN } = props;
  const sorting = useSignal<Sorting | undefined>(undefined);
  const current = useSignal(0);
  const pages = useSignal(1);
  const sort = sorting.value === undefined ? undefined : columns[sorting.value.column]?.sort;
  const sorted =
    sort === undefined ? rows : sortRows(rows, sort, sorting.value?.descending === true);
  const shown = sorted.slice(0, rowsShown * pages.value);
  const tabRow = Math.min(current.value, shown.length - 1);
  return (
    <div class="table-frame">
      <table aria-label={label} aria-rowcount={rows.length + 1}>
        <Head columns={columns} sorting={sorting} />
        <tbody onKeyDown={(event) => moveByKey(event, current, shown.length)}>
          {shown.map((row, index) => (
            <TableRow
              key={rowKey(row)}
              {...props}
              row={row}
              isTabStop={index === tabRow}
              onReach={() => {
                current.value = index;
              }}
            />
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p class="empty">{empty ?? 'Nothing here.'}</p>}
      {shown.length < rows.length && (
        <button class="more" type="button" onClick={() => (pages.value += 1)}>
          Show more ({rows.length - shown.length} left)
        </button>
      )}
    </div>
  );
}

function Head<Row>({
  columns,
  sorting,
}: {
  columns: readonly Column<Row>[];
  sorting: Signal<Sorting | undefined>;
}): VNode {
  return (
    <thead>
      <tr>
        {columns.map((column, index) => (
          <th
            key={column.title}
            scope="col"
            class={cellClass(column)}
            aria-sort={ariaSort(sorting, index)}
          >
            {column.sort === undefined ? (
              column.title
            ) : (
              <button type="button" onClick={() => sortBy(sorting, index, column.numeric === true)}>
                {column.title}
                <span class="sort-mark" aria-hidden="true">
                  {sortMark(sorting, index)}
                </span>
              </button>
            )}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function TableRow<Row>(
  props: DataTableProps<Row> & { row: Row; isTabStop: boolean; onReach: () => void },
): VNode {
  const { row, columns, onOpen, isChosen, isTabStop, onReach } = props;
  const open = onOpen === undefined ? undefined : () => onOpen(row);
  const chosen = isChosen?.(row);
  return (
    <tr
      tabIndex={isTabStop ? 0 : -1}
      class={open === undefined ? undefined : 'opens'}
      aria-selected={chosen}
      onFocus={onReach}
      onClick={(event) => open !== undefined && !isOnControl(event) && open()}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && event.target === event.currentTarget) {
          open?.();
        }
      }}
    >
      {columns.map((column) => (
        <td key={column.title} class={cellClass(column)}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

/** A click on a link or button of the row, or one that ends the choice of text, does not open it. */
function isOnControl(event: TargetedMouseEvent<HTMLElement>): boolean {
  const control = (event.target as Element).closest('a, button, input, summary, select');
  return control !== null || String(getSelection()) !== '';
}

function moveByKey(
  event: TargetedKeyboardEvent<HTMLTableSectionElement>,
  current: Signal<number>,
  rows: number,
): void {
  const row = (event.target as Element).closest('tr');
  const next = row === event.target ? nextRow(event.key, current.peek(), rows) : undefined;
  if (next === undefined) {
    return;
  }
  event.preventDefault();
  current.value = next;
  (event.currentTarget.rows[next] as HTMLElement | undefined)?.focus();
}

function sortBy(sorting: Signal<Sorting | undefined>, column: number, numeric: boolean): void {
  const before = sorting.value;
  // Numbers are looked at from the greatest, names from A; the third click undoes it.
  if (before?.column !== column) {
    sorting.value = { column, descending: numeric };
  } else {
    sorting.value = before.descending === numeric ? { column, descending: !numeric } : undefined;
  }
}

function ariaSort(
  sorting: ReadonlySignal<Sorting | undefined>,
  index: number,
): 'ascending' | 'descending' | undefined {
  const order = sorting.value?.descending === true ? 'descending' : 'ascending';
  return sorting.value?.column === index ? order : undefined;
}

function sortMark(sorting: ReadonlySignal<Sorting | undefined>, index: number): string {
  const order = ariaSort(sorting, index);
  return order === undefined ? '' : order === 'descending' ? '▾' : '▴';
}

function cellClass<Row>({ numeric, wideOnly, grow }: Column<Row>): string | undefined {
  const names = [numeric && 'number', wideOnly && 'wide-only', grow && 'grow'].filter(Boolean);
  return names.length === 0 ? undefined : names.join(' ');
}
