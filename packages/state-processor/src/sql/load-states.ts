/** Streams the entries of states into tables of DuckDB, a chunk at a time. */
import { ConfigError, TaskError } from '@millrace/core';
import { type KeyedStateRow, RowCodec, rowInput } from '@millrace/state';
import { type ScannedBatch, scanKeyedState } from '../inspect/keyed-scan.ts';
import { LongRead } from '../inspect/long-read.ts';
import type { SnapshotOperator, StateSource } from '../snapshot/snapshot.ts';
import type { DuckDb, SqlAppender, SqlConnection, SqlValue } from './duckdb.ts';
import { columnsOfState, type SqlColumn, type SqlEntry } from './sql-columns.ts';

const CHUNK_ROWS = 2048; // DuckDB's own

/** A state that a query names, and what it calls it. */
export interface StateTable {
  readonly schema: string;
  readonly table: string;
  readonly state: string;
}

export interface LoadLimits {
  readonly maxRows: number;
  isOver(): boolean;
}

/**
 * All states of one operator in one read.
 *
 * @throws TaskError `SQL_LIMIT_EXCEEDED`
 */
export async function loadStates(
  duckDb: DuckDb,
  connection: SqlConnection,
  of: {
    readonly source: StateSource;
    readonly operator: SnapshotOperator;
    readonly tables: readonly StateTable[];
    readonly limits: LoadLimits;
  },
): Promise<void> {
  const { source, operator, tables, limits } = of;
  const loads = new Map<string, TableLoad>();
  let rows = 0;
  try {
    for await (const scanned of scanKeyedState(source, operator, { read: new LongRead({}, 0) })) {
      for (const wanted of tables) {
        const stateId = scanned.codecs.findIndex((codec) => codec.state.name === wanted.state);
        if (stateId >= 0) {
          let load = loads.get(wanted.state);
          if (load === undefined) {
            load = await TableLoad.create(duckDb, connection, wanted, scanned, stateId);
            loads.set(wanted.state, load);
          }
          rows += load.add(scanned, stateId);
        }
      }
      if (rows > limits.maxRows || limits.isOver()) {
        throw new TaskError(
          'SQL_LIMIT_EXCEEDED',
          rows > limits.maxRows
            ? `the query reads more than ${limits.maxRows} entries; ask for smaller states, or copy the snapshot's entries to a database`
            : `reading the states of the query took too long, after ${rows} entries; ask for smaller states`,
        );
      }
    }
    for (const load of loads.values()) {
      load.finish();
    }
  } finally {
    for (const load of loads.values()) {
      load.close();
    }
  }
  await createEmpty(connection, { operator, tables, loaded: loads });
}

/** What no subtask has an entry of is a table without rows all the same. */
async function createEmpty(
  connection: SqlConnection,
  of: {
    readonly operator: SnapshotOperator;
    readonly tables: readonly StateTable[];
    readonly loaded: ReadonlyMap<string, unknown>;
  },
): Promise<void> {
  for (const table of of.tables) {
    if (!of.loaded.has(table.state)) {
      const { operator } = of;
      const info = [...operator.keyedStates, ...operator.timers].find(
        ({ name }) => name === table.state,
      );
      const keySerializer = operator.keySerializer?.restoreSerializer();
      if (info === undefined || keySerializer === undefined) {
        throw new ConfigError('SQL_INVALID', `'${table.state}' cannot be read`);
      }
      const numberOfKeyGroups = operator.maxParallelism;
      const codec = new RowCodec(info.metaInfo, { keySerializer, numberOfKeyGroups });
      await createTable(connection, table, columnsOfState(codec, keySerializer));
    }
  }
}

async function createTable(
  connection: SqlConnection,
  { schema, table }: StateTable,
  columns: readonly SqlColumn[],
): Promise<void> {
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)}`);
  const defined = columns.map(({ name, type }) => `${quoted(name)} ${type}`);
  await connection.run(`CREATE TABLE ${quoted(schema)}.${quoted(table)} (${defined.join(', ')})`);
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

class TableLoad {
  private readonly duckDb: DuckDb;
  private readonly appender: SqlAppender;
  private readonly columns: readonly SqlColumn[];
  private values: SqlValue[][];

  private constructor(duckDb: DuckDb, appender: SqlAppender, columns: readonly SqlColumn[]) {
    this.duckDb = duckDb;
    this.appender = appender;
    this.columns = columns;
    this.values = columns.map(() => []);
  }

  static async create(
    duckDb: DuckDb,
    connection: SqlConnection,
    table: StateTable,
    { codecs, reader }: ScannedBatch,
    stateId: number,
  ): Promise<TableLoad> {
    const codec = codecs[stateId] as RowCodec;
    const columns = columnsOfState(codec, reader.header.keySerializer.restoreSerializer());
    await createTable(connection, table, columns);
    const appender = await connection.createAppender(table.table, table.schema);
    return new TableLoad(duckDb, appender, columns);
  }

  // Hot path.
  /** @returns rows that were added */
  add({ batch, codecs, reader, subtask }: ScannedBatch, stateId: number): number {
    const codec = codecs[stateId] as RowCodec;
    const input = rowInput(reader, batch);
    let added = 0;
    for (const row of batch.rows) {
      if (row.stateId === stateId) {
        for (const entry of entriesOf(codec, input, row)) {
          this.put({ ...entry, keyGroup: batch.keyGroup, subtask });
          added++;
        }
      }
    }
    return added;
  }

  finish(): void {
    this.flush();
  }

  close(): void {
    this.appender.closeSync();
  }

  private put(entry: SqlEntry): void {
    const { columns, values } = this;
    for (let i = 0; i < columns.length; i++) {
      (values[i] as SqlValue[]).push((columns[i] as SqlColumn).of(entry));
    }
    if ((values[0] as SqlValue[]).length === CHUNK_ROWS) {
      this.flush();
    }
  }

  private flush(): void {
    if ((this.values[0]?.length ?? 0) > 0) {
      const chunk = this.duckDb.DuckDBDataChunk.create(
        this.columns.map(({ type }) => this.duckDb[type]),
      );
      chunk.setColumns(this.values);
      this.appender.appendDataChunk(chunk);
      this.values = this.columns.map(() => []);
    }
  }
}

/** Of a list one for each element. */
function entriesOf(
  codec: RowCodec,
  input: ReturnType<typeof rowInput>,
  row: KeyedStateRow,
): Omit<SqlEntry, 'keyGroup' | 'subtask'>[] {
  const nothing = { mapKey: undefined, element: 0, value: undefined, timestamp: 0 };
  if (codec.kind === 'timer') {
    const { key, namespace, timestamp } = codec.readTimer(input, row);
    return [{ ...nothing, key, namespace, timestamp }];
  }
  const { key, namespace, userKey } = codec.readKey(input, row);
  const value = codec.readValue(input, row);
  if (codec.kind !== 'list') {
    return [{ ...nothing, key, namespace, mapKey: userKey, value }];
  }
  return (value as readonly unknown[]).map((element, index) => ({
    ...nothing,
    ...{ key, namespace, element: index, value: element },
  }));
}
