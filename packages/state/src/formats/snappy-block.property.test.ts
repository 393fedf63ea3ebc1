import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorCode } from '@millrace/core';
import fc from 'fast-check';
import { compressSnappyBlock, uncompressSnappyBlock } from './snappy-block.ts';

const LIMIT = 64 * 1024;

/** Bytes with repetitions, without which nothing is ever copied. */
const compressible = fc
  .tuple(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1 }), fc.array(fc.nat(1000)))
  .map(([words, order]) => Buffer.concat(order.map((at) => words[at % words.length]!)));

describe('raw snappy blocks', () => {
  it('give back what was compressed, whatever it was', () => {
    const anything = fc.oneof(fc.uint8Array({ maxLength: 2000 }), compressible);
    fc.assert(
      fc.property(anything, (bytes) => {
        const read = uncompressSnappyBlock(compressSnappyBlock(bytes), bytes.length);

        assert.deepEqual(Buffer.from(read), Buffer.from(bytes));
      }),
    );
  });

  it('that are corrupt end in SNAPSHOT_CORRUPT or in no more bytes than are allowed', () => {
    const damage = fc.array(fc.tuple(fc.nat(5000), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(compressible, damage, (bytes, changes) => {
        const block = Uint8Array.from(compressSnappyBlock(bytes));
        for (const [at, value] of changes) {
          block[at % block.length] = value;
        }
        try {
          assert.ok(uncompressSnappyBlock(block, LIMIT).length <= LIMIT);
        } catch (error) {
          assert.equal(errorCode(error), 'SNAPSHOT_CORRUPT');
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('of random bytes end in SNAPSHOT_CORRUPT or in no more bytes than are allowed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (block) => {
        try {
          assert.ok(uncompressSnappyBlock(block, LIMIT).length <= LIMIT);
        } catch (error) {
          assert.equal(errorCode(error), 'SNAPSHOT_CORRUPT');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
