/**
 * Snappy streams one after the other, with bytes that are not framed between them, on their way to
 * the stream of a snapshot.
 *
 * Flink: the streams that SnappyStreamCompressionDecorator puts around that of a checkpoint.
 */
// Hot path.

import { DataOutputView } from '@millrace/core';
import {
  SNAPPY_BLOCK_BYTES,
  writeSnappyChunk,
  writeSnappyStreamIdentifier,
} from './snappy-framing.ts';

export class SnappyFramedStreams {
  /** What was framed, and what is between. Whoever takes it resets it. */
  readonly output: DataOutputView = new DataOutputView(2 * SNAPPY_BLOCK_BYTES);
  private isBegun = false;

  /** @param block - of the stream at hand, 1 byte to 64 KiB; all but its last have 64 KiB */
  writeBlock(block: Uint8Array): void {
    if (!this.isBegun) {
      writeSnappyStreamIdentifier(this.output);
      this.isBegun = true;
    }
    writeSnappyChunk(this.output, block);
  }

  /** Of the stream at hand, in blocks; `bytes` may go on. @returns how many were taken: whole blocks */
  writeWholeBlocks(bytes: Uint8Array): number {
    let at = 0;
    for (; at + SNAPPY_BLOCK_BYTES <= bytes.length; at += SNAPPY_BLOCK_BYTES) {
      this.writeBlock(bytes.subarray(at, at + SNAPPY_BLOCK_BYTES));
    }
    return at;
  }

  /** Ends the stream at hand with `rest`. One without any bytes leaves nothing. */
  end(rest: Uint8Array): void {
    const at = this.writeWholeBlocks(rest);
    if (at < rest.length) {
      this.writeBlock(rest.subarray(at));
    }
    this.isBegun = false;
  }

  /** Between streams, as it is. */
  writeUnframed(bytes: Uint8Array): void {
    this.output.write(bytes);
  }
}
