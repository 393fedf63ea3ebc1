/**
 * Decodes one column chunk of a Parquet row group to an array of values.
 *
 * Flat columns in the encodings that writers use by default (plain, dictionary) are decoded here: a
 * dictionary is converted once and its values are shared by all rows. Other columns are left to
 * hyparquet; `undefined` says so.
 *
 * Format: parquet.apache.org/docs/file-format, RLE/bit-packing hybrid in Encodings.
 */
// Hot path.

import type {
  ColumnMetaData,
  DataPageHeader,
  Encoding,
  PageHeader,
  ParquetParsers,
  SchemaElement,
  SchemaTree,
} from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { convert } from 'hyparquet/src/convert.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { compressors } from 'hyparquet-compressors';

/** Wider indices need more than 32 bits while unpacking; no writer makes such a dictionary. */
const INDEX_BITS_MAX = 24;

export interface ParquetColumn {
  readonly meta: ColumnMetaData;
  readonly element: SchemaElement;
  /** From the schema's root to the column. */
  readonly path: SchemaTree[];
  readonly parsers: ParquetParsers;
  /** Applied to each distinct value of a dictionary, or to each value. */
  readonly finish: (value: unknown) => unknown;
}

/** The value of a row is `values[indices[row]]`; rows share the values of a dictionary. */
export interface DecodedColumn {
  /** `null` is Parquet's null. */
  readonly values: unknown[];
  readonly indices: Int32Array;
}

/** One value a row. */
export function columnOfValues(values: unknown[]): DecodedColumn {
  return { values, indices: Int32Array.from(values.keys()) };
}

export function decodeFlatColumn(
  column: ParquetColumn,
  bytes: Uint8Array,
  rowCount: number,
): DecodedColumn | undefined {
  const { element, path } = column;
  if (path.length !== 2 || element.repetition_type === 'REPEATED' || element.num_children) {
    return undefined;
  }
  const decoder = new FlatColumnDecoder(column, rowCount);
  const reader = {
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    offset: 0,
  };
  while (decoder.row < rowCount) {
    const header = parquetHeader(reader);
    const end = reader.offset + header.compressed_page_size;
    if (header.compressed_page_size < 0 || end > bytes.length) {
      throw new Error(`a page ends at byte ${end} of a column chunk of ${bytes.length}`);
    }
    const isOurs = decoder.decode(header, bytes.subarray(reader.offset, end));
    reader.offset = end;
    if (!isOurs) {
      return undefined;
    }
  }
  return decoder;
}

class FlatColumnDecoder implements DecodedColumn {
  readonly values: unknown[];
  readonly indices: Int32Array;
  row: number;
  private readonly column: ParquetColumn;
  private dictionarySize: number;
  private nullIndex: number;

  constructor(column: ParquetColumn, rowCount: number) {
    this.values = [];
    this.indices = new Int32Array(rowCount);
    this.row = 0;
    this.column = column;
    this.dictionarySize = 0;
    this.nullIndex = -1;
  }

  /** False when the page is of a kind that is left to hyparquet. */
  decode(header: PageHeader, packed: Uint8Array): boolean {
    if (header.data_page_header_v2 !== undefined) {
      return false;
    }
    const { codec } = this.column.meta;
    if (header.dictionary_page_header !== undefined) {
      const page = decompressPage(packed, header.uncompressed_page_size, codec, compressors);
      this.addPlainValues(page, 0, header.dictionary_page_header.num_values);
      this.dictionarySize = this.values.length;
    } else if (header.data_page_header !== undefined) {
      const { num_values: count } = header.data_page_header;
      if (count < 0 || this.row + count > this.indices.length) {
        throw new Error(`pages hold more than the ${this.indices.length} rows of their row group`);
      }
      const page = decompressPage(packed, header.uncompressed_page_size, codec, compressors);
      const isOurs = this.decodePage(header.data_page_header, page, count);
      this.row += count;
      return isOurs;
    }
    return true;
  }

  private decodePage(header: DataPageHeader, page: Uint8Array, count: number): boolean {
    let position = 0;
    let levels: Int32Array | undefined;
    let present = count;
    if (this.column.element.repetition_type !== 'REQUIRED') {
      if (header.definition_level_encoding !== 'RLE') {
        return false;
      }
      const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
      position = 4 + view.getUint32(0, true);
      if (!isOneRunOfOnes(page, 4, count)) {
        levels = new Int32Array(count);
        readHybrid(page, 4, position, 1, levels, count);
        present = sum(levels);
      }
    }
    const dense =
      levels === undefined
        ? this.indices.subarray(this.row, this.row + count)
        : new Int32Array(present);
    if (!this.readIndices(header.encoding, page, position, dense)) {
      return false;
    }
    if (levels !== undefined) {
      this.place(dense, levels);
    }
    return true;
  }

  /** Indices into `values` of the rows that are not null. */
  private readIndices(
    encoding: Encoding,
    page: Uint8Array,
    position: number,
    into: Int32Array,
  ): boolean {
    if (encoding === 'PLAIN') {
      const first = this.values.length;
      this.addPlainValues(page, position, into.length);
      for (let i = 0; i < into.length; i++) {
        into[i] = first + i;
      }
      return true;
    }
    if (encoding !== 'RLE_DICTIONARY' && encoding !== 'PLAIN_DICTIONARY') {
      return false;
    }
    const bits = into.length === 0 ? 0 : (page[position] as number);
    if (bits > INDEX_BITS_MAX) {
      return false;
    }
    if (bits > 0) {
      readHybrid(page, position + 1, page.length, bits, into, into.length);
    }
    for (let i = 0; i < into.length; i++) {
      if ((into[i] as number) >= this.dictionarySize) {
        throw new Error(`value ${into[i]} of a dictionary of ${this.dictionarySize} values`);
      }
    }
    return true;
  }

  private place(dense: Int32Array, levels: Int32Array): void {
    if (this.nullIndex < 0) {
      this.nullIndex = this.values.push(null) - 1;
    }
    let next = 0;
    for (let i = 0; i < levels.length; i++) {
      this.indices[this.row + i] = levels[i] === 1 ? (dense[next++] as number) : this.nullIndex;
    }
  }

  private addPlainValues(page: Uint8Array, position: number, count: number): void {
    const { element, meta, path, parsers, finish } = this.column;
    const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
    const raw = readPlain({ view, offset: position }, meta.type, count, element.type_length);
    const converted = convert(raw, {
      pathInSchema: meta.path_in_schema,
      type: meta.type,
      element,
      schemaPath: path,
      codec: meta.codec,
      parsers,
    });
    for (let i = 0; i < count; i++) {
      this.values.push(finish(converted[i]));
    }
  }
}

/** The usual page has no null: all its definition levels are one run. */
function isOneRunOfOnes(page: Uint8Array, begin: number, count: number): boolean {
  let position = begin;
  let header = 0;
  for (let shift = 0; shift <= 28; shift += 7) {
    const byte = page[position++] ?? 0;
    header |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      break;
    }
  }
  return (header & 1) === 0 && header >>> 1 >= count && page[position] === 1;
}

function sum(levels: Int32Array): number {
  let total = 0;
  for (let i = 0; i < levels.length; i++) {
    total += levels[i] as number;
  }
  return total;
}

/** Runs of one value, and groups of eight values packed to `bits` bits each. */
export function readHybrid(
  bytes: Uint8Array,
  begin: number,
  end: number,
  bits: number,
  output: Int32Array,
  count: number,
): void {
  const width = (bits + 7) >> 3;
  let position = begin;
  let filled = 0;
  while (filled < count) {
    let header = 0;
    let shift = 0;
    let byte = 0x80;
    while (byte >= 0x80) {
      if (position >= end || shift > 28) {
        throw new Error(`encoded values end after ${filled} of ${count}`);
      }
      byte = bytes[position++] as number;
      header |= (byte & 0x7f) << shift;
      shift += 7;
    }
    const isPacked = (header & 1) === 1;
    const run = isPacked ? (header >>> 1) * 8 : header >>> 1;
    const until = Math.min(count, filled + run);
    const length = isPacked ? (header >>> 1) * bits : width;
    if (run === 0) {
      continue; // DuckDB writes empty runs.
    }
    if (isPacked) {
      // The last group may be cut short where its values are not needed.
      if (position + Math.ceil(((until - filled) * bits) / 8) > end) {
        throw new Error(`encoded values end after ${filled} of ${count}`);
      }
      unpackBits(bytes, position, bits, output, filled, until);
    } else {
      if (position + length > end) {
        throw new Error(`encoded values end after ${filled} of ${count}`);
      }
      let value = 0;
      for (let i = 0; i < width; i++) {
        value |= (bytes[position + i] as number) << (8 * i);
      }
      output.fill(value, filled, until);
    }
    position += length;
    filled = until;
  }
}

function unpackBits(
  bytes: Uint8Array,
  begin: number,
  bits: number,
  output: Int32Array,
  from: number,
  until: number,
): void {
  const mask = (1 << bits) - 1;
  let position = begin;
  let buffered = 0;
  let available = 0;
  for (let i = from; i < until; i++) {
    while (available < bits) {
      buffered |= (bytes[position++] as number) << available;
      available += 8;
    }
    output[i] = buffered & mask;
    buffered >>>= bits;
    available -= bits;
  }
}
