/** The result of a SELECT over state, for people, for scripts, or as JSON. */
import { plural } from './sizes.ts';
import { printTable } from './table.ts';
import type { Terminal } from './terminal.ts';

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** JSON. */
  readonly rows: readonly (readonly unknown[])[];
  /** There are more rows than these. */
  readonly truncated: boolean;
}

const NUMBERS = /INT|DOUBLE|FLOAT|DECIMAL/;

export async function printQueryResult(
  terminal: Terminal,
  result: QueryResult,
  { json }: { readonly json?: boolean },
): Promise<void> {
  if (json === true) {
    await terminal.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  const columns = result.columns.map(({ name, type }) => ({
    title: name,
    align: NUMBERS.test(type) ? ('right' as const) : ('left' as const),
  }));
  await printTable(
    terminal,
    columns,
    result.rows.map((row) => row.map(cellOf)),
  );
  const rows = plural(result.rows.length, 'row');
  terminal.note(
    result.truncated ? `${rows}, the first of more; --limit N shows N, up to 8 MiB` : rows,
  );
}

function cellOf(value: unknown): string | number | undefined {
  if (value === null) {
    return undefined;
  }
  return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value);
}
