import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32c, maskCrc32c } from './crc32c.ts';

describe('CRC-32C', () => {
  it('gives the values of RFC 3720, B.4', () => {
    const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
    const values = [
      crc32c(new Uint8Array(32)),
      crc32c(new Uint8Array(32).fill(0xff)),
      crc32c(ascending),
      crc32c(ascending.toReversed()),
    ];

    assert.deepEqual(values, [0x8a9136aa, 0x62a8ab43, 0x46dd794e, 0x113fdb5c]);
  });

  it('gives the check value for the digits, and 0 for nothing', () => {
    assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
    assert.equal(crc32c(new Uint8Array()), 0);
  });

  it('goes on from the checksum of what precedes, wherever it is cut', () => {
    const bytes = Uint8Array.from({ length: 41 }, (_, i) => (i * 37) % 256);

    for (let cut = 0; cut <= bytes.length; cut++) {
      assert.equal(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut))), crc32c(bytes));
    }
  });

  it('is masked as the snappy framing format says', () => {
    assert.equal(maskCrc32c(0), 0xa282ead8);
    assert.equal(maskCrc32c(0xe3069283), 0xc78ab0e5);
  });
});
