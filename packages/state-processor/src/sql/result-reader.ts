/**
 * Reads the result of a query part by part, as JSON.
 *
 * Invariants:
 * - All parts together have at most `limit` rows and `maxBytes` bytes; what is beyond is not fetched.
 * - What is held is one chunk of DuckDB's and one part.
 */
import { TaskError } from '@millrace/core';
import type { SqlChunk, SqlStream } from './duckdb.ts';
import type { ResultColumn, ResultPart } from './sql-messages.ts';

/** Of a part; its last row may go beyond. */
const PART_BYTES = 256 * 1024;

export class ResultReader {
  readonly columns: readonly ResultColumn[];
  private readonly stream: SqlStream;
  private readonly converter: object;
  private readonly limit: number;
  private readonly maxBytes: number;
  private readonly isWhole: readonly boolean[];
  private chunk: SqlChunk | null = null;
  private rowIndex = 0;
  private rows = 0;
  private bytes = 0;

  constructor(
    stream: SqlStream,
    converter: object,
    of: { readonly limit: number; readonly maxBytes: number },
  ) {
    this.stream = stream;
    this.converter = converter;
    this.limit = of.limit;
    this.maxBytes = of.maxBytes;
    const types = stream.columnTypes().map(String);
    this.columns = stream
      .columnNames()
      .map((name, index) => ({ name, type: types[index] as string }));
    this.isWhole = types.map((type) => /^U?(BIGINT|HUGEINT)$/.test(type));
  }

  /** @throws TaskError `SQL_LIMIT_EXCEEDED` where the first row alone is beyond `maxBytes` */
  async next(): Promise<ResultPart> {
    const part: string[] = [];
    const before = this.bytes;
    const partOf = (isLast: boolean, truncated: boolean): ResultPart => ({
      rows: `[${part.join(',')}]`,
      isLast,
      truncated,
    });
    while (this.bytes - before < PART_BYTES) {
      if (!(await this.hasRow())) {
        return partOf(true, false);
      }
      if (this.rows === this.limit) {
        return partOf(true, true);
      }
      const row = this.rowText();
      const bytes = Buffer.byteLength(row) + 1; // A comma.
      if (this.bytes + bytes > this.maxBytes) {
        this.refuseFirst(bytes);
        return partOf(true, true);
      }
      part.push(row);
      this.bytes += bytes;
      this.rows++;
      this.rowIndex++;
    }
    return partOf(false, false);
  }

  private async hasRow(): Promise<boolean> {
    if (this.chunk === null || this.rowIndex === this.chunk.rowCount) {
      this.chunk = await this.stream.fetchChunk();
      this.rowIndex = 0;
    }
    return this.chunk !== null && this.chunk.rowCount > 0;
  }

  /** Whole numbers as numbers, up to 2^53; DuckDB gives texts. */
  private rowText(): string {
    const row = (this.chunk as SqlChunk).convertRowValues(this.rowIndex, this.converter);
    const json = row.map((value, index) =>
      this.isWhole[index] && typeof value === 'string' && Number.isSafeInteger(Number(value))
        ? Number(value)
        : value,
    );
    return JSON.stringify(json);
  }

  private refuseFirst(bytes: number): void {
    if (this.rows === 0) {
      throw new TaskError(
        'SQL_LIMIT_EXCEEDED',
        `the first row of the result has ${bytes} bytes, and a result at most ${this.maxBytes}; select less of it`,
      );
    }
  }
}
