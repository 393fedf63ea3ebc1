import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Column, NumberColumn, ObjectColumn } from '@millrace/state/columns';
import fc from 'fast-check';
import { KeptValues } from './kept-values.ts';

const ROWS = [0, 1, 1023, 1024, 70_000];

type Kept = { readonly until: number; readonly value: unknown };

/** What a row keeps, the oldest first. */
type Model = Map<number, Kept[]>;

const step = fc.record({
  row: fc.constantFrom(...ROWS),
  what: fc.constantFrom('add', 'add', 'add', 'remove', 'clear'),
  value: fc.constantFrom(undefined, 1, -0, 2.5, 2 ** 40),
});

describe('kept values', () => {
  for (const [what, createValues] of [
    ['numbers', () => new NumberColumn()],
    ['objects', () => new ObjectColumn()],
  ] as const) {
    it(`of ${what} are read as they were kept`, () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          const kept = new KeptValues(createValues);
          const model: Model = new Map();
          for (const [i, { row, what, value }] of steps.entries()) {
            const until = i + 1;
            if (what === 'add') {
              kept.add(row, until, value);
              model.set(row, [...(model.get(row) ?? []), { until, value }]);
            } else if (what === 'remove') {
              kept.remove(row);
              model.delete(row);
            } else {
              kept.clear();
              model.clear();
            }
            for (const each of ROWS) {
              assertReads(kept, each, model.get(each) ?? []);
            }
          }
        }),
      );
    });
  }

  it('take the memory of those that went, chains too', () => {
    const reserved: number[] = [];
    class Told extends ObjectColumn {
      override reserve(count: number): void {
        reserved.push(count);
        super.reserve(count);
      }
    }
    const kept = new KeptValues((): Column => new Told());

    for (let i = 0; i < 100; i++) {
      kept.add(7, 2 * i + 1, 'older');
      kept.add(7, 2 * i + 2, 'newer');
      kept.remove(7);
    }

    assert.deepEqual(reserved, [1, 2]);
  });
});

function assertReads(kept: KeptValues, row: number, model: readonly Kept[]): void {
  const newest = model.at(-1)?.until ?? 0;
  assert.equal(kept.untilOf(row), newest);
  for (let version = 0; version < newest; version++) {
    // The oldest one that was overwritten after the snapshot.
    const read = model.find(({ until }) => until > version);
    assert.ok(Object.is(kept.valueAt(row, version), read?.value));
  }
}
