/**
 * `SELECT … FROM operator.state` over live state or a snapshot, by DuckDB: a table for each state that the
 * query names, columns as `sql-columns.ts` says.
 *
 * Invariants:
 * - A query reads and writes nothing but its own tables in memory: no file, no network, no setting.
 * - Only states that the query names are read.
 * - It ends within its limits of time, memory, rows and bytes, or says which one it met.
 * - DuckDB runs in a process of its own, which is over when the query is.
 */
import { type Clock, ConfigError, errorMessage, SystemClock, TaskError } from '@millrace/core';
import { findState } from '../inspect/find-state.ts';
import type { LiveState, LiveView } from '../live/live-state.ts';
import { labelOf } from '../snapshot/open-snapshot.ts';
import type { SnapshotOperator, StateSource } from '../snapshot/snapshot.ts';
import type { JsonValue } from '../snapshot/value-to-json.ts';
import { type AskedTable, placeIn } from './asked-tables.ts';
import { type LoadLimits, loadStates } from './load-states.ts';
import { SqlProcess } from './sql-process.ts';
import { QueryTables, type StateTable } from './table-load.ts';

export interface SqlOptions {
  /** Rows of the result; 1000 unless given. */
  readonly limit?: number;
  /** Of the rows of the result as JSON; 8 MiB unless given. */
  readonly maxBytes?: number;
  /** Of reading the states and running the query; 60 s unless given. */
  readonly timeoutMs?: number;
  /** Of DuckDB; 512 MB unless given. */
  readonly memoryMb?: number;
  /** Entries that are read; 20 million unless given. */
  readonly maxEntries?: number;
  /** Gives the query up: it throws the signal's reason. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

export interface SqlRows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly JsonValue[])[];
  /** There are more than `limit`, or than `maxBytes` have room for. */
  readonly truncated: boolean;
}

const LIMIT_ROWS = 1000;
const BYTES_MAX = 8 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
const MEMORY_MB = 512;
const ENTRIES_MAX = 20_000_000;
/** Where the query names no operator. */
const NO_SCHEMA = 'main';

/**
 * @throws ConfigError `SQL_INVALID` with the place in the query, `SQL_NOT_INSTALLED` with the command
 * @throws TaskError `SQL_LIMIT_EXCEEDED`, `SQL_PROCESS_ENDED`, `JOB_NOT_RUNNING`
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`
 */
export async function querySql(
  source: StateSource | LiveState,
  query: string,
  options: SqlOptions = {},
): Promise<SqlRows> {
  const { timeoutMs = TIMEOUT_MS, memoryMb = MEMORY_MB, signal } = options;
  signal?.throwIfAborted();
  const process = new SqlProcess(memoryMb);
  let givenUp: { readonly why: unknown } | undefined;
  const giveUp = (why: unknown): void => {
    givenUp ??= { why };
    process.kill(why);
  };
  const clock = options.clock ?? new SystemClock();
  const timer = clock.setTimer(timeoutMs, () => giveUp(tookTooLong(timeoutMs)));
  const aborted = (): void => giveUp(signal?.reason);
  signal?.addEventListener('abort', aborted);
  const maxRows = options.maxEntries ?? ENTRIES_MAX;
  const limits = { maxRows, isOver: () => givenUp !== undefined };
  try {
    await process.call('open', memoryMb);
    await load(process, { source, query, limits });
    return await rowsOf(process, query, options);
  } catch (error) {
    throw givenUp === undefined ? error : givenUp.why;
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', aborted);
    await process.close();
  }
}

function tookTooLong(timeoutMs: number): TaskError {
  return new TaskError(
    'SQL_LIMIT_EXCEEDED',
    `the query took longer than ${timeoutMs} ms; ask for less, or for smaller states`,
  );
}

async function load(
  process: SqlProcess,
  of: {
    readonly source: StateSource | LiveState;
    readonly query: string;
    readonly limits: LoadLimits;
  },
): Promise<void> {
  const { source, query, limits } = of;
  const byOperator = new Map<SnapshotOperator, StateTable[]>();
  for (const asked of await process.call('askedTables', query)) {
    const { operator, state } = resolve(source, asked, query);
    const schema = asked.operator === '' ? NO_SCHEMA : asked.operator;
    const tables = byOperator.get(operator) ?? [];
    byOperator.set(operator, tables);
    tables.push({ schema, table: asked.state, state });
  }
  const into = new QueryTables(process);
  for (const [operator, tables] of byOperator) {
    const states = [...new Set(tables.map(({ state }) => state))];
    const view = await viewOf(source, operator, states);
    try {
      const read = view === undefined ? { source, operator } : viewed(view, operator);
      await loadStates(into, { ...read, tables, limits });
    } finally {
      await view?.close();
    }
  }
  await process.call('loaded');
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

/** @throws ConfigError `SQL_INVALID` that names what there is */
function resolve(
  source: StateSource,
  { operator: selector, state, at }: AskedTable,
  query: string,
): { readonly operator: SnapshotOperator; readonly state: string } {
  try {
    const operator = selector === '' ? onlyOperatorWith(source, state) : source.operator(selector);
    findState(operator, state); // Or says what there is.
    return { operator, state };
  } catch (error) {
    throw new ConfigError('SQL_INVALID', `${errorMessage(error)}${placeIn(query, at)}`, {
      cause: error,
    });
  }
}

function onlyOperatorWith({ operators }: StateSource, state: string): SnapshotOperator {
  const named = ({ name }: { readonly name: string }): boolean => name === state;
  const keyed = operators.filter(({ keyedStates, timers }) =>
    [...keyedStates, ...timers].some(named),
  );
  const having =
    keyed.length > 0 ? keyed : operators.filter((each) => each.operatorStates.some(named));
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

async function rowsOf(
  process: SqlProcess,
  query: string,
  { limit = LIMIT_ROWS, maxBytes = BYTES_MAX }: SqlOptions,
): Promise<SqlRows> {
  const columns = await process.call('select', query, limit, maxBytes);
  const rows: JsonValue[][] = [];
  for (;;) {
    const part = await process.call('next');
    for (const row of JSON.parse(part.rows) as JsonValue[][]) {
      rows.push(row);
    }
    if (part.isLast) {
      return { columns, rows, truncated: part.truncated };
    }
  }
}
