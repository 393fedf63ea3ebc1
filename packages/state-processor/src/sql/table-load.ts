/** Rows on their way into a table of a query's process, a chunk at a time. */
import type { SqlValue } from './duckdb.ts';
import type { SqlColumn, SqlEntry } from './sql-columns.ts';
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

// Hot path.
export class TableLoad {
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
    columns: readonly SqlColumn[],
  ): Promise<TableLoad> {
    return new TableLoad(into.process, await into.create(table, columns), columns);
  }

  put(entry: SqlEntry): void {
    const { columns, values } = this;
    for (let i = 0; i < columns.length; i++) {
      const value = (columns[i] as SqlColumn).of(entry);
      (values[i] as SqlValue[]).push(value);
      if (typeof value === 'string') {
        this.chars += value.length;
      }
    }
  }

  /** To be flushed before anything is put. */
  get isFull(): boolean {
    return (this.values[0] as SqlValue[]).length === CHUNK_ROWS || this.chars > CHUNK_CHARS;
  }

  async flush(): Promise<void> {
    if ((this.values[0]?.length ?? 0) > 0) {
      const { values } = this;
      this.values = this.columns.map(() => []);
      this.chars = 0;
      await this.process.call('append', this.number, values);
    }
  }
}
