import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compressSnappyBlock, uncompressSnappyBlock } from './snappy-block.ts';

const LIMIT = 64 * 1024;

function refusal(bytes: readonly number[]): { name: string; code: string } {
  try {
    uncompressSnappyBlock(Uint8Array.from(bytes), LIMIT);
  } catch (error) {
    return { name: (error as Error).message, code: (error as { code: string }).code };
  }
  throw new Error('it was read');
}

function assertRefused(bytes: readonly number[], message: RegExp): void {
  const { name, code } = refusal(bytes);
  assert.match(name, message);
  assert.equal(code, 'SNAPSHOT_CORRUPT');
}

describe('a raw snappy block', () => {
  it('gives back what was compressed', () => {
    const text = Buffer.from('the same words, the same words, the same words, and others');

    const block = compressSnappyBlock(text);

    assert.ok(block.length < text.length);
    assert.deepEqual(Buffer.from(uncompressSnappyBlock(block, text.length)), text);
  });

  it('may hold nothing', () => {
    assert.equal(uncompressSnappyBlock(compressSnappyBlock(new Uint8Array()), 0).length, 0);
  });

  it('reads literals and copies of every form', () => {
    const block = [
      ...[23], // length
      ...[0xf0, 4, 1, 2, 3, 4, 5], // literal, its length in a byte
      ...[0x01, 5], // copy of 4 from 5 back
      ...[0x0e, 2, 0], // copy of 4 from 2 back
      ...[0x17, 1, 0, 0, 0], // copy of 6 from 1 back
      ...[0x0c, 6, 7, 8, 9], // literal
    ];

    const bytes = uncompressSnappyBlock(Uint8Array.from(block), LIMIT);

    const expected = [1, 2, 3, 4, 5, 1, 2, 3, 4, 3, 4, 3, 4, 4, 4, 4, 4, 4, 4, 6, 7, 8, 9];
    assert.deepEqual([...bytes], expected);
  });

  it('is refused for the length that it says, before anything is allocated', () => {
    assertRefused([0xff, 0xff, 0xff, 0xff, 0x0f], /holds 4294967295 bytes; 65536 is the most/);
  });

  it('is refused when its length does not end', () => {
    assertRefused([], /its length does not end/);
    assertRefused([0x80], /its length does not end/);
    assertRefused([0x80, 0x80, 0x80, 0x80, 0x80, 0x01], /its length does not end/);
  });

  it('is refused where a literal goes beyond its end', () => {
    assertRefused([4, 0x0c, 1, 2, 3], /at its byte 1: a literal of 4 bytes/);
  });

  it('is refused where the length of a literal would go back, which snappyjs reads for ever', () => {
    assertRefused([4, 0xfc, 0xfa, 0xff, 0xff, 0xff, 1, 2], /a literal of 4294967291 bytes/);
  });

  it('is refused where a copy is of what was never written', () => {
    assertRefused([8, 0x0c, 1, 2, 3, 4, 0x01, 5], /a copy from 5 bytes back, of 4 written/);
    assertRefused([8, 0x0c, 1, 2, 3, 4, 0x01, 0], /a copy from 0 bytes back/);
    assertRefused([8, 0x0c, 1, 2, 3, 4, 0x0f, 0xfc, 0xff, 0xff, 0xff], /a copy from 4294967292/);
  });

  it('is refused where a copy is cut', () => {
    assertRefused([8, 0x0c, 1, 2, 3, 4, 0x0e, 2], /a copy/);
  });

  it('is refused when it holds less or more than it says', () => {
    assertRefused([5, 0x0c, 1, 2, 3, 4], /it holds 4 bytes and says 5/);
    assertRefused([3, 0x0c, 1, 2, 3, 4], /it holds 4 bytes and says 3/);
  });
});
