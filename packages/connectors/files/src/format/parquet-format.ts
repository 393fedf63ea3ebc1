/**
 * Parquet files as plain objects, row group by row group, through hyparquet.
 *
 * Guarantees:
 * - One reader reads a file, in order; a position is a row of the file.
 * - A row group is decoded column by column, and the task works between two columns.
 * - Strings and numbers of a dictionary are shared between rows.
 *
 * Flink: ParquetVectorizedInputFormat, ParquetColumnarRowInputFormat.
 */
import { errorMessage, type FileReader, TaskError } from '@millrace/core';
import {
  type AsyncBuffer,
  type FileMetaData,
  type ParquetParsers,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { BulkFormat, FileReadRequest, FileRecordReader, RecordBatch } from './file-format.ts';
import { columnOfValues, type DecodedColumn, decodeFlatColumn } from './parquet-column.ts';
import {
  LongOutOfRange,
  type ParquetTimestamps,
  parquetParsers,
  toPlainValue,
} from './parquet-values.ts';

export type ParquetRow = Record<string, unknown>;

export interface ParquetFormatOptions<T> {
  /** Top-level columns to read, in this order in the objects; all when left out. */
  readonly columns?: readonly string[];
  /** Turns a row, a fresh object, into a record. */
  readonly rowMapper?: (row: ParquetRow) => T;
  readonly timestamps?: ParquetTimestamps;
}

export function parquetFormat<T = ParquetRow>(
  options: ParquetFormatOptions<T> = {},
): BulkFormat<T> {
  return {
    kind: 'bulk',
    isSplittable: () => false,
    open: (request) => ParquetReader.open(request, options),
  };
}

type RowBuilder = (columns: readonly DecodedColumn[], row: number) => unknown;

class ColumnBatch<T> implements RecordBatch<T> {
  readonly offset: number;
  readonly length: number;
  private readonly columns: readonly DecodedColumn[];
  private readonly build: RowBuilder;
  private readonly rowMapper: ((row: ParquetRow) => T) | undefined;

  constructor(
    offset: number,
    length: number,
    columns: readonly DecodedColumn[],
    build: RowBuilder,
    rowMapper: ((row: ParquetRow) => T) | undefined,
  ) {
    this.offset = offset;
    this.length = length;
    this.columns = columns;
    this.build = build;
    this.rowMapper = rowMapper;
  }

  record(index: number): T {
    const row = this.build(this.columns, index);
    return this.rowMapper === undefined ? (row as T) : this.rowMapper(row as ParquetRow);
  }
}

class ParquetReader<T> implements FileRecordReader<T> {
  private readonly request: FileReadRequest;
  private readonly metadata: FileMetaData;
  private readonly fields: readonly SchemaTree[];
  private readonly parsers: ParquetParsers;
  private readonly build: RowBuilder;
  private readonly rowMapper: ((row: ParquetRow) => T) | undefined;
  private nextRowGroup: number;
  /** Row of the file at which `nextRowGroup` begins. */
  private nextRow: number;

  constructor(
    request: FileReadRequest,
    metadata: FileMetaData,
    fields: readonly SchemaTree[],
    options: ParquetFormatOptions<T>,
  ) {
    this.request = request;
    this.metadata = metadata;
    this.fields = fields;
    this.parsers = parquetParsers(options.timestamps ?? 'millis');
    this.build = rowBuilder(fields.map((field) => field.element.name));
    this.rowMapper = options.rowMapper;
    this.nextRowGroup = 0;
    this.nextRow = 0;
    const resumeRow = request.resumeOffset ?? 0;
    const groups = metadata.row_groups;
    while (this.nextRowGroup < groups.length && this.nextRow + this.rowsAhead() <= resumeRow) {
      this.nextRow += this.rowsAhead();
      this.nextRowGroup++;
    }
  }

  static async open<T>(
    request: FileReadRequest,
    options: ParquetFormatOptions<T>,
  ): Promise<ParquetReader<T>> {
    const { path, file } = request;
    let metadata: FileMetaData;
    try {
      metadata = await parquetMetadataAsync(asyncBuffer(file));
    } catch (cause) {
      throw parquetError(path, 'its footer', cause);
    }
    const fields = selectFields(path, parquetSchema(metadata), options.columns);
    return new ParquetReader(request, metadata, fields, options);
  }

  async nextBatch(): Promise<RecordBatch<T> | undefined> {
    const group = this.metadata.row_groups[this.nextRowGroup];
    if (group === undefined) {
      return undefined;
    }
    const rows = this.rowsAhead();
    const columns: DecodedColumn[] = [];
    for (const field of this.fields) {
      columns.push(await this.readColumn(group, field, rows));
      await this.request.yieldTurn();
    }
    const batch = new ColumnBatch(this.nextRow, rows, columns, this.build, this.rowMapper);
    this.nextRow += rows;
    this.nextRowGroup++;
    return batch;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private rowsAhead(): number {
    return Number((this.metadata.row_groups[this.nextRowGroup] as RowGroup).num_rows);
  }

  private async readColumn(
    group: RowGroup,
    field: SchemaTree,
    rows: number,
  ): Promise<DecodedColumn> {
    const name = field.element.name;
    try {
      return (
        (await this.readFlatColumn(group, field, rows)) ?? (await this.readAnyColumn(name, rows))
      );
    } catch (cause) {
      const place = `column '${name}' of row group ${this.nextRowGroup} (rows from ${this.nextRow})`;
      throw parquetError(this.request.path, place, cause);
    }
  }

  private async readFlatColumn(
    group: RowGroup,
    field: SchemaTree,
    rows: number,
  ): Promise<DecodedColumn | undefined> {
    const meta = group.columns.find(
      (c) => c.meta_data?.path_in_schema[0] === field.element.name,
    )?.meta_data;
    if (meta === undefined || meta.path_in_schema.length !== 1) {
      return undefined;
    }
    const dictionaryAt = Number(meta.dictionary_page_offset ?? 0);
    const dataAt = Number(meta.data_page_offset);
    const start = dictionaryAt > 0 && dictionaryAt < dataAt ? dictionaryAt : dataAt;
    const bytes = await this.request.file.read(start, Number(meta.total_compressed_size));
    const path = [parquetSchema(this.metadata), field];
    const parsers = this.parsers;
    return decodeFlatColumn(
      { meta, element: field.element, path, parsers, finish: toPlainValue },
      bytes,
      rows,
    );
  }

  /** Nested columns and rare encodings. */
  private async readAnyColumn(name: string, rows: number): Promise<DecodedColumn> {
    const values: unknown[] = new Array(rows).fill(null);
    const rowStart = this.nextRow;
    await parquetRead({
      file: asyncBuffer(this.request.file),
      metadata: this.metadata,
      columns: [name],
      rowStart,
      rowEnd: rowStart + rows,
      rowFormat: 'array',
      compressors,
      parsers: this.parsers,
      onComplete: (read: unknown[][]) => {
        for (let i = 0; i < read.length; i++) {
          values[i] = toPlainValue(read[i]?.[0]);
        }
      },
    });
    return columnOfValues(values);
  }
}

/**
 * A function that makes one row's object with a literal, so that all rows have one shape; setting
 * properties by name in a loop takes several times as long.
 */
function rowBuilder(names: readonly string[]): RowBuilder {
  const properties = names
    .map((name, i) => `${propertyKey(name)}: columns[${i}].values[columns[${i}].indices[row]]`)
    .join(', ');
  return new Function('columns', 'row', `return { ${properties} };`) as RowBuilder;
}

/** Computed, so that a column called `__proto__` is a property as any other. */
function propertyKey(name: string): string {
  return name === '__proto__' ? `[${JSON.stringify(name)}]` : JSON.stringify(name);
}

function selectFields(
  path: string,
  root: SchemaTree,
  columns: readonly string[] | undefined,
): SchemaTree[] {
  if (columns === undefined) {
    return root.children;
  }
  return columns.map((name) => {
    const field = root.children.find((child) => child.element.name === name);
    if (field === undefined) {
      const known = root.children.map((child) => child.element.name).join(', ');
      throw new TaskError(
        'SOURCE_FAILED',
        `${path} has no column '${name}', it has ${known}; correct the columns of parquetFormat`,
      );
    }
    return field;
  });
}

function asyncBuffer(file: FileReader): AsyncBuffer {
  return {
    byteLength: file.sizeBytes,
    slice: async (start: number, end = file.sizeBytes): Promise<ArrayBuffer> => {
      // hyparquet counts a negative start from the end, as ArrayBuffer does.
      const from = start < 0 ? Math.max(0, file.sizeBytes + start) : start;
      const bytes = await file.read(from, Math.max(0, end - from));
      return new Uint8Array(bytes).buffer;
    },
  };
}

function parquetError(path: string, place: string, cause: unknown): TaskError {
  const remedy =
    cause instanceof LongOutOfRange
      ? 'leave the column out, or store it as a text'
      : 'the file is corrupt, truncated or no Parquet file, write it again';
  const reason = errorMessage(cause);
  return new TaskError('SOURCE_FAILED', `${path}: ${place} cannot be read: ${reason}; ${remedy}`, {
    cause,
  });
}
