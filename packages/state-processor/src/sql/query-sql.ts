/**
 * `SELECT … FROM operator.state` over live state or a snapshot, by DuckDB: a table for each state that the
 * query names, columns as `sql-columns.ts` says.
 *
 * Invariants:
 * - A query reads and writes nothing but its own tables in memory: no file, no network, no setting.
 * - Only states that the query names are read.
 * - It ends within its limits of time, memory and rows, or says which one it met.
 */
import {
  type Clock,
  ConfigError,
  errorMessage,
  MillraceError,
  SystemClock,
  TaskError,
} from '@millrace/core';
import { findState } from '../inspect/find-state.ts';
import type { LiveState, LiveView } from '../live/live-state.ts';
import { labelOf } from '../snapshot/open-snapshot.ts';
import type { SnapshotOperator, StateSource } from '../snapshot/snapshot.ts';
import type { JsonValue } from '../snapshot/value-to-json.ts';
import { type AskedTable, askedTables, placeIn } from './asked-tables.ts';
import { type DuckDb, loadDuckDb, type SqlConnection, type SqlReader } from './duckdb.ts';
import { type LoadLimits, loadStates, type StateTable } from './load-states.ts';

export interface SqlOptions {
  /** Rows of the result; 1000 unless given. */
  readonly limit?: number;
  /** Of reading the states and running the query; 60 s unless given. */
  readonly timeoutMs?: number;
  /** Of DuckDB; 512 MB unless given. */
  readonly memoryMb?: number;
  /** Entries that are read; 20 million unless given. */
  readonly maxEntries?: number;
  readonly clock?: Clock;
}

export interface SqlRows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly JsonValue[])[];
  /** There are more than `limit`. */
  readonly truncated: boolean;
}

const LIMIT_ROWS = 1000;
const TIMEOUT_MS = 60_000;
const MEMORY_MB = 512;
const ENTRIES_MAX = 20_000_000;
/** Where the query names no operator. */
const NO_SCHEMA = 'main';

/**
 * @throws ConfigError `SQL_INVALID` with the place in the query, `SQL_NOT_INSTALLED` with the command
 * @throws TaskError `SQL_LIMIT_EXCEEDED`, `JOB_NOT_RUNNING`
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`
 */
export async function querySql(
  source: StateSource | LiveState,
  query: string,
  options: SqlOptions = {},
): Promise<SqlRows> {
  const duckDb = await loadDuckDb();
  const { timeoutMs = TIMEOUT_MS, memoryMb = MEMORY_MB } = options;
  const instance = await duckDb.DuckDBInstance.create(':memory:', {
    temp_directory: '', // First: it cannot be set any more once there is no access to files.
    ...{ enable_external_access: 'false', autoload_known_extensions: 'false' },
    autoinstall_known_extensions: 'false',
    ...{ memory_limit: `${memoryMb}MB`, threads: '2' },
  });
  const connection = await instance.connect();
  let isOver = false;
  const clock = options.clock ?? new SystemClock();
  const timer = clock.setTimer(timeoutMs, () => {
    isOver = true;
    connection.interrupt();
  });
  const maxRows = options.maxEntries ?? ENTRIES_MAX;
  const limits = { maxRows, isOver: () => isOver };
  try {
    await load(duckDb, connection, { source, query, limits });
    await connection.run('SET lock_configuration = true');
    return await rowsOf(connection, query, options.limit ?? LIMIT_ROWS);
  } catch (error) {
    throw refusal(error, query, { isOver, timeoutMs, memoryMb });
  } finally {
    timer.cancel();
    connection.closeSync();
    instance.closeSync();
  }
}

async function load(
  duckDb: DuckDb,
  connection: SqlConnection,
  of: {
    readonly source: StateSource | LiveState;
    readonly query: string;
    readonly limits: LoadLimits;
  },
): Promise<void> {
  const { source, query, limits } = of;
  const byOperator = new Map<SnapshotOperator, StateTable[]>();
  for (const asked of await askedTables(connection, query)) {
    const { operator, state } = resolve(source, asked, query);
    const schema = asked.operator === '' ? NO_SCHEMA : asked.operator;
    const tables = byOperator.get(operator) ?? [];
    byOperator.set(operator, tables);
    tables.push({ schema, table: asked.state, state });
  }
  for (const [operator, tables] of byOperator) {
    const states = [...new Set(tables.map(({ state }) => state))];
    const view = await viewOf(source, operator, states);
    try {
      const read = view === undefined ? { source, operator } : viewed(view, operator);
      await loadStates(duckDb, connection, { ...read, tables: uniqueTables(tables), limits });
    } finally {
      await view?.close();
    }
  }
}

async function viewOf(
  source: StateSource | LiveState,
  { operatorId }: SnapshotOperator,
  states: readonly string[],
): Promise<LiveView | undefined> {
  return 'openView' in source ? source.openView(operatorId, { states }) : undefined;
}

function viewed(view: LiveView, { operatorId }: SnapshotOperator) {
  return { source: view, operator: view.operator(operatorId) };
}

/** One state may be named with and without its operator: each is a table. */
function uniqueTables(tables: readonly StateTable[]): StateTable[] {
  return [...new Map(tables.map((each) => [`${each.schema} ${each.table}`, each])).values()];
}

/** @throws ConfigError `SQL_INVALID` that names what there is */
function resolve(
  source: StateSource,
  { operator: selector, state, at }: AskedTable,
  query: string,
): { readonly operator: SnapshotOperator; readonly state: string } {
  try {
    const operator = selector === '' ? onlyOperatorWith(source, state) : source.operator(selector);
    const found = findState(operator, state);
    if (found.kind === 'operator') {
      throw new ConfigError('SQL_INVALID', `'${state}' is operator state, which has no keys`);
    }
    return { operator, state };
  } catch (error) {
    throw new ConfigError('SQL_INVALID', `${errorMessage(error)}${placeIn(query, at)}`, {
      cause: error,
    });
  }
}

function onlyOperatorWith({ operators }: StateSource, state: string): SnapshotOperator {
  const having = operators.filter(({ keyedStates, timers }) =>
    [...keyedStates, ...timers].some(({ name }) => name === state),
  );
  const [first] = having;
  if (first === undefined || having.length > 1) {
    const names = (having.length > 1 ? having : operators).map((each) => `'${labelOf(each)}'`);
    throw new ConfigError(
      'SQL_INVALID',
      having.length > 1
        ? `several operators have a state '${state}': ${names.join(', ')}; write "operator"."${state}"`
        : `no operator has a state '${state}'; write operator.state, with one of the operators ${names.join(', ')}`,
    );
  }
  return first;
}

async function rowsOf(connection: SqlConnection, query: string, limit: number): Promise<SqlRows> {
  const reader = await connection.streamAndReadUntil(query, limit + 1);
  const names = reader.columnNames();
  const types = reader.columnTypes().map(String);
  return {
    columns: names.map((name, index) => ({ name, type: types[index] as string })),
    rows: jsonRows(reader, types, limit),
    truncated: reader.currentRowCount > limit,
  };
}

/** Whole numbers as numbers, up to 2^53; DuckDB gives texts. */
function jsonRows(reader: SqlReader, types: readonly string[], limit: number): JsonValue[][] {
  const isWhole = types.map((type) => /^U?(BIGINT|HUGEINT)$/.test(type));
  const rows = reader.getRowsJson() as JsonValue[][];
  return rows
    .slice(0, limit)
    .map((row) =>
      row.map((value, index) =>
        isWhole[index] && typeof value === 'string' && Number.isSafeInteger(Number(value))
          ? Number(value)
          : value,
      ),
    );
}

function refusal(
  error: unknown,
  query: string,
  of: { readonly isOver: boolean; readonly timeoutMs: number; readonly memoryMb: number },
): unknown {
  if (of.isOver) {
    return new TaskError(
      'SQL_LIMIT_EXCEEDED',
      `the query took longer than ${of.timeoutMs} ms; ask for less, or for smaller states`,
    );
  }
  if (error instanceof MillraceError) {
    return error;
  }
  const message = errorMessage(error);
  if (/out of memory/i.test(message)) {
    return new TaskError(
      'SQL_LIMIT_EXCEEDED',
      `the query needs more memory than ${of.memoryMb} MB; ask for less, or for smaller states`,
    );
  }
  const line = /\n\nLINE (\d+): .*\n( *)\^/.exec(message);
  const [what = message] = message.split('\n\nLINE');
  const marked = line?.[2] === undefined ? -1 : line[2].length - `LINE ${line[1]}: `.length;
  const place = marked < 0 ? '' : placeOf(query, Number(line?.[1]), marked);
  return new ConfigError('SQL_INVALID', `${what.replaceAll('\n', '; ')}${place}`, {
    cause: error,
  });
}

function placeOf(query: string, line: number, column: number): string {
  const before = query.split('\n').slice(0, line - 1);
  return placeIn(query, before.reduce((sum, each) => sum + each.length + 1, 0) + column);
}
