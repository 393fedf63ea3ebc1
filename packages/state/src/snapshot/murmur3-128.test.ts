import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { murmur3Hash128 } from './murmur3-128.ts';

function hashOf(text: string): string {
  return Buffer.from(murmur3Hash128(new TextEncoder().encode(text))).toString('hex');
}

describe('murmur3Hash128', () => {
  it("equals Guava's value for a text of two blocks and a tail", () => {
    const hash = hashOf('The quick brown fox jumps over the lazy dog');

    assert.equal(hash, '6c1b07bc7bbc4be347939ac4a93c437a'); // Guava's Murmur3Hash128Test.
  });

  it('is zero for nothing', () => {
    assert.equal(hashOf(''), '0'.repeat(32));
  });

  it('takes every byte into account, at every length up to three blocks', () => {
    for (let length = 1; length <= 48; length++) {
      const hashes = new Set<string>();
      for (let at = -1; at < length; at++) {
        const bytes = new Uint8Array(length);
        if (at >= 0) {
          bytes[at] = 1;
        }
        hashes.add(Buffer.from(murmur3Hash128(bytes)).toString('hex'));
      }

      assert.equal(hashes.size, length + 1);
    }
  });
});
