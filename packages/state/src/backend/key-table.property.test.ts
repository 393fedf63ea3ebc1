import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashString, KeyGroupRange, type TypeInformation, Types } from '@millrace/core';
import fc from 'fast-check';
import { KeyTable } from './key-table.ts';

const KEYS = 300; // many more than are compared one by one
const BATCH_MAX = 300; // more than are looked up at once
const GROUPS = 4;

/** Of the key at hand, or of another one, as a timer between two records has it. */
const step = fc.record({
  key: fc.nat(KEYS - 1),
  change: fc.constantFrom('put', 'put', 'nothing', 'remove'),
  isAhead: fc.boolean(),
  other: fc.option(fc.nat(KEYS - 1), { freq: 5 }),
});

describe('a table of keys', () => {
  for (const [what, type, keyOf, comesHashed] of [
    ['texts', Types.STRING, (key: number) => `key-${key}`, false],
    ['texts that come with their hashes', Types.STRING, (key: number) => `key-${key}`, true],
    ['numbers', Types.LONG, (key: number) => key - 3, false],
    ['other types', Types.DOUBLE, (key: number) => (key === 0 ? -0 : key - 1), false],
  ] as const) {
    it(`has the cells of each key, looked up ahead or not, of ${what}`, () => {
      const table = tableOf(type as TypeInformation<unknown>);
      const model = new Map<number, string>();
      let changes = 0;
      const use = (key: number, change: string): void => {
        table.setCurrentKey(keyOf(key));
        const entry = table.current();
        assert.ok(Object.is(entry.key, keyOf(key)));
        assert.equal(table.currentKeyGroup(), table.keyGroupOf(keyOf(key)));
        assert.equal(entry.cell(0), model.get(key));
        if (change === 'put' && !model.has(key)) {
          model.set(key, `${key} ${++changes}`);
          table.addCell(entry, 0, model.get(key) as string);
        } else if (change === 'remove' && model.delete(key)) {
          table.removeCell(entry, 0);
          table.reuse(entry);
        }
      };

      fc.assert(
        fc.property(fc.array(step, { maxLength: BATCH_MAX, size: 'max' }), (batch) => {
          const ahead = batch.filter(({ isAhead }) => isAhead).map(({ key }) => keyOf(key));
          table.ahead.readAhead(ahead, comesHashed ? hashCodesOf(ahead) : undefined);
          for (const { key, change, other } of batch) {
            use(key, change);
            if (other !== null) {
              use(other, 'remove');
            }
          }
        }),
        { numRuns: 60 },
      );
    });
  }

  it('gives no key once there is none, though it was looked up ahead', () => {
    const table = tableOf(Types.STRING as TypeInformation<unknown>);
    for (let i = 0; i < KEYS; i++) {
      table.setCurrentKey(`key-${i}`);
      table.addCell(table.current(), 0, 'cell');
    }
    table.ahead.readAhead(['key-1', 'key-2']);

    table.setCurrentKey('key-1');
    assert.equal(table.current().cell(0), 'cell');
    table.unsetCurrentKey();
    assert.throws(() => table.current(), { code: 'NO_CURRENT_KEY' });

    table.clear();
    table.setCurrentKey('key-2');
    assert.equal(table.current().cell(0), undefined);
  });
});

function hashCodesOf(texts: readonly unknown[]): Int32Array {
  return Int32Array.from(texts, (text) => hashString(text as string));
}

function tableOf(type: TypeInformation<unknown>): KeyTable<unknown, string> {
  return new KeyTable(type.createSerializer(), new KeyGroupRange(0, GROUPS - 1), GROUPS, {
    operatorName: 'counter',
  });
}
