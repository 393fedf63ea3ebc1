import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { KeyGroupBuckets } from './key-group-buckets.ts';
import { temporaryFolder } from './written-savepoint-fixture.ts';

const text = (value: string) => new TextEncoder().encode(value);

describe('buckets of key groups', () => {
  it('give rows by key group and state in the order in which they came, beyond their buffer', () => {
    const folder = temporaryFolder();
    const buckets = new KeyGroupBuckets(folder, { numberOfKeyGroups: 5, numberOfStates: 2 }, 100);
    const expected: string[] = [];
    for (let i = 0; i < 500; i++) {
      const [keyGroup, stateId] = [(i * 7) % 5, i % 2];
      buckets.put(keyGroup, { stateId, key: text(`k${i}`), value: text('v'.repeat(i % 30)) });
      expected.push(`${keyGroup} ${stateId} ${String(i).padStart(3, '0')} ${i % 30}`);
    }

    const found: string[] = [];
    for (let keyGroup = 0; keyGroup < 5; keyGroup++) {
      for (const { stateId, key, value } of buckets.rows(keyGroup)) {
        const i = Buffer.from(key).toString().slice(1).padStart(3, '0');
        found.push(`${keyGroup} ${stateId} ${i} ${value.length}`);
      }
    }
    buckets.close();

    assert.deepEqual(found, expected.sort());
    assert.deepEqual(readdirSync(folder), []);
  });

  it('take a row that is larger than their buffer', () => {
    const buckets = new KeyGroupBuckets(
      temporaryFolder(),
      { numberOfKeyGroups: 2, numberOfStates: 1 },
      100,
    );
    buckets.put(1, { stateId: 0, key: text('small'), value: text('') });
    buckets.put(1, { stateId: 0, key: text('large'), value: new Uint8Array(600_000).fill(7) });
    buckets.put(0, { stateId: 0, key: text('first'), value: text('') });

    const sizes = [0, 1].map((keyGroup) =>
      Array.from(buckets.rows(keyGroup), ({ value }) => value.length),
    );
    buckets.close();

    assert.deepEqual(sizes, [[0], [0, 600_000]]);
  });

  it('keep next to nothing in memory of what is in the file', () => {
    const numberOfKeyGroups = 500;
    const heapUsed = (): number => {
      globalThis.gc?.();
      return process.memoryUsage().heapUsed;
    };
    const of = { numberOfKeyGroups, numberOfStates: 1 };
    const buckets = new KeyGroupBuckets(temporaryFolder(), of, 16_000);
    const row = { stateId: 0, key: text('k'), value: text('v') };
    const before = heapUsed();

    for (let i = 0; i < 400_000; i++) {
      buckets.put(i % numberOfKeyGroups, row);
    }
    const kept = heapUsed() - before;
    const count = Array.from(buckets.rows(499)).length;
    buckets.close();

    assert.equal(count, 800);
    // 250 parts of 500 key groups each: an object for each of these would be 5 MB and more.
    assert.ok(kept < 1024 * 1024, `${kept} bytes`);
  });
});
