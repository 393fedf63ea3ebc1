/**
 * Rows for people on a terminal, in its width; elsewhere lines of fields with tabs between, for awk
 * and its kin.
 */
import Table from 'cli-table3';
import { printable, type Terminal } from './terminal.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** `undefined` is shown as `-`. */
export type Row = readonly (string | number | undefined)[];

export interface TableLayout {
  readonly isTerminal: boolean;
  /** Width of the terminal. */
  readonly columns: number;
  style(style: 'bold' | 'dim', text: string): string;
}

const GAP = 2;
const WIDTH_MIN = 4; // three characters and …

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
};

/** Writes rows in pieces, all with the widths of the first piece. */
export class TableWriter {
  private readonly columns: readonly Column[];
  private readonly layout: TableLayout;
  private widths: readonly number[] | undefined;
  /** The terminal is too narrow for columns. */
  private isNarrow: boolean = false;

  constructor(columns: readonly Column[], layout: TableLayout) {
    this.columns = columns;
    this.layout = layout;
  }

  /** The text of further rows, with titles before the first. */
  format(rows: readonly Row[]): string {
    const cells = rows.map((row) => row.map((cell) => printable(String(cell ?? '-'))));
    const titles = this.columns.map(({ title }) => title);
    const isFirst = this.widths === undefined;
    const shown = isFirst ? [titles, ...cells] : cells;
    if (!this.layout.isTerminal) {
      this.widths = [];
      return shown.map((row) => `${row.join('\t')}\n`).join('');
    }
    if (this.widths === undefined) {
      this.widths = fit(naturalWidths(shown), this.columns, this.layout.columns);
      this.isNarrow = totalWidth(this.widths) > this.layout.columns;
    }
    if (this.isNarrow) {
      return cells.map((row) => this.record(row)).join('');
    }
    return this.bordered(cells, isFirst ? titles : undefined);
  }

  /** A line a field, where columns do not fit; fields without text are left out. */
  private record(cells: readonly string[]): string {
    const lines = this.columns.flatMap(({ title }, column) => {
      const cell = cells[column] ?? '';
      return cell === '' ? [] : [cutTo(`${title} ${cell}`, this.layout.columns)];
    });
    return `${lines.join('\n')}\n\n`;
  }

  private bordered(cells: readonly (readonly string[])[], titles: string[] | undefined): string {
    const widths = this.widths as readonly number[];
    const table = new Table({
      chars: NO_BORDERS,
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
      colWidths: [...widths],
      colAligns: this.columns.map(({ align = 'left' }) => align),
      truncate: '…',
      wordWrap: false,
    });
    if (titles !== undefined) {
      table.push(titles.map((title) => this.layout.style('bold', title)));
      table.push(widths.map((width) => this.layout.style('dim', '─'.repeat(width))));
    }
    for (const row of cells) {
      table.push([...row]);
    }
    const text = table.toString();
    return text === ''
      ? ''
      : `${text
          .split('\n')
          .map((line) => line.trimEnd())
          .join('\n')}\n`;
  }
}

/** All rows at once. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly Row[],
  layout: TableLayout,
): string {
  return new TableWriter(columns, layout).format(rows);
}

export async function printTable(
  terminal: Terminal,
  columns: readonly Column[],
  rows: readonly Row[],
): Promise<void> {
  await terminal.write(formatTable(columns, rows, terminal));
}

function naturalWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 1, displayWidth(cell));
    });
  }
  return widths;
}

/** As `cli-table3` counts it. */
function displayWidth(text: string): number {
  const chars = { ...NO_BORDERS, top: '-' };
  const table = new Table({ chars, style: { 'padding-left': 0, 'padding-right': 0, border: [] } });
  if (/^[\x20-\x7e]*$/.test(text)) {
    return text.length;
  }
  table.push([text]);
  return table.width;
}

/** Takes from the widest columns of text until all fit; from numbers only where that is not enough. */
function fit(natural: readonly number[], columns: readonly Column[], columnsMax: number): number[] {
  const widths = [...natural];
  const room = columnsMax - GAP * (widths.length - 1);
  let excess = widths.reduce((sum, width) => sum + width, 0) - room;
  for (const isShrunk of [isText, () => true]) {
    while (excess > 0) {
      const candidates = widths.map((width, i) => (isShrunk(columns[i]) ? width : 0));
      const widest = candidates.indexOf(Math.max(...candidates));
      if ((candidates[widest] as number) <= WIDTH_MIN) {
        break;
      }
      widths[widest] = (widths[widest] as number) - 1;
      excess--;
    }
  }
  return widths;
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1));
}

function cutTo(text: string, columns: number): string {
  if (displayWidth(text) <= columns) {
    return text;
  }
  let cut = text;
  while (cut !== '' && displayWidth(cut) > columns - 1) {
    cut = [...cut].slice(0, -1).join('');
  }
  return `${cut}…`;
}

function isText(column: Column | undefined): boolean {
  return column?.align !== 'right';
}
