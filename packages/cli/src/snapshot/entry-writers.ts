/**
 * Entries in the formats that `cat` writes. All write as the entries come, so that a state of any
 * size takes little memory; each line of `ndjson` is a document of its own.
 */
import type { StateEntry } from '@millrace/state-processor';
import { type TableLayout, TableWriter } from '../terminal/table.ts';
import { cellText, type EntryColumn, entryRow } from './entry-columns.ts';
import type { EntryFormat } from './entry-formats.ts';

export interface EntryWriter {
  /** The text of further entries. */
  format(entries: readonly StateEntry[]): string;
  /** The text after the last. */
  end(): string;
}

export function entryWriter(
  format: EntryFormat,
  columns: readonly EntryColumn[],
  layout: TableLayout,
): EntryWriter {
  switch (format) {
    case 'table': {
      const table = new TableWriter(columns, layout);
      const rows = (entries: readonly StateEntry[]) =>
        entries.map((each) => entryRow(columns, each));
      return { format: (entries) => table.format(rows(entries)), end: () => '' };
    }
    case 'ndjson':
      return {
        format: (entries) => lines(entries.map((each) => JSON.stringify(each))),
        end: () => '',
      };
    case 'json':
      return jsonWriter();
    case 'csv':
      return csvWriter(columns);
  }
}

function jsonWriter(): EntryWriter {
  let before = '[\n';
  return {
    format: (entries) => {
      const text = entries.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n');
      const all = `${before}${text}`;
      before = ',\n';
      return all;
    },
    end: () => (before === '[\n' ? '[]\n' : '\n]\n'),
  };
}

/** RFC 4180, with titles in lower case. */
function csvWriter(columns: readonly EntryColumn[]): EntryWriter {
  let titles = [csvLine(columns.map(({ title }) => title.toLowerCase()))];
  const takeTitles = (): string[] => {
    const taken = titles;
    titles = [];
    return taken;
  };
  return {
    format: (entries) => {
      const rows = entries.map((entry) =>
        csvLine(columns.map(({ cell }) => cellText(cell(entry)) ?? '')),
      );
      return lines([...takeTitles(), ...rows], '\r\n');
    },
    end: () => lines(takeTitles(), '\r\n'),
  };
}

function csvLine(cells: readonly string[]): string {
  return cells
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
}

function lines(all: readonly string[], end: string = '\n'): string {
  return all.map((line) => `${line}${end}`).join('');
}
