import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { uncompressLz4Block } from './lz4-block.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const block = (...parts: (number | string)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : text(part))));

describe('an LZ4 block', () => {
  it('is literals, and copies of what was written, also of what they write themselves', () => {
    const bytes = block(0x31, 'abc', 3, 0, 0x20, 'xy'); // 3 literals, 5 from 3 back, 2 literals

    assert.deepEqual(Buffer.from(uncompressLz4Block(bytes, 10)).toString(), 'abcabcabxy');
  });

  it('has lengths of any number of bytes', () => {
    const long = 'a'.repeat(15 + 255 + 7);
    const bytes = block(0xff, 255, 7, long, 1, 0, 255, 0, 0x10, 'z');

    const contents = Buffer.from(uncompressLz4Block(bytes, long.length + 19 + 255 + 1));

    assert.equal(contents.toString(), `${'a'.repeat(long.length + 19 + 255)}z`);
  });

  it('is refused with the byte where it copies from before its beginning, or is too long', () => {
    assert.throws(() => uncompressLz4Block(block(0x31, 'abc', 4, 0, 0x20, 'xy'), 10), {
      code: 'SNAPSHOT_CORRUPT',
      message: /at its byte 0: a copy of 5 from 4 bytes back, of 3 written/,
    });
    assert.throws(() => uncompressLz4Block(block(0x20, 'xy'), 1), { code: 'SNAPSHOT_CORRUPT' });
    assert.throws(() => uncompressLz4Block(block(0x20, 'xy'), 3), {
      code: 'SNAPSHOT_CORRUPT',
      message: /it holds 2 bytes, not 3/,
    });
  });

  it('ends or is refused, whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(1000), (bytes, sizeBytes) => {
        try {
          assert.equal(uncompressLz4Block(bytes, sizeBytes).length, sizeBytes);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'SNAPSHOT_CORRUPT');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
