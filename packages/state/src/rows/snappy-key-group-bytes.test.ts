import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataOutputView, errorCode } from '@millrace/core';
import {
  SNAPPY_BLOCK_BYTES,
  SNAPPY_STREAM_IDENTIFIER,
  writeSnappyChunk,
  writeSnappyChunks,
  writeSnappyStreamIdentifier,
} from '../formats/snappy-framing.ts';
import type { StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { PlainKeyGroupBytes } from './key-group-bytes.ts';
import { SnappyKeyGroupBytes } from './snappy-key-group-bytes.ts';

const START = 100; // what precedes the key group in its file

function readerOf(file: Uint8Array): StateHandleReader {
  return {
    sizeBytes: file.length,
    read: async (position, length) => file.slice(position, position + length),
    close: async () => {},
  };
}

/** A file in which the key group is written by `write`. */
function bytesOf(
  write: (output: DataOutputView) => void,
  plainPrefixBytes = 0,
): { bytes: SnappyKeyGroupBytes; file: Uint8Array } {
  const output = new DataOutputView();
  output.write(new Uint8Array(START).fill(7));
  write(output);
  const file = output.copyBytes();
  const place = { source: 'file:///a', start: START, end: file.length };
  const frames = new PlainKeyGroupBytes(readerOf(file), place);
  return { bytes: new SnappyKeyGroupBytes(frames, plainPrefixBytes), file };
}

function chunked(...chunks: readonly (readonly number[])[]): (output: DataOutputView) => void {
  return (output) => {
    writeSnappyStreamIdentifier(output);
    for (const chunk of chunks) {
      writeSnappyChunk(output, Uint8Array.from(chunk));
    }
  };
}

describe('the bytes of a compressed key group', () => {
  it('are uncompressed chunk by chunk, as they are needed', async () => {
    const { bytes } = bytesOf(chunked([1, 2, 3], [4, 5], [6]));

    await bytes.advance(0, 1, 'first');
    const first = [...bytes.bytes];
    await bytes.advance(2, 2, 'second');
    const second = [...bytes.bytes];
    await bytes.advance(1, 3, 'third');

    assert.deepEqual(first, [1, 2, 3]);
    assert.deepEqual(second, [3, 4, 5]);
    assert.deepEqual([...bytes.bytes], [4, 5, 6]);
    assert.equal(bytes.isLast, true);
  });

  it('grow by as much again for what does not fit', async () => {
    const { bytes } = bytesOf(chunked([1], [2], [3], [4], [5]));
    await bytes.advance(0, 1, 'first');

    await bytes.advanceForMore(0);
    const second = [...bytes.bytes];
    await bytes.advanceForMore(0);

    assert.deepEqual(second, [1, 2]);
    assert.deepEqual([...bytes.bytes], [1, 2, 3, 4]);
    assert.equal(bytes.isLast, false);
  });

  it('say where in the file the chunk of a byte is', async () => {
    const { bytes, file } = bytesOf(chunked([1, 2], [3]));
    const secondChunk = START + SNAPPY_STREAM_IDENTIFIER.length + 4 + 4 + 2;

    await bytes.advance(0, 3, 'all');

    const places = [0, 1, 2, 3].map((position) => bytes.placeAt(position));
    assert.deepEqual(
      places.map(({ fileOffset }) => fileOffset),
      [START, START, secondChunk, file.length],
    );
    assert.deepEqual(places[2]?.uncompressed, {
      source: 'file:///a (uncompressed from its byte 100 on)',
      offset: 2,
    });
  });

  it('may begin with some that are not compressed', async () => {
    const { bytes } = bytesOf((output) => {
      output.writeInt(5);
      chunked([1, 2])(output);
    }, 4);

    await bytes.advance(0, 6, 'all');

    assert.deepEqual([...bytes.bytes], [0, 0, 0, 5, 1, 2]);
  });

  it('end before what follows in the file, which is not looked at', async () => {
    const { bytes } = bytesOf((output) => {
      chunked([1, 2], [3])(output);
      output.writeInt(6); // the next key group of the heap backend
      output.writeInt(0);
    });
    await bytes.advance(0, 2, 'first');

    await bytes.advanceForMore(0);

    assert.deepEqual([...bytes.bytes], [1, 2, 3]);
    await assert.rejects(bytes.advanceForMore(0), { code: 'SNAPSHOT_CORRUPT' });
  });

  it('pass over long padding without reading it', async () => {
    const { bytes, file } = bytesOf((output) => {
      chunked([1])(output);
      output.write(Uint8Array.from([0xfe, 0, 0, 0x10])); // 1 MiB
      output.write(new Uint8Array(2 ** 20));
      writeSnappyChunk(output, Uint8Array.from([2]));
    });

    await bytes.advance(0, 2, 'all');

    assert.deepEqual([...bytes.bytes], [1, 2]);
    assert.equal(bytes.placeAt(2).fileOffset, file.length);
  });

  it('name the byte of a chunk that is cut', async () => {
    const cut = (output: DataOutputView): void => {
      chunked([1, 2, 3])(output);
      output.position -= 1;
    };
    const cutPadding = (output: DataOutputView): void => {
      chunked([1])(output);
      output.write(Uint8Array.from([0xfe, 0xff, 0xff, 0xff, 1]));
    };

    await assert.rejects(bytesOf(cut).bytes.advance(0, 1, 'all'), {
      code: 'SNAPSHOT_CORRUPT',
      message: /file:\/\/\/a is corrupt at byte 110, in a snappy chunk: 11 bytes do not fit/,
    });
    await assert.rejects(bytesOf(cutPadding).bytes.advance(0, 2, 'all'), {
      code: 'SNAPSHOT_CORRUPT',
      message:
        /file:\/\/\/a is corrupt at byte 119, in a snappy chunk: its 16777215 bytes do not fit/,
    });
  });

  it('name what is missing, and its place, when the chunks end too early', async () => {
    const { bytes } = bytesOf(chunked([1, 2]));

    await assert.rejects(bytes.advance(0, 3, 'value of the state'), {
      code: 'SNAPSHOT_CORRUPT',
      message:
        /file:\/\/\/a \(uncompressed from its byte 100 on\) is corrupt at byte 0, in value of the state: 3 bytes do not fit into the 2 left/,
    });
  });

  it('must begin with a stream identifier', async () => {
    const { bytes } = bytesOf((output) => writeSnappyChunks(output, new Uint8Array(10)));

    await assert.rejects(bytes.advance(0, 1, 'all'), {
      code: 'SNAPSHOT_CORRUPT',
      message: /at byte 100, in a snappy stream: it does not begin with a stream identifier/,
    });
  });

  it('never take more than a chunk beyond what is needed', async () => {
    const { bytes } = bytesOf((output) => {
      writeSnappyStreamIdentifier(output);
      writeSnappyChunks(output, new Uint8Array(40 * SNAPPY_BLOCK_BYTES));
    });
    let largest = 0;

    for (let read = 0; read < 39 * SNAPPY_BLOCK_BYTES; read += 1000) {
      await bytes.advance(read === 0 ? 0 : 1000, 1000, 'row');
      largest = Math.max(largest, bytes.bytes.length);
    }

    assert.ok(largest < SNAPPY_BLOCK_BYTES + 1000);
  });

  it('that have any bit changed are corrupt, or the same', async () => {
    const written = Uint8Array.from({ length: 300 }, (_, i) => (i % 7) * (i % 3));
    const write = (output: DataOutputView): void => {
      writeSnappyStreamIdentifier(output);
      writeSnappyChunks(output, written.subarray(0, 200));
      writeSnappyChunks(output, written.subarray(200));
    };
    const { file } = bytesOf(write);
    for (let bit = 8 * START; bit < 8 * file.length; bit++) {
      const changed = file.slice();
      changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
      const place = { source: 'file:///a', start: START, end: file.length };
      const bytes = new SnappyKeyGroupBytes(new PlainKeyGroupBytes(readerOf(changed), place));
      try {
        await bytes.advance(0, written.length, 'all');
        assert.deepEqual(bytes.bytes, written);
      } catch (error) {
        assert.equal(errorCode(error), 'SNAPSHOT_CORRUPT');
      }
    }
  });
});
