/**
 * Records of a log file, such as MANIFEST: each in one or several fragments, which never cross the
 * borders of blocks of 32 KiB.
 *
 * Invariants:
 * - Every fragment's checksum is compared before it is used.
 * - A log that ends within a record is corrupt: a snapshot's are closed.
 *
 * Bytes: docs/formats/rocksdb-files.md. RocksDB: log::Reader.
 */
import { crc32c, maskCrc32c } from '../formats/crc32c.ts';
import type { StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { corruptFile, RocksInput, unsupportedFile } from './rocks-input.ts';

const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const FULL = 1; // 2 begins a record
const MIDDLE = 3;
const LAST = 4;
const RECYCLABLE = [5, 6, 7, 8];

export interface LogRecord {
  readonly bytes: Uint8Array;
  /** Of its last fragment in the file. */
  readonly offset: number;
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, `UNSUPPORTED` */
export async function* readLogRecords(
  reader: StateHandleReader,
  source: string,
): AsyncGenerator<LogRecord, void, undefined> {
  let begun: Uint8Array[] | undefined;
  for (let start = 0; start < reader.sizeBytes; start += BLOCK_BYTES) {
    const block = await reader.read(start, Math.min(BLOCK_BYTES, reader.sizeBytes - start));
    for (const { type, bytes, offset } of fragmentsOf(block, { source, start })) {
      const continues = type === MIDDLE || type === LAST;
      if (continues !== (begun !== undefined)) {
        const what = continues ? 'goes on with a record that did not begin' : 'ends no record';
        throw corruptFile(source, offset, `in a fragment of a record: the log ${what}`);
      }
      if (type === FULL) {
        yield { bytes, offset };
      } else if (type === LAST) {
        yield { bytes: Buffer.concat([...begun!, bytes]), offset };
        begun = undefined;
      } else {
        begun ??= [];
        begun.push(bytes);
      }
    }
  }
  if (begun !== undefined) {
    throw corruptFile(source, reader.sizeBytes, 'at its end: the last record is cut');
  }
}

function* fragmentsOf(
  block: Uint8Array,
  { source, start }: { readonly source: string; readonly start: number },
): Generator<{ type: number; bytes: Uint8Array; offset: number }> {
  for (let at = 0; at < block.length; ) {
    const offset = start + at;
    const left = block.length - at;
    if (left < HEADER_BYTES) {
      // Only zeros may fill the last bytes of a whole block, which no header fits into.
      if (block.length < BLOCK_BYTES || block.subarray(at).some((byte) => byte !== 0)) {
        throw corruptFile(source, offset, `in a header of a record: it is cut`);
      }
      return;
    }
    const checksum = new RocksInput(block.subarray(at, at + 4), source, offset).fixed32('checksum');
    const length = block[at + 4]! | (block[at + 5]! << 8);
    const type = block[at + 6]!;
    const end = at + HEADER_BYTES + length;
    if (end > block.length) {
      const what = `in a record: its ${length} bytes do not fit into the ${left} that are left`;
      throw corruptFile(source, offset, what);
    }
    if (maskCrc32c(crc32c(block.subarray(at + HEADER_BYTES - 1, end))) !== checksum) {
      throw corruptFile(source, offset, `in a record of ${length} bytes: its checksum differs`);
    }
    if (type < FULL || type > LAST) {
      const what = RECYCLABLE.includes(type) ? 'of a log that was reused' : 'which is not known';
      throw unsupportedFile(source, `has a record of type ${type}, ${what}`);
    }
    yield { type, bytes: block.subarray(at + HEADER_BYTES, end), offset };
    at = end;
  }
}
