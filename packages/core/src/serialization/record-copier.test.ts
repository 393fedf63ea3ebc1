import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordCopierOf } from './record-copier.ts';
import { Row } from './row.ts';
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

  it('has null where there is none, as a value that was read', () => {
    const tuple = Types.TUPLE(Types.STRING, Types.NULLABLE(Types.LIST(Types.LONG)));
    const copy = recordCopierOf(tuple)?.([undefined, undefined] as never);
    assert.deepEqual(copy, [null, null]);

    const texts = Types.LIST(Types.STRING).createSerializer();
    assert.deepEqual(texts.copy([undefined, 'a', undefined] as never), [null, 'a', null]);
    const byText = Types.MAP(Types.STRING, Types.LIST(Types.LONG)).createSerializer();
    assert.deepEqual([...byText.copy(new Map([['a', undefined as never]]))], [['a', null]]);
    const row = Types.ROW(Types.STRING).createSerializer();
    assert.deepEqual(row.copy(Row.of(undefined as never)).fields, [null]);

    const lists = Types.NULLABLE(Types.LIST(Types.LONG));
    assert.equal(lists.createSerializer().copy(undefined as never), null);
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

  it('is an object of its class where that has fields only', () => {
    class Word {
      text = 'a';
      counts = [1];
    }
    class LongWord extends Word {
      length = 1;
    }
    const word = new LongWord();

    const copy = recordCopierOf(Types.GENERIC)?.(word) as LongWord;
    copy.text = 'b';
    copy.counts.push(2);

    assert.ok(copy instanceof LongWord);
    assert.deepEqual([word.text, word.counts], ['a', [1]]);
    assert.deepEqual([copy.text, copy.counts, copy.length], ['b', [1, 2], 1]);
  });

  it('of a value that contains itself is refused, with the place where it does', () => {
    class Node {
      readonly self = this;
      next(): void {}
    }
    const loop = { shared: new Node(), a: { b: [1] as unknown[] } };
    loop.a.b.push(loop.a);
    const twice = { n: 1 };

    assert.throws(() => recordCopierOf(Types.GENERIC)?.(loop), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message:
        'value.a.b[1] is value.a itself, which cannot be copied; break the cycle, or declare a type whose serializer can copy it',
    });
    assert.deepEqual(recordCopierOf(Types.GENERIC)?.([twice, twice]), [{ n: 1 }, { n: 1 }]);
  });

  it('of a value that is nested deeper than a snapshot takes is refused', () => {
    let deep: unknown = 0;
    for (let depth = 0; depth < 250; depth++) {
      deep = [deep];
    }

    assert.throws(() => recordCopierOf(Types.GENERIC)?.(deep), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: /^value is nested deeper than 200, /,
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
