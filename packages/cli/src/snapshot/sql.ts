/** `millrace snapshot sql`: a SELECT over the states of a snapshot. */
import { type JsonValue, querySql } from '@millrace/state-processor';
import { type CommandContext, openNamed, type SnapshotOptions } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { plural } from '../terminal/sizes.ts';
import { TableWriter } from '../terminal/table.ts';

export interface SqlCommandOptions extends SnapshotOptions {
  readonly limit?: number;
  /** MB. */
  readonly memory?: number;
  /** Seconds. */
  readonly timeout?: number;
}

const NUMBERS = /INT|DOUBLE|FLOAT|DECIMAL/;

export async function printSql(
  path: string,
  query: string,
  options: SqlCommandOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const snapshot = await openNamed(path, options, context);
  const { limit, memory, timeout } = options;
  const result = await querySql(snapshot, query, {
    ...(limit === undefined ? {} : { limit }),
    ...(memory === undefined ? {} : { memoryMb: memory }),
    ...(timeout === undefined ? {} : { timeoutMs: 1000 * timeout }),
  });
  if (options.json === true) {
    await terminal.write(`${JSON.stringify(result, null, 2)}\n`);
    return EXIT_CODES.OK;
  }
  const columns = result.columns.map(({ name, type }) => ({
    title: name,
    align: NUMBERS.test(type) ? ('right' as const) : ('left' as const),
  }));
  const table = new TableWriter(columns, {
    isTerminal: terminal.isTerminal,
    columns: terminal.columns,
    style: (style, text) => terminal.style(style, text),
  });
  await terminal.write(table.format(result.rows.map((row) => row.map(cellOf))));
  const rows = plural(result.rows.length, 'row');
  terminal.note(result.truncated ? `${rows}, the first of more; --limit N shows N` : rows);
  return EXIT_CODES.OK;
}

function cellOf(value: JsonValue): string | number | undefined {
  if (value === null) {
    return undefined;
  }
  return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value);
}
