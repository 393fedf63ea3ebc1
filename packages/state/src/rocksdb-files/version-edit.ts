/**
 * One change of a database's files, as a record of MANIFEST.
 *
 * Invariant: a tag that is not known is refused, unless it says itself that it may be passed over.
 *
 * Bytes: docs/formats/rocksdb-files.md. RocksDB: VersionEdit.
 */
import {
  ENTRY_KIND,
  INTERNAL_SUFFIX_BYTES,
  kindOf,
  SEQUENCE_MAX,
  sequenceOf,
} from './internal-key.ts';
import type { KeyBounds } from './range-deletions.ts';
import { RocksInput, unsupportedFile } from './rocks-input.ts';

const TAG = {
  COMPARATOR: 1,
  LOG_NUMBER: 2,
  NEXT_FILE_NUMBER: 3,
  LAST_SEQUENCE: 4,
  COMPACT_CURSOR: 5,
  DELETED_FILE: 6,
  NEW_FILE: 7,
  PREVIOUS_LOG_NUMBER: 9,
  MIN_LOG_NUMBER_TO_KEEP: 10,
  NEW_FILE_2: 100,
  NEW_FILE_3: 102,
  NEW_FILE_4: 103,
  COLUMN_FAMILY: 200,
  COLUMN_FAMILY_ADD: 201,
  COLUMN_FAMILY_DROP: 202,
  MAX_COLUMN_FAMILY: 203,
  IN_ATOMIC_GROUP: 300,
} as const;
/** In tags of later versions that may be passed over: their length follows. */
const SAFE_TO_IGNORE = 1 << 13;

const FILE_TAG_END = 1;
const FILE_TAG_OLDEST_BLOB = 4;
const FILE_TAG_PATH_ID = 65;
/** In tags of a file that may not be passed over. */
const FILE_TAG_NOT_SAFE = 1 << 6;

const COMPARATOR = 'leveldb.BytewiseComparator';

/** An SST file that the database uses. */
export interface LiveFile extends KeyBounds {
  readonly number: number;
  readonly level: number;
  readonly sizeBytes: number;
  readonly largestSequence: number;
}

export interface VersionEdit {
  columnFamilyId: number;
  /** Its name, when the edit adds the column family. */
  columnFamilyAdded: string | undefined;
  columnFamilyDropped: boolean;
  readonly deletedFiles: { readonly level: number; readonly number: number }[];
  readonly newFiles: LiveFile[];
  /** How many edits follow that count only together with this one; `undefined` outside a group. */
  groupRemaining: number | undefined;
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, `UNSUPPORTED` */
export function readVersionEdit(bytes: Uint8Array, source: string, offset: number): VersionEdit {
  const input = new RocksInput(bytes, source, offset);
  const edit: VersionEdit = {
    columnFamilyId: 0,
    columnFamilyAdded: undefined,
    columnFamilyDropped: false,
    deletedFiles: [],
    newFiles: [],
    groupRemaining: undefined,
  };
  while (input.remaining > 0) {
    const at = input.position;
    const tag = input.varint('tag of an edit');
    if (!readField(input, { edit, tag, source })) {
      if ((tag & SAFE_TO_IGNORE) === 0) {
        throw tag < TAG.IN_ATOMIC_GROUP
          ? input.corrupt('tag of an edit', `${tag} is none`, at)
          : unsupportedFile(source, `uses a feature of the tag ${tag}, which is not known`);
      }
      input.lengthPrefixed(`field ${tag}`);
    }
  }
  return edit;
}

/** @returns false when the tag is not known */
function readField(
  input: RocksInput,
  to: { readonly edit: VersionEdit; readonly tag: number; readonly source: string },
): boolean {
  const { edit, tag, source } = to;
  switch (tag) {
    case TAG.COMPARATOR: {
      const name = input.text('comparator');
      if (name !== COMPARATOR) {
        throw unsupportedFile(source, `is ordered by the comparator ${name}`);
      }
      return true;
    }
    case TAG.LOG_NUMBER:
    case TAG.NEXT_FILE_NUMBER:
    case TAG.LAST_SEQUENCE:
    case TAG.PREVIOUS_LOG_NUMBER:
    case TAG.MIN_LOG_NUMBER_TO_KEEP:
    case TAG.MAX_COLUMN_FAMILY:
      input.varint(`number of the tag ${tag}`);
      return true;
    case TAG.COMPACT_CURSOR:
      input.varint('level of a compaction');
      input.lengthPrefixed('key of a compaction');
      return true;
    case TAG.DELETED_FILE: {
      const level = input.varint('level of a deleted file');
      edit.deletedFiles.push({ level, number: input.varint('number of a deleted file') });
      return true;
    }
    case TAG.NEW_FILE:
    case TAG.NEW_FILE_2:
    case TAG.NEW_FILE_3:
    case TAG.NEW_FILE_4:
      edit.newFiles.push(readNewFile(input, tag, source));
      return true;
    case TAG.COLUMN_FAMILY:
      edit.columnFamilyId = input.varint('column family');
      return true;
    case TAG.COLUMN_FAMILY_ADD:
      edit.columnFamilyAdded = input.text('name of a column family');
      return true;
    case TAG.COLUMN_FAMILY_DROP:
      edit.columnFamilyDropped = true;
      return true;
    case TAG.IN_ATOMIC_GROUP:
      edit.groupRemaining = input.varint('edits of a group');
      return true;
    default:
      return false;
  }
}

function readNewFile(input: RocksInput, tag: number, source: string): LiveFile {
  const level = input.varint('level of a file');
  const number = input.varint('number of a file');
  if (tag === TAG.NEW_FILE_3) {
    input.varint('path of a file');
  }
  const sizeBytes = input.varint('size of a file');
  const smallest = input.lengthPrefixed('smallest key of a file');
  const largest = input.lengthPrefixed('largest key of a file');
  if (smallest.length < INTERNAL_SUFFIX_BYTES || largest.length < INTERNAL_SUFFIX_BYTES) {
    throw input.corrupt('keys of a file', 'they are too short');
  }
  let largestSequence = 0;
  if (tag !== TAG.NEW_FILE) {
    input.varint('smallest sequence number of a file');
    largestSequence = input.varint('largest sequence number of a file');
  }
  if (tag === TAG.NEW_FILE_4) {
    readFileFields(input, source);
  }
  return {
    number,
    level,
    sizeBytes,
    // Copies: they outlive the bytes of the log.
    smallest: smallest.slice(0, -INTERNAL_SUFFIX_BYTES),
    largest: largest.slice(0, -INTERNAL_SUFFIX_BYTES),
    largestIsExclusive: isEndOfRange(largest),
    largestSequence,
  };
}

/** A range deletion ends at the key: it carries the highest sequence number there is. */
function isEndOfRange(largest: Uint8Array): boolean {
  const { length } = largest;
  return (
    kindOf(largest, length) === ENTRY_KIND.RANGE_DELETION &&
    sequenceOf(largest, length) >= SEQUENCE_MAX
  );
}

function readFileFields(input: RocksInput, source: string): void {
  for (;;) {
    const tag = input.varint('tag of a file');
    if (tag === FILE_TAG_END) {
      return;
    }
    const value = input.lengthPrefixed(`field ${tag} of a file`);
    if (tag === FILE_TAG_OLDEST_BLOB && new RocksInput(value, source).varint('blob file') !== 0) {
      throw unsupportedFile(source, 'has values in blob files (BlobDB), which are not read');
    }
    if (tag !== FILE_TAG_PATH_ID && (tag & FILE_TAG_NOT_SAFE) !== 0) {
      throw unsupportedFile(
        source,
        `uses a feature of files of the tag ${tag}, which is not known`,
      );
    }
  }
}
