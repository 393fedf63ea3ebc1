/**
 * What is used of DuckDB's package, which is there only where somebody installed it.
 *
 * Its types are not imported: a program that does without must compile without.
 */
import { ConfigError } from '@millrace/core';

export type SqlValue = null | boolean | number | bigint | string;

export interface SqlReader {
  readonly currentRowCount: number;
  columnNames(): string[];
  columnTypes(): { toString(): string }[];
  getRowsJson(): unknown[][];
}

export interface SqlAppender {
  appendDataChunk(chunk: object): void;
  closeSync(): void;
}

export interface SqlConnection {
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<SqlReader>;
  streamAndReadUntil(sql: string, rows: number): Promise<SqlReader>;
  createAppender(table: string, schema: string): Promise<SqlAppender>;
  interrupt(): void;
  closeSync(): void;
}

export interface DuckDb {
  readonly DuckDBInstance: {
    create(
      path: string,
      options: Readonly<Record<string, string>>,
    ): Promise<{ connect(): Promise<SqlConnection>; closeSync(): void }>;
  };
  readonly DuckDBDataChunk: {
    create(types: readonly object[]): {
      setColumns(columns: readonly (readonly SqlValue[])[]): void;
    };
  };
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
