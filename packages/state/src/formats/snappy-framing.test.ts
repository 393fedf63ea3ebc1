import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataOutputView, errorCode } from '@millrace/core';
import { crc32c, maskCrc32c } from './crc32c.ts';
import { FormatInput } from './format-input.ts';
import {
  readSnappyChunkBody,
  readSnappyChunkHeader,
  readSnappyStreamIdentifier,
  SNAPPY_BLOCK_BYTES,
  SNAPPY_STREAM_IDENTIFIER,
  writeSnappyChunks,
  writeSnappyStreamIdentifier,
} from './snappy-framing.ts';

const SOURCE = 'file:///chk-1/a';

function chunk(type: number, body: readonly number[]): number[] {
  const { length } = body;
  return [type, length & 0xff, (length >>> 8) & 0xff, length >>> 16, ...body];
}

/** With its checksum. */
function stored(bytes: readonly number[]): number[] {
  const crc = maskCrc32c(crc32c(Uint8Array.from(bytes)));
  return chunk(1, [crc & 0xff, (crc >>> 8) & 0xff, (crc >>> 16) & 0xff, crc >>> 24, ...bytes]);
}

/** What all chunks hold, one after the other. */
function readAll(bytes: Uint8Array, baseOffset = 0): { bytes: Buffer; chunkSizes: number[] } {
  const input = new FormatInput(bytes, SOURCE, baseOffset);
  const parts: Uint8Array[] = [];
  while (input.remaining > 0) {
    const header = readSnappyChunkHeader(input);
    if (header.isRead) {
      const part = readSnappyChunkBody(input, header);
      parts.push(...(part === undefined ? [] : [part]));
    } else {
      input.seek('a skipped chunk', input.position + header.bodyBytes);
    }
  }
  return { bytes: Buffer.concat(parts), chunkSizes: parts.map(({ length }) => length) };
}

function read(bytes: readonly number[], baseOffset = 0): number[] {
  return [...readAll(Uint8Array.from(bytes), baseOffset).bytes];
}

function assertCorrupt(bytes: readonly number[], message: RegExp): void {
  assert.throws(
    () => read(bytes, 1000),
    (error) => {
      assert.equal(errorCode(error), 'SNAPSHOT_CORRUPT');
      assert.match((error as Error).message, message);
      assert.match((error as Error).message, /file:\/\/\/chk-1\/a is corrupt at byte 10\d\d/);
      return true;
    },
  );
}

describe('a stream of snappy frames', () => {
  it('begins with its identifier and stores what does not become smaller', () => {
    const output = new DataOutputView();

    writeSnappyStreamIdentifier(output);
    writeSnappyChunks(output, Buffer.from('123456789'));

    const expected =
      'ff060000734e61507059' + // identifier
      '010d0000' + // stored, 13 bytes
      'e5b08ac7' + // masked checksum, little-endian
      '313233343536373839';
    assert.equal(Buffer.from(output.bytes()).toString('hex'), expected);
  });

  it('compresses a block where that saves 15 % or more', () => {
    const output = new DataOutputView();

    writeSnappyChunks(output, Buffer.alloc(1000, 'ab'));

    assert.equal(output.buffer[0], 0);
    assert.ok(output.position < 100);
    assert.deepEqual(readAll(output.copyBytes()).bytes, Buffer.alloc(1000, 'ab'));
  });

  it('is cut into chunks of 64 KiB', () => {
    const output = new DataOutputView();

    writeSnappyChunks(output, new Uint8Array(2 * SNAPPY_BLOCK_BYTES + 1));

    const { chunkSizes } = readAll(output.copyBytes());
    assert.deepEqual(chunkSizes, [SNAPPY_BLOCK_BYTES, SNAPPY_BLOCK_BYTES, 1]);
  });

  it('may hold further identifiers, padding and chunks to pass over', () => {
    const bytes = [
      ...SNAPPY_STREAM_IDENTIFIER,
      ...stored([1, 2]),
      ...chunk(0xfe, [0, 0, 0]), // padding
      ...chunk(0x80, []),
      ...SNAPPY_STREAM_IDENTIFIER,
      ...stored([3]),
    ];

    assert.deepEqual(read(bytes), [1, 2, 3]);
  });

  it('is refused with a chunk that is not known and must not be passed over', () => {
    for (const type of [0x02, 0x7f]) {
      assertCorrupt(chunk(type, [0, 0, 0, 0, 0]), /byte 1000, .*type .* must not be passed over/);
    }
  });

  it('is refused with a chunk to pass over that holds data: its type was changed', () => {
    for (const type of [0x80, 0x81, 0xfe]) {
      const bytes = stored([1, 2, 3]);
      bytes[0] = type;

      assertCorrupt(bytes, /byte 1004.* says to pass it over, but it holds data/);
    }
  });

  it('is refused by the length of a chunk, before it is read', () => {
    assertCorrupt([0, 0xff, 0xff, 0xff], /type 0 has 16777215 bytes; 5 to 76494 are allowed/);
    assertCorrupt([1, 0x05, 0x00, 0x01], /type 1 has 65541 bytes; 4 to 65540 are allowed/);
    assertCorrupt([1, 3, 0, 0], /type 1 has 3 bytes/);
    assertCorrupt([0xff, 7, 0, 0], /type 255 has 7 bytes; 6 to 6 are allowed/);
  });

  it('is refused where it ends within a chunk', () => {
    const whole = stored([1, 2, 3]);

    for (let end = 1; end < whole.length; end++) {
      assertCorrupt(whole.slice(0, end), /corrupt at byte 100[014], in .*snappy chunk/);
    }
  });

  it('is refused with another identifier', () => {
    assertCorrupt(chunk(0xff, [...Buffer.from('sNaPpy')]), /byte 1004.* is not sNaPpY/);
  });

  it('is refused with a wrong checksum', () => {
    const bytes = stored([1, 2, 3]);
    bytes[9] = 7;

    assertCorrupt(bytes, /byte 1004, .*its checksum is [0-9a-f]{8} and should be [0-9a-f]{8}/);
  });

  it('is refused with a block that cannot be uncompressed, or that holds more than 64 KiB', () => {
    assertCorrupt(chunk(0, [0, 0, 0, 0, 4, 0xfc, 0xfa, 0xff, 0xff, 0xff]), /byte 1004.*a literal/);
    assertCorrupt(chunk(0, [0, 0, 0, 0, 0x81, 0x80, 0x04]), /holds 65537 bytes; 65536 is the most/);
  });

  it('is refused where it does not begin with an identifier', () => {
    const input = new FormatInput(Uint8Array.from(stored([1])), SOURCE, 1000);

    assert.throws(() => readSnappyStreamIdentifier(input), {
      code: 'SNAPSHOT_CORRUPT',
      message: /byte 1000, in a snappy stream: it does not begin with a stream identifier/,
    });
  });
});
