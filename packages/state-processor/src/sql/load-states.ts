/** Streams the entries of states into tables of a query's process, a chunk at a time. */
import { ConfigError, TaskError } from '@millrace/core';
import { type KeyedStateRow, RowCodec, rowInput } from '@millrace/state';
import { type ScannedBatch, scanKeyedState } from '../inspect/keyed-scan.ts';
import { LongRead } from '../inspect/long-read.ts';
import type { SnapshotOperator, StateSource } from '../snapshot/snapshot.ts';
import type { SqlValue } from './duckdb.ts';
import { columnsOfState, type SqlColumn, type SqlEntry } from './sql-columns.ts';
import type { SqlProcess } from './sql-process.ts';

const CHUNK_ROWS = 2048; // DuckDB's own
/** Of texts in a chunk; one row may go beyond. */
const CHUNK_CHARS = 1024 * 1024;

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

/** The tables that a query has so far; each is known by its number. */
export class QueryTables {
  readonly process: SqlProcess;
  private created = 0;

  constructor(process: SqlProcess) {
    this.process = process;
  }

  /** @returns its number */
  async create({ schema, table }: StateTable, columns: readonly SqlColumn[]): Promise<number> {
    const described = columns.map(({ name, type }) => ({ name, type }));
    await this.process.call('createTable', schema, table, described);
    return this.created++;
  }
}

/**
 * All states of one operator in one read.
 *
 * @throws TaskError `SQL_LIMIT_EXCEEDED`
 */
export async function loadStates(
  into: QueryTables,
  of: {
    readonly source: StateSource;
    readonly operator: SnapshotOperator;
    readonly tables: readonly StateTable[];
    readonly limits: LoadLimits;
  },
): Promise<void> {
  const { source, operator, tables, limits } = of;
  const loads = new Map<StateTable, TableLoad>();
  let rows = 0;
  for await (const scanned of scanKeyedState(source, operator, { read: new LongRead({}, 0) })) {
    for (const wanted of tables) {
      const stateId = scanned.codecs.findIndex((codec) => codec.state.name === wanted.state);
      if (stateId >= 0) {
        let load = loads.get(wanted);
        if (load === undefined) {
          load = await TableLoad.create(into, wanted, scanned, stateId);
          loads.set(wanted, load);
        }
        rows += await load.add(scanned, stateId);
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
    await load.flush();
  }
  await createEmpty(
    into,
    operator,
    tables.filter((table) => !loads.has(table)),
  );
}

/** What no subtask has an entry of is a table without rows all the same. */
async function createEmpty(
  into: QueryTables,
  operator: SnapshotOperator,
  tables: readonly StateTable[],
): Promise<void> {
  for (const table of tables) {
    const info = [...operator.keyedStates, ...operator.timers].find(
      ({ name }) => name === table.state,
    );
    const keySerializer = operator.keySerializer?.restoreSerializer();
    if (info === undefined || keySerializer === undefined) {
      throw new ConfigError('SQL_INVALID', `'${table.state}' cannot be read`);
    }
    const numberOfKeyGroups = operator.maxParallelism;
    const codec = new RowCodec(info.metaInfo, { keySerializer, numberOfKeyGroups });
    await into.create(table, columnsOfState(codec, keySerializer));
  }
}

class TableLoad {
  private readonly process: SqlProcess;
  private readonly number: number;
  private readonly columns: readonly SqlColumn[];
  private values: SqlValue[][];
  private chars = 0;

  private constructor(process: SqlProcess, number: number, columns: readonly SqlColumn[]) {
    this.process = process;
    this.number = number;
    this.columns = columns;
    this.values = columns.map(() => []);
  }

  static async create(
    into: QueryTables,
    table: StateTable,
    { codecs, reader }: ScannedBatch,
    stateId: number,
  ): Promise<TableLoad> {
    const codec = codecs[stateId] as RowCodec;
    const columns = columnsOfState(codec, reader.header.keySerializer.restoreSerializer());
    return new TableLoad(into.process, await into.create(table, columns), columns);
  }

  // Hot path.
  /** @returns rows that were added */
  async add({ batch, codecs, reader, subtask }: ScannedBatch, stateId: number): Promise<number> {
    const codec = codecs[stateId] as RowCodec;
    const input = rowInput(reader, batch);
    let added = 0;
    for (const row of batch.rows) {
      if (row.stateId === stateId) {
        for (const entry of entriesOf(codec, input, row)) {
          this.put({ ...entry, keyGroup: batch.keyGroup, subtask });
          added++;
          if (this.isFull()) {
            await this.flush();
          }
        }
      }
    }
    return added;
  }

  async flush(): Promise<void> {
    if ((this.values[0]?.length ?? 0) > 0) {
      const { values } = this;
      this.values = this.columns.map(() => []);
      this.chars = 0;
      await this.process.call('append', this.number, values);
    }
  }

  private put(entry: SqlEntry): void {
    const { columns, values } = this;
    for (let i = 0; i < columns.length; i++) {
      const value = (columns[i] as SqlColumn).of(entry);
      (values[i] as SqlValue[]).push(value);
      if (typeof value === 'string') {
        this.chars += value.length;
      }
    }
  }

  private isFull(): boolean {
    return (this.values[0] as SqlValue[]).length === CHUNK_ROWS || this.chars > CHUNK_CHARS;
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
