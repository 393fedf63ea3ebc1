/** The states that a query names, by DuckDB's own parser. It says so where the query is no SELECT. */
import { ConfigError } from '@millrace/core';
import type { SqlConnection } from './duckdb.ts';

export interface AskedTable {
  /** As it is written: uid, name or id of an operator; empty where the query names the state alone. */
  readonly operator: string;
  readonly state: string;
  /** Where it stands in the query, in characters. */
  readonly at: number;
}

interface Parsed {
  readonly error: boolean;
  readonly error_message?: string;
  readonly position?: string;
  readonly statements?: readonly unknown[];
}

/** @throws ConfigError `SQL_INVALID` with the place */
export async function askedTables(
  connection: SqlConnection,
  query: string,
): Promise<readonly AskedTable[]> {
  const quoted = query.replaceAll("'", "''");
  const reader = await connection.runAndReadAll(`SELECT json_serialize_sql('${quoted}')::VARCHAR`);
  const parsed = JSON.parse(String(reader.getRowsJson()[0]?.[0])) as Parsed;
  if (parsed.error) {
    const { error_message: message = '', position } = parsed;
    const why = message.startsWith('Only SELECT') ? 'state is only read: use SELECT' : message;
    throw new ConfigError('SQL_INVALID', `${why}${placeIn(query, Number(position ?? Number.NaN))}`);
  }
  const { length } = parsed.statements ?? [];
  if (length !== 1) {
    throw new ConfigError('SQL_INVALID', `there are ${length} statements; give one SELECT`);
  }
  const tables = new Map<string, AskedTable>();
  const named = new Set<string>();
  collect(parsed.statements, tables, named);
  return [...tables.values()].filter(({ operator, state }) => operator !== '' || !named.has(state));
}

/** ` (line 2, column 7, at 'by-day.total')`, and how the name there is quoted, if it has to be. */
export function placeIn(query: string, at: number): string {
  if (!Number.isInteger(at) || at < 0 || at > query.length) {
    return '';
  }
  const before = query.slice(0, at).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  const place = ` (line ${before.length}, column ${column}, at '${query.slice(at, at + 20)}')`;
  return `${place}${quotingHint(query, at)}`;
}

/** Parts of a name between points, in quotes or not. */
const NAMES = /(?:"[^"]*"|[\w-]+)(?:\.(?:"[^"]*"|[\w-]+))*/g;
const NEEDS_NO_QUOTES = /^(?:"[^"]*"|[A-Za-z_]\w*)$/;

/** Where a name is taken apart at what is no letter, or begins with a digit. */
function quotingHint(query: string, at: number): string {
  const name = [...query.matchAll(NAMES)].find(
    ({ index, 0: text }) => index <= at && at < index + text.length,
  )?.[0];
  const parts = name?.match(/"[^"]*"|[^.]+/g) ?? [];
  const isNumber = /^-?\d+(?:\.\d+)?$/.test(name ?? '');
  if (isNumber || !/[a-z]/i.test(name ?? '') || parts.every((part) => NEEDS_NO_QUOTES.test(part))) {
    return '';
  }
  const quoted = parts.map((part) => (NEEDS_NO_QUOTES.test(part) ? part : `"${part}"`)).join('.');
  return `; names with other than letters, digits and _ stand in double quotes: ${quoted}`;
}

function collect(node: unknown, tables: Map<string, AskedTable>, named: Set<string>): void {
  if (Array.isArray(node)) {
    for (const each of node) {
      collect(each, tables, named);
    }
    return;
  }
  if (typeof node !== 'object' || node === null) {
    return;
  }
  const object = node as Readonly<Record<string, unknown>>;
  if (object.type === 'BASE_TABLE') {
    const { schema_name: operator, table_name: state, query_location: at } = object;
    const table = { operator: String(operator ?? ''), state: String(state), at: Number(at) };
    const key = JSON.stringify([table.operator, table.state]);
    if (!tables.has(key)) {
      tables.set(key, table);
    }
  }
  const { map } = (object.cte_map ?? {}) as { map?: readonly { readonly key: string }[] };
  for (const { key } of map ?? []) {
    named.add(key);
  }
  for (const value of Object.values(object)) {
    collect(value, tables, named);
  }
}
