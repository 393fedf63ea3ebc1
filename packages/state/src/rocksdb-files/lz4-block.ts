/**
 * Raw LZ4 blocks, as RocksDB compresses with them where Flink is told to
 * (`state.backend.rocksdb.compression.per.level`). Read only.
 *
 * Invariant: whatever the bytes are, reading them ends, within the size that the caller knows.
 *
 * Source: lz4_Block_format.md of lz4/lz4. Own code: it is one loop, and Node has no LZ4.
 */
// Hot path.

import { CheckpointError } from '@millrace/core';

const MATCH_BYTES_MIN = 4;
const LENGTH_GOES_ON = 15;

/**
 * @param sizeBytes - of the contents, which the block does not say
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, with the byte of the block but not the file, which
 * the caller names
 */
export function uncompressLz4Block(block: Uint8Array, sizeBytes: number): Uint8Array {
  const output = new Uint8Array(sizeBytes);
  const end = block.length;
  let at = 0;
  let written = 0;
  while (at < end) {
    const tokenAt = at;
    const token = block[at++]!;
    let literals = token >>> 4;
    if (literals === LENGTH_GOES_ON) {
      for (let more = 255; more === 255; literals += more) {
        more = block[at++] ?? 0;
      }
    }
    if (at + literals > end || written + literals > sizeBytes) {
      throw corrupt(tokenAt, `${literals} bytes go beyond its end or its contents`);
    }
    output.set(block.subarray(at, at + literals), written);
    at += literals;
    written += literals;
    if (at === end) {
      break; // The last sequence is literals alone.
    }
    const offset = block[at]! | ((block[at + 1] ?? 0) << 8);
    at += 2;
    let length = (token & 15) + MATCH_BYTES_MIN;
    if ((token & 15) === LENGTH_GOES_ON) {
      for (let more = 255; more === 255; length += more) {
        more = block[at++] ?? 0;
      }
    }
    if (offset === 0 || offset > written || at > end || written + length > sizeBytes) {
      throw corrupt(
        tokenAt,
        `a copy of ${length} from ${offset} bytes back, of ${written} written`,
      );
    }
    if (offset >= length) {
      output.copyWithin(written, written - offset, written - offset + length);
      written += length;
    } else {
      for (const stop = written + length; written < stop; written++) {
        output[written] = output[written - offset]!;
      }
    }
  }
  if (written !== sizeBytes) {
    throw corrupt(end, `it holds ${written} bytes, not ${sizeBytes}`);
  }
  return output;
}

function corrupt(at: number, reason: string): CheckpointError {
  return new CheckpointError(
    'SNAPSHOT_CORRUPT',
    `an LZ4 block is corrupt at its byte ${at}: ${reason}`,
  );
}
