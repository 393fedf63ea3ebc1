/**
 * The last bytes of an SST file: where its index is, and how its blocks are checked.
 *
 * Bytes: docs/formats/rocksdb-files.md. RocksDB: Footer.
 */
import type { StateHandleReader } from '../snapshot/state-handle-reader.ts';
import {
  type BlockHandle,
  CHECKSUM_TYPES,
  type ChecksumType,
  readBlockHandle,
} from './block-storage.ts';
import { corruptFile, RocksInput, unsupportedFile } from './rocks-input.ts';

export const FOOTER_BYTES = 53;
const HANDLES_BYTES = 40; // both, and zeros
const VERSION_MIN = 2;
const VERSION_MAX = 5;
const BLOCK_BASED = '88e241b785f4cff7';

/** Other kinds of tables, by their magic. */
const OTHER_TABLES: Readonly<Record<string, string>> = {
  db4775248b80fb57: 'is a block-based table of format version 0',
  '8242229663bf9564': 'is a plain table',
  '4f3418eb7a8f13b8': 'is a plain table of an old format',
  '926789d0c5f17873': 'is a cuckoo table',
};

export interface TableFooter {
  readonly checksumType: ChecksumType;
  readonly metaindex: BlockHandle;
  readonly index: BlockHandle;
  readonly version: number;
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, `UNSUPPORTED` */
export async function readTableFooter(
  reader: StateHandleReader,
  source: string,
): Promise<TableFooter> {
  const { sizeBytes } = reader;
  const start = sizeBytes - FOOTER_BYTES;
  if (start < 0) {
    throw corruptFile(source, sizeBytes, `at its end: it is too short to be an SST file`);
  }
  const bytes = await reader.read(start, FOOTER_BYTES);
  const magic = Buffer.from(bytes.subarray(FOOTER_BYTES - 8))
    .reverse()
    .toString('hex');
  if (magic !== BLOCK_BASED) {
    const other = OTHER_TABLES[magic];
    if (other !== undefined) {
      throw unsupportedFile(source, `${other}, which is not read`);
    }
    throw corruptFile(source, sizeBytes - 8, `in its magic number: ${magic} is that of no table`);
  }
  const input = new RocksInput(bytes, source, start);
  input.position = 1 + HANDLES_BYTES;
  const version = input.fixed32('format version');
  if (version < VERSION_MIN || version > VERSION_MAX) {
    const what = `has format version ${version}; ${VERSION_MIN} to ${VERSION_MAX} are read`;
    throw unsupportedFile(source, what);
  }
  const checksumType = CHECKSUM_TYPES[bytes[0]!];
  if (checksumType === undefined) {
    throw unsupportedFile(source, `has checksums of type ${bytes[0]}, which is not known`);
  }
  input.position = 1;
  const metaindex = readBlockHandle(input, 'handle of the metaindex');
  const index = readBlockHandle(input, 'handle of the index');
  return { checksumType, metaindex, index, version };
}
