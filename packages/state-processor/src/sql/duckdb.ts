/**
 * What is used of DuckDB's package, which is there only where somebody installed it.
 *
 * Its types are not imported: a program that does without must compile without.
 */
import { ConfigError } from '@millrace/core';

export type SqlValue = null | boolean | number | bigint | string;

export interface SqlReader {
  getRowsJson(): unknown[][];
}

/** Rows of a result, DuckDB's 2048 at most. */
export interface SqlChunk {
  readonly rowCount: number;
  convertRowValues(rowIndex: number, converter: object): unknown[];
}

/** Fetched as it is read. */
export interface SqlStream {
  columnNames(): string[];
  columnTypes(): { toString(): string }[];
  fetchChunk(): Promise<SqlChunk | null>;
}

export interface SqlAppender {
  appendDataChunk(chunk: object): void;
  closeSync(): void;
}

export interface SqlConnection {
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<SqlReader>;
  stream(sql: string): Promise<SqlStream>;
  createAppender(table: string, schema: string): Promise<SqlAppender>;
}

export interface DuckDb {
  readonly DuckDBInstance: {
    create(
      path: string,
      options: Readonly<Record<string, string>>,
    ): Promise<{ connect(): Promise<SqlConnection> }>;
  };
  readonly DuckDBDataChunk: {
    create(types: readonly object[]): {
      setColumns(columns: readonly (readonly SqlValue[])[]): void;
    };
  };
  readonly JsonDuckDBValueConverter: object;
  readonly BIGINT: object;
  readonly INTEGER: object;
  readonly DOUBLE: object;
  readonly BOOLEAN: object;
  readonly VARCHAR: object;
}

const PACKAGE = '@duckdb/node-api';

/** @throws ConfigError `SQL_NOT_INSTALLED` */
export async function loadDuckDb(): Promise<DuckDb> {
  try {
    return (await import(PACKAGE)) as DuckDb;
  } catch (error) {
    throw new ConfigError(
      'SQL_NOT_INSTALLED',
      `SQL over state needs the package ${PACKAGE}; install it: npm install ${PACKAGE}`,
      { cause: error },
    );
  }
}
