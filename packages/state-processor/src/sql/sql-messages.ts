/**
 * What a query asks of the process that runs DuckDB, and what it answers: one answer to each request,
 * in order. All of it survives structured clone.
 */
import type { EncodedError } from '@millrace/core';
import type { AskedTable } from './asked-tables.ts';
import type { SqlValue } from './duckdb.ts';
import type { SqlType } from './sql-columns.ts';

export interface TableColumn {
  readonly name: string;
  readonly type: SqlType;
}

export interface ResultColumn {
  readonly name: string;
  /** DuckDB's name of it. */
  readonly type: string;
}

export interface ResultPart {
  /** A JSON array of rows, each an array. */
  readonly rows: string;
  readonly isLast: boolean;
  /** There are more rows than were asked for, or than the budget of bytes has room for. */
  readonly truncated: boolean;
}

/** Each method is a request. Tables are numbered from 0 in the order in which they are created. */
export interface SqlRequests {
  open(memoryMb: number): Promise<void>;
  askedTables(query: string): Promise<readonly AskedTable[]>;
  createTable(schema: string, table: string, columns: readonly TableColumn[]): Promise<void>;
  append(table: number, values: readonly (readonly SqlValue[])[]): Promise<void>;
  /** No more entries; from now on nothing is set any more. */
  loaded(): Promise<void>;
  /** @param limit - rows; @param maxBytes - of all rows as JSON */
  select(query: string, limit: number, maxBytes: number): Promise<readonly ResultColumn[]>;
  next(): Promise<ResultPart>;
}

export type SqlRequestName = keyof SqlRequests;

export interface SqlRequest {
  readonly name: SqlRequestName;
  readonly args: readonly unknown[];
}

export type SqlAnswer = { readonly value: unknown } | { readonly error: EncodedError };
