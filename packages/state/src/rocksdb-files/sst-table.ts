/**
 * One SST file (block-based table): its properties, its index, and the ranges that it deletes.
 *
 * Invariants:
 * - The index is in memory, blocks of data are not: they are read in the order of the index.
 * - A part of the file that is not known is refused, by its name.
 *
 * Bytes: docs/formats/rocksdb-files.md. RocksDB: BlockBasedTable.
 */
import type { StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { BlockCursor } from './block-cursor.ts';
import { type BlockHandle, hasRightChecksum, readBlockHandle } from './block-storage.ts';
import { ENTRY_KIND, INTERNAL_SUFFIX_BYTES, kindOf, sequenceOf } from './internal-key.ts';
import type { RangeDeletion } from './range-deletions.ts';
import { corruptFile, RocksInput, unsupportedFile } from './rocks-input.ts';
import { TableBlocks } from './table-blocks.ts';
import { readTableFooter } from './table-footer.ts';
import {
  entriesOf,
  globalSequencePosition,
  readTableProperties,
  type TableProperties,
} from './table-properties.ts';
import type { LiveFile } from './version-edit.ts';

const PROPERTIES = 'rocksdb.properties';
const RANGE_DELETIONS = 'rocksdb.range_del';
/** Parts that need not be read: filters, and the hash index beside the ordered one. */
const NOT_NEEDED =
  /^(filter\.|fullfilter\.|partitionedfilter\.|rocksdb\.hashindex\.(prefixes|metadata)$)/;

export interface SstTable {
  readonly file: LiveFile;
  readonly blocks: TableBlocks;
  readonly properties: TableProperties;
  /** The index, or the index of its parts. */
  readonly index: { readonly bytes: Uint8Array; readonly offset: number };
  readonly rangeDeletions: readonly RangeDeletion[];
  /** In place of that of each entry: of a file that was written outside of the database. */
  readonly globalSequence: number | undefined;
}

/**
 * @param reader - of the whole file; the caller closes it
 * @param source - names the file in messages
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `UNSUPPORTED`
 */
export async function openSstTable(
  reader: StateHandleReader,
  source: string,
  file: LiveFile,
): Promise<SstTable> {
  const footer = await readTableFooter(reader, source);
  const blocks = new TableBlocks(reader, source, footer.checksumType);
  const place = { source, offset: footer.metaindex.offset };
  const parts = entriesOf(await blocks.read(footer.metaindex), place);
  const partOf = (name: string): BlockHandle | undefined => {
    const value = parts.get(name);
    return value === undefined
      ? undefined
      : readBlockHandle(new RocksInput(value, source, place.offset), `handle of ${name}`);
  };
  refuseUnknownParts(parts, source);
  const propertiesAt = partOf(PROPERTIES);
  if (propertiesAt === undefined) {
    throw corruptFile(source, place.offset, `in the metaindex: it names no ${PROPERTIES}`);
  }
  const properties = await readProperties(blocks, propertiesAt);
  const globalSequence = globalSequenceOf(properties, { file, source, at: propertiesAt });
  const deletionsAt = partOf(RANGE_DELETIONS);
  return {
    file,
    blocks,
    properties,
    index: { bytes: await blocks.read(footer.index), offset: footer.index.offset },
    rangeDeletions:
      deletionsAt === undefined ? [] : await readDeletions(blocks, deletionsAt, globalSequence),
    globalSequence,
  };
}

function refuseUnknownParts(parts: ReadonlyMap<string, unknown>, source: string): void {
  for (const name of parts.keys()) {
    if (name === 'rocksdb.compression_dict') {
      throw unsupportedFile(source, 'is compressed with a dictionary, which is not read');
    }
    if (name !== PROPERTIES && name !== RANGE_DELETIONS && !NOT_NEEDED.test(name)) {
      throw unsupportedFile(source, `has a part ${JSON.stringify(name)}, which is not known`);
    }
  }
}

/** A file that is taken into a database gets its number after the checksum was made of a 0. */
async function readProperties(blocks: TableBlocks, at: BlockHandle): Promise<TableProperties> {
  const place = { source: blocks.source, offset: at.offset };
  const stored = await blocks.stored(at);
  if (!hasRightChecksum(stored, at.sizeBytes, blocks.checksumType) && stored[at.sizeBytes] === 0) {
    const block = stored.subarray(0, at.sizeBytes);
    const position = safely(() => globalSequencePosition(block, place));
    if (position !== undefined) {
      const original = stored.slice();
      original.fill(0, position, position + 8);
      blocks.contents(original, at);
      return readTableProperties(block, place);
    }
  }
  return readTableProperties(blocks.contents(stored, at), place);
}

/** Of bytes that may be anything: what fails there is found by their checksum. */
function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function globalSequenceOf(
  { externalFile }: TableProperties,
  of: { readonly file: LiveFile; readonly source: string; readonly at: BlockHandle },
): number | undefined {
  if (externalFile === undefined) {
    return undefined;
  }
  const { globalSequence } = externalFile;
  const { largestSequence } = of.file;
  if (globalSequence !== 0 && globalSequence !== largestSequence) {
    const what = `in its properties: global sequence number ${globalSequence}`;
    throw corruptFile(of.source, of.at.offset, `${what}, in the manifest ${largestSequence}`);
  }
  return largestSequence;
}

async function readDeletions(
  blocks: TableBlocks,
  at: BlockHandle,
  globalSequence: number | undefined,
): Promise<RangeDeletion[]> {
  const deletions: RangeDeletion[] = [];
  const cursor = new BlockCursor();
  cursor.reset(await blocks.read(at), { source: blocks.source, offset: at.offset });
  while (cursor.next()) {
    const { key, keyLength } = cursor;
    const length = cursor.userKeyLength(INTERNAL_SUFFIX_BYTES);
    if (kindOf(key, keyLength) !== ENTRY_KIND.RANGE_DELETION) {
      throw cursor.corrupt(`an entry of kind ${kindOf(key, keyLength)} deletes no range`);
    }
    deletions.push({
      start: key.slice(0, length),
      end: cursor.bytes.slice(cursor.valueStart, cursor.valueEnd),
      sequence: globalSequence ?? sequenceOf(key, keyLength),
    });
  }
  return deletions;
}
