import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { xxh32, xxh64Low } from './xxhash.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const LONG = 'Nobody inspects the spammish repetition'; // longer than a stripe of either

describe('xxHash', () => {
  it('is that of the specification, of 32 bits', () => {
    assert.equal(xxh32(bytes('')), 0x02cc5d05);
    assert.equal(xxh32(bytes('abc')), 0x32d153ff);
    assert.equal(xxh32(bytes(LONG)), 0xe2293b2f);
  });

  it('is that of the specification, the low half of 64 bits', () => {
    assert.equal(xxh64Low(bytes('')), 0x51d8e999); // ef46db3751d8e999
    assert.equal(xxh64Low(bytes('abc')), 0xad770999); // 44bc2cf5ad770999
    assert.equal(xxh64Low(bytes(LONG)), 0x8a378bf1); // fbcea83c8a378bf1
  });
});
