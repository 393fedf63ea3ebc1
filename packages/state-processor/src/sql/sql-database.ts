/** One query's tables and its result, in DuckDB: what runs in the process of the query. */
import { invariant } from '@millrace/core';
import { type AskedTable, askedTables } from './asked-tables.ts';
import {
  type DuckDb,
  loadDuckDb,
  type SqlAppender,
  type SqlConnection,
  type SqlValue,
} from './duckdb.ts';
import { ResultReader } from './result-reader.ts';
import type { ResultColumn, ResultPart, SqlRequests, TableColumn } from './sql-messages.ts';
import { refusal } from './sql-refusal.ts';

interface LoadedTable {
  readonly appender: SqlAppender;
  readonly types: readonly object[];
}

export class SqlDatabase implements SqlRequests {
  private readonly tables: LoadedTable[] = [];
  private duckDb: DuckDb | undefined;
  private connection: SqlConnection | undefined;
  private reader: ResultReader | undefined;
  private memoryMb = 0;
  private query = '';

  /** @throws ConfigError `SQL_NOT_INSTALLED` */
  async open(memoryMb: number): Promise<void> {
    this.memoryMb = memoryMb;
    this.duckDb = await loadDuckDb();
    const instance = await this.duckDb.DuckDBInstance.create(':memory:', {
      temp_directory: '', // First: it cannot be set any more once there is no access to files.
      ...{ enable_external_access: 'false', autoload_known_extensions: 'false' },
      autoinstall_known_extensions: 'false',
      ...{ memory_limit: `${memoryMb}MB`, threads: '2' },
    });
    this.connection = await instance.connect();
  }

  askedTables(query: string): Promise<readonly AskedTable[]> {
    this.query = query;
    return this.refusing(() => askedTables(this.opened().connection, query));
  }

  createTable(schema: string, table: string, columns: readonly TableColumn[]): Promise<void> {
    return this.refusing(async () => {
      const { connection, duckDb } = this.opened();
      await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)}`);
      const defined = columns.map(({ name, type }) => `${quoted(name)} ${type}`);
      const named = `${quoted(schema)}.${quoted(table)}`;
      await connection.run(`CREATE TABLE ${named} (${defined.join(', ')})`);
      const appender = await connection.createAppender(table, schema);
      this.tables.push({ appender, types: columns.map(({ type }) => duckDb[type]) });
    });
  }

  append(table: number, values: readonly (readonly SqlValue[])[]): Promise<void> {
    return this.refusing(async () => {
      const { appender, types } = this.tables[table] as LoadedTable;
      const chunk = this.opened().duckDb.DuckDBDataChunk.create(types);
      chunk.setColumns(values);
      appender.appendDataChunk(chunk);
    });
  }

  loaded(): Promise<void> {
    return this.refusing(async () => {
      for (const { appender } of this.tables) {
        appender.closeSync();
      }
      await this.opened().connection.run('SET lock_configuration = true');
    });
  }

  select(query: string, limit: number, maxBytes: number): Promise<readonly ResultColumn[]> {
    return this.refusing(async () => {
      const { connection, duckDb } = this.opened();
      const stream = await connection.stream(query);
      this.reader = new ResultReader(stream, duckDb.JsonDuckDBValueConverter, { limit, maxBytes });
      return this.reader.columns;
    });
  }

  next(): Promise<ResultPart> {
    const { reader } = this;
    invariant(reader !== undefined, 'a query was selected before its result is read');
    return this.refusing(() => reader.next());
  }

  private opened(): { readonly duckDb: DuckDb; readonly connection: SqlConnection } {
    const { duckDb, connection } = this;
    invariant(duckDb !== undefined && connection !== undefined, 'the database is opened first');
    return { duckDb, connection };
  }

  private async refusing<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw refusal(error, this.query, this.memoryMb);
    }
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
