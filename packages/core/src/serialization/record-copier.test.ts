import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordCopierOf } from './record-copier.ts';
import { Types } from './types.ts';

describe('a copy of a record', () => {
  it('is not made for types whose values cannot be changed', () => {
    for (const type of [Types.STRING, Types.LONG, Types.BOOLEAN, Types.BIGINT_LONG]) {
      assert.equal(recordCopierOf(type as typeof Types.STRING), undefined);
    }
  });

  it('shares nothing changeable, for declared types', () => {
    const order = Types.POJO('com.acme.Order', { id: Types.LONG, items: Types.LIST(Types.STRING) });
    const record = { id: 1, items: ['a'] };

    const copy = recordCopierOf(order)?.(record);
    copy?.items.push('b');

    assert.deepEqual(record, { id: 1, items: ['a'] });
    assert.deepEqual(copy, { id: 1, items: ['a', 'b'] });
  });

  it('shares nothing changeable of plain data without a type', () => {
    const record = {
      list: [{ n: 1 }],
      map: new Map([['k', { n: 1 }]]),
      set: new Set([1]),
      date: new Date(1),
      bytes: new Uint8Array([1]),
    };

    const copy = recordCopierOf(Types.GENERIC)?.(record) as typeof record;
    assert.deepEqual(copy, record);
    copy.list[0]!.n = 2;
    copy.map.get('k')!.n = 2;
    copy.set.add(2);
    copy.date.setTime(2);
    copy.bytes[0] = 2;

    assert.deepEqual(record, {
      list: [{ n: 1 }],
      map: new Map([['k', { n: 1 }]]),
      set: new Set([1]),
      date: new Date(1),
      bytes: new Uint8Array([1]),
    });
  });

  it('is the object itself where that is no data', () => {
    class Counter {
      n = 0;
      next(): number {
        return ++this.n;
      }
    }
    const counter = new Counter();
    const copyOf = recordCopierOf(Types.GENERIC);

    assert.equal(copyOf?.(counter), counter);
    assert.equal((copyOf?.({ counter }) as { counter: Counter } | undefined)?.counter, counter);
    assert.deepEqual([copyOf?.(null), copyOf?.(undefined), copyOf?.(7)], [null, undefined, 7]);
  });
});
