/**
 * What an SST file says of itself: which column family and comparator, and how its index is built.
 *
 * Bytes: docs/formats/rocksdb-files.md. RocksDB: TablePropertiesNames, ExternalSstFilePropertyNames.
 */
import { BlockCursor } from './block-cursor.ts';
import { RocksInput, unsupportedFile } from './rocks-input.ts';

const COMPARATOR = 'leveldb.BytewiseComparator';
const GLOBAL_SEQUENCE = 'rocksdb.external_sst_file.global_seqno';
const INDEX_TYPES = ['binary', 'hash', 'two-level', 'binary-with-first-key'] as const;
export type IndexType = (typeof INDEX_TYPES)[number];

export interface TableProperties {
  /** `undefined` when the file does not say. */
  readonly columnFamilyName: string | undefined;
  readonly mergeOperatorName: string | undefined;
  readonly indexType: IndexType;
  /** Keys of the index end before the sequence number. */
  readonly indexKeyIsUserKey: boolean;
  /** Handles in the index are differences from the one before. */
  readonly indexValueIsDeltaEncoded: boolean;
  /** Of a file that was written outside of the database and taken in: `undefined` of others. */
  readonly externalFile: ExternalFile | undefined;
}

export interface ExternalFile {
  /** What the file says; 0 when only the manifest does. */
  readonly globalSequence: number;
}

/**
 * @param place - the file, and where the block begins in it
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `UNSUPPORTED`
 */
export function readTableProperties(
  block: Uint8Array,
  place: { readonly source: string; readonly offset: number },
): TableProperties {
  const { source } = place;
  const properties = entriesOf(block, place);
  const fieldOf = (name: string): RocksInput | undefined => {
    const value = properties.get(name);
    return value === undefined ? undefined : new RocksInput(value, source, place.offset);
  };
  const text = (name: string): string | undefined => {
    const value = properties.get(name);
    return value === undefined || value.length === 0 ? undefined : Buffer.from(value).toString();
  };
  const flag = (name: string): boolean => (fieldOf(name)?.varint(`property ${name}`) ?? 0) !== 0;
  const comparator = text('rocksdb.comparator') ?? COMPARATOR;
  if (comparator !== COMPARATOR) {
    throw unsupportedFile(source, `is ordered by the comparator ${comparator}`);
  }
  const indexTypeName = 'rocksdb.block.based.table.index.type';
  const indexTypeNumber = fieldOf(indexTypeName)?.fixed32(`property ${indexTypeName}`) ?? 0;
  const indexType = INDEX_TYPES[indexTypeNumber];
  if (indexType === undefined) {
    throw unsupportedFile(source, `has an index of type ${indexTypeNumber}, which is not known`);
  }
  return {
    columnFamilyName: text('rocksdb.column.family.name'),
    mergeOperatorName: text('rocksdb.merge.operator'),
    indexType,
    indexKeyIsUserKey: flag('rocksdb.index.key.is.user.key'),
    indexValueIsDeltaEncoded: flag('rocksdb.index.value.is.delta.encoded'),
    externalFile: externalFileOf(fieldOf),
  };
}

/**
 * Where the properties hold the number that is written into the file after its checksum was.
 *
 * @returns offset in the block; `undefined` without one
 */
export function globalSequencePosition(
  block: Uint8Array,
  place: { readonly source: string; readonly offset: number },
): number | undefined {
  const cursor = new BlockCursor();
  cursor.reset(block, place);
  while (cursor.next()) {
    if (keyOf(cursor) === GLOBAL_SEQUENCE && cursor.valueEnd - cursor.valueStart === 8) {
      return cursor.valueStart;
    }
  }
  return undefined;
}

function externalFileOf(
  fieldOf: (name: string) => RocksInput | undefined,
): ExternalFile | undefined {
  const version = fieldOf('rocksdb.external_sst_file.version')?.fixed32('version of external file');
  if (version === undefined) {
    return undefined;
  }
  return { globalSequence: fieldOf(GLOBAL_SEQUENCE)?.fixed64('global sequence number') ?? 0 };
}

/** Of a block of metadata: names and values. */
export function entriesOf(
  block: Uint8Array,
  place: { readonly source: string; readonly offset: number },
): Map<string, Uint8Array> {
  const entries = new Map<string, Uint8Array>();
  const cursor = new BlockCursor();
  cursor.reset(block, place);
  while (cursor.next()) {
    entries.set(keyOf(cursor), cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd));
  }
  return entries;
}

function keyOf(cursor: BlockCursor): string {
  return Buffer.from(cursor.key.buffer, cursor.key.byteOffset, cursor.keyLength).toString('latin1');
}
