import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TypeSerializer } from './type-serializer.ts';
import { Types } from './types.ts';

describe('a copy of a POJO', () => {
  it('has the declared fields and no others, null where there is none, as a value that was read', () => {
    const order = Types.POJO('Order', { id: Types.STRING, cents: Types.LONG });
    const serializer = order.createSerializer() as TypeSerializer<object>;

    assert.deepEqual(serializer.copy({ id: 'a', cents: 1, note: 'not declared' }), {
      id: 'a',
      cents: 1,
    });
    assert.deepEqual(serializer.copy({ id: 'a' }), { id: 'a', cents: null });
    assert.deepEqual(Object.keys(serializer.copy({ cents: 1, id: 'a' })), ['id', 'cents']);
  });

  it('takes field names as they are, whatever they hold', () => {
    const names = ['"', '\\', '\u2028', ']: 1, x', 'constructor'];
    const type = Types.POJO('Odd', Object.fromEntries(names.map((name) => [name, Types.LONG])));
    const value = Object.fromEntries(names.map((name, index) => [name, index]));

    const copy = (type.createSerializer() as TypeSerializer<object>).copy(value);

    assert.deepEqual(copy, value);
  });
});
