import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BlockCursor, compareKeys } from './block-cursor.ts';
import { blockOf } from './written-test-database.ts';

const PLACE = { source: 'a test', offset: 0 };
const small = fc.uint8Array({ maxLength: 6, max: 2 });
const long = fc.uint8Array({ minLength: 100, maxLength: 300 });
const pairs = fc
  .uniqueArray(fc.record({ key: fc.oneof(small, small, long), value: fc.oneof(small, long) }), {
    selector: ({ key }) => Buffer.from(key).toString('hex'),
    minLength: 1,
    maxLength: 60,
  })
  .map((all) => all.sort((a, b) => compareKeys(a.key, a.key.length, b.key)));

function rest(cursor: BlockCursor): [string, string][] {
  const found: [string, string][] = [];
  while (cursor.next()) {
    found.push([
      Buffer.from(cursor.key.subarray(0, cursor.keyLength)).toString('hex'),
      Buffer.from(cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd)).toString('hex'),
    ]);
  }
  return found;
}

describe('the entries of a block', () => {
  it('are those that were written, with any number of restarts', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 20 }), (written, restartInterval) => {
        const cursor = new BlockCursor();

        cursor.reset(blockOf(written, restartInterval), PLACE);

        const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
        assert.deepEqual(
          rest(cursor),
          written.map(({ key, value }) => [hex(key), hex(value)]),
        );
      }),
    );
  });

  it('are reached from the restart that is sought, less than an interval before the first', () => {
    fc.assert(
      fc.property(pairs, small, fc.integer({ min: 1, max: 20 }), (written, target, interval) => {
        const cursor = new BlockCursor();
        cursor.reset(blockOf(written, interval), PLACE);
        const wanted = written.filter(({ key }) => compareKeys(key, key.length, target) >= 0);

        cursor.seekRestart(target, 0);

        const reached = rest(cursor);
        assert.ok(reached.length >= wanted.length);
        assert.ok(reached.length <= wanted.length + interval);
      }),
    );
  });

  it('end or are refused, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), small, (bytes, target) => {
        const cursor = new BlockCursor();
        try {
          cursor.reset(bytes, PLACE);
          rest(cursor);
          cursor.seekRestart(target, 0);
          rest(cursor);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'SNAPSHOT_CORRUPT');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
