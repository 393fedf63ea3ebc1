/**
 * Comma-separated values (RFC 4180) as objects, through csv-parse.
 *
 * A quoted field may hold line ends, so a CSV file is never split into ranges.
 *
 * Flink: CsvReaderFormat.
 */
import { ConfigError, TaskError } from '@millrace/core';
import { parse } from 'csv-parse/sync';
import { openByteStream } from './byte-stream.ts';
import { type CsvColumnType, csvConverter } from './csv-column-type.ts';
import type { FileReadRequest, StreamFormat } from './file-format.ts';
import {
  excerptOf,
  MalformedRecord,
  type RecordDecoder,
  TextRecordReader,
} from './text-record-reader.ts';

export interface CsvFormatOptions {
  /** Name and type of each column, in the file's order; with a header, in any order. */
  readonly columns: Readonly<Record<string, CsvColumnType>>;
  /** The first record names the columns; columns that are not asked for are left out. */
  readonly header?: boolean;
  readonly delimiter?: string;
  readonly quote?: string;
  /** A field with exactly this text, unquoted or not, becomes `null`. Default: the empty field. */
  readonly nullLiteral?: string;
}

interface Dialect {
  readonly delimiter: string;
  readonly quote: string;
  readonly quoteByte: number;
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` */
export function csvFormat<T = Record<string, unknown>>(options: CsvFormatOptions): StreamFormat<T> {
  const dialect = checkDialect(options);
  return {
    kind: 'record-stream',
    isSplittable: () => false,
    open: async (request) => {
      const header = options.header === true ? await readHeader(request, dialect) : undefined;
      const decoder = new CsvDecoder<T>(options, dialect, fieldIndexes(options, header, request));
      return new TextRecordReader<T>(request, decoder, header?.endOffset ?? 0);
    },
  };
}

class CsvDecoder<T> implements RecordDecoder<T> {
  private readonly dialect: Dialect;
  private readonly scanner: RecordScanner;
  private readonly names: readonly string[];
  private readonly indexes: readonly number[];
  private readonly fieldCount: number;
  private readonly converters: readonly ((text: string) => unknown)[];
  private readonly nullLiteral: string;

  constructor(options: CsvFormatOptions, dialect: Dialect, fields: FieldIndexes) {
    this.dialect = dialect;
    this.scanner = new RecordScanner(dialect.quoteByte);
    this.names = Object.keys(options.columns);
    this.indexes = fields.indexes;
    this.fieldCount = fields.count;
    this.converters = Object.values(options.columns).map(csvConverter);
    this.nullLiteral = options.nullLiteral ?? '';
  }

  scan(piece: Buffer): number {
    return this.scanner.endOfLastRecord(piece);
  }

  decode(bytes: Buffer, into: T[]): void {
    let rows: string[][];
    try {
      rows = parseRows(bytes, this.dialect);
    } catch {
      this.decodeOneByOne(bytes, into);
      return;
    }
    for (let i = 0; i < rows.length; i++) {
      try {
        into.push(this.toRecord(rows[i] as string[]));
      } catch (cause) {
        throw this.locate(bytes, i, cause as Error);
      }
    }
  }

  /** Something in `bytes` is malformed: hand out what stands before it. */
  private decodeOneByOne(bytes: Buffer, into: T[]): void {
    let lines = 0;
    for (let begin = 0; begin < bytes.length; ) {
      const rest = bytes.subarray(begin);
      const length = firstRecordBytes(rest, this.dialect) || rest.length;
      const record = rest.subarray(0, length);
      try {
        for (const row of parseRows(record, this.dialect)) {
          into.push(this.toRecord(row));
        }
      } catch (cause) {
        const reason = (cause as Error).message
          .replace(/ on line \d+/, '')
          .replace(/ at line.*/, '');
        throw new MalformedRecord(lines, excerptOf(firstLine(record)), reason, { cause });
      }
      lines += countNewlines(record);
      begin += length;
    }
  }

  private toRecord(row: readonly string[]): T {
    if (row.length !== this.fieldCount) {
      throw new Error(`${row.length} fields where ${this.fieldCount} are expected`);
    }
    const record: Record<string, unknown> = {};
    for (let i = 0; i < this.names.length; i++) {
      const text = row[this.indexes[i] as number] as string;
      const convert = this.converters[i] as (text: string) => unknown;
      const value = text === this.nullLiteral ? null : convert(text);
      if (value === undefined) {
        throw new Error(
          `column '${this.names[i]}' has '${excerptOf(text)}', which is not its type`,
        );
      }
      record[this.names[i] as string] = value;
    }
    return record as T;
  }

  private locate(bytes: Buffer, rowIndex: number, cause: Error): MalformedRecord {
    let lines = 0;
    let rest = bytes;
    for (let seen = 0; ; ) {
      const length = firstRecordBytes(rest, this.dialect) || rest.length;
      const record = rest.subarray(0, length);
      seen += isBlank(record) ? 0 : 1;
      if (seen > rowIndex || length === 0) {
        return new MalformedRecord(lines, excerptOf(firstLine(record)), cause.message, { cause });
      }
      lines += countNewlines(record);
      rest = rest.subarray(length);
    }
  }
}

interface Header {
  readonly names: readonly string[];
  readonly endOffset: number;
}

interface FieldIndexes {
  readonly indexes: readonly number[];
  readonly count: number;
}

/** An empty file has no header and no records. */
async function readHeader(request: FileReadRequest, dialect: Dialect): Promise<Header | undefined> {
  const stream = openByteStream(request.path, request.file, 0);
  const scanner = new RecordScanner(dialect.quoteByte);
  const pieces: Uint8Array[] = [];
  let endOffset = 0;
  for (let isWhole = false; !isWhole; ) {
    const piece = await stream.read();
    if (piece === undefined) {
      break;
    }
    const end = scanner.endOfFirstRecord(piece);
    isWhole = end > 0;
    pieces.push(piece);
    endOffset += isWhole ? end : piece.length;
  }
  await stream.close();
  if (endOffset === 0) {
    return undefined;
  }
  const names = parseRows(Buffer.concat(pieces, endOffset), dialect)[0] ?? [];
  return { names, endOffset };
}

function fieldIndexes(
  options: CsvFormatOptions,
  header: Header | undefined,
  request: FileReadRequest,
): FieldIndexes {
  const columns = Object.keys(options.columns);
  if (header === undefined) {
    return { indexes: columns.map((_, i) => i), count: columns.length };
  }
  const indexes = columns.map((name) => header.names.indexOf(name));
  const missing = columns.find((_, i) => (indexes[i] as number) < 0);
  if (missing !== undefined) {
    throw new TaskError(
      'SOURCE_FAILED',
      `${request.path}, line 1: the header has no column '${missing}', it names ` +
        `${header.names.join(', ')}; correct the columns of csvFormat`,
    );
  }
  return { indexes, count: header.names.length };
}

function parseRows(bytes: Buffer, dialect: Dialect): string[][] {
  return parse(bytes, {
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    escape: dialect.quote,
    record_delimiter: ['\r\n', '\n'],
    skip_empty_lines: true,
    // Counted here, against the declared columns.
    relax_column_count: true,
    bom: true,
  });
}

/** Finds where records end in a text that comes in pieces. */
class RecordScanner {
  private readonly quoteByte: number;
  private quoted: boolean;

  constructor(quoteByte: number) {
    this.quoteByte = quoteByte;
    this.quoted = false;
  }

  /** 0 when no record ends in `piece`. */
  endOfLastRecord(piece: Uint8Array): number {
    let end = 0;
    for (let begin = 0, next = 1; next > 0; begin = next) {
      next = this.nextEnd(piece, begin);
      end = next > 0 ? next : end;
    }
    return end;
  }

  /** 0 when no record ends in `piece`. After another result the rest of `piece` is not scanned. */
  endOfFirstRecord(piece: Uint8Array): number {
    return this.nextEnd(piece, 0);
  }

  private nextEnd(piece: Uint8Array, begin: number): number {
    const { quoteByte } = this;
    let quoted = this.quoted;
    let end = 0;
    for (let i = begin; i < piece.length && end === 0; i++) {
      const byte = piece[i];
      if (byte === quoteByte) {
        // A doubled quote toggles twice.
        quoted = !quoted;
      } else if (byte === 0x0a && !quoted) {
        end = i + 1;
      }
    }
    this.quoted = quoted;
    return end;
  }
}

function firstRecordBytes(bytes: Buffer, dialect: Dialect): number {
  return new RecordScanner(dialect.quoteByte).endOfFirstRecord(bytes);
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) {
    count += byte === 0x0a ? 1 : 0;
  }
  return count;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x0a || byte === 0x0d);
}

function firstLine(bytes: Buffer): string {
  return /^[^\r\n]*/.exec(bytes.toString('utf8'))?.[0] ?? '';
}

function checkDialect(options: CsvFormatOptions): Dialect {
  const delimiter = options.delimiter ?? ',';
  const quote = options.quote ?? '"';
  if (delimiter.length === 0 || delimiter.includes('\n') || delimiter === quote) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `the CSV delimiter is '${delimiter}'; use e.g. ','`,
    );
  }
  if (quote.length !== 1 || quote.charCodeAt(0) > 0x7f) {
    throw new ConfigError('CONFIG_VALUE_INVALID', `the CSV quote is '${quote}'; use one character`);
  }
  if (Object.keys(options.columns).length === 0) {
    throw new ConfigError('CONFIG_VALUE_INVALID', 'csvFormat has no columns; name at least one');
  }
  return { delimiter, quote, quoteByte: quote.charCodeAt(0) };
}
