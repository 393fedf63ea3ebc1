import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { DataInputView } from './data-input-view.ts';
import { DataOutputView } from './data-output-view.ts';
import type { TypeInformation } from './type-information.ts';
import { Types } from './types.ts';

describe('fields of a type', () => {
  it('are read back as they were written, also very many', () => {
    const names = Array.from({ length: 250 }, (_, i) => `field${i}`);
    const type = Types.POJO(
      'com.acme.Wide',
      Object.fromEntries(names.map((name) => [name, Types.INT])),
    );
    const value = Object.fromEntries(names.map((name, i) => [name, i % 3 === 0 ? null : i]));

    assert.deepEqual(roundTrip(type, value as never), value);
  });

  it('are named in errors wherever they stand', () => {
    const tuple = Types.TUPLE(Types.STRING, Types.LONG, Types.INT);
    const pojo = Types.POJO('com.acme.Order', { amount: Types.LONG, id: Types.STRING });

    assert.throws(() => roundTrip(tuple, ['a', 1, 'x' as never]), { message: /^f2: 'x' is not/ });
    assert.throws(() => roundTrip(tuple, ['a', null as never, 1]), { message: /^f1: null is not/ });
    assert.throws(() => roundTrip(pojo, { id: 5 as never, amount: 1 }), {
      message: /^id: 5 is not/,
    });
  });

  it('of a tuple may be null where their type has a null, and are refused by name elsewhere', () => {
    const nullable = Types.TUPLE(Types.NULLABLE(Types.LONG), Types.STRING);
    const lists = Types.TUPLE(Types.LONG, Types.LIST(Types.LONG));

    assert.deepEqual(roundTrip(nullable, [null, null as never]), [null, null]);
    assert.throws(() => roundTrip(lists, [1, null as never]), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: /^f1: null is not/,
    });
  });

  it('of a tuple or row are as many as declared, when they are copied too', () => {
    const tuple = Types.TUPLE(Types.STRING, Types.INT).createSerializer();
    const row = Types.ROW(Types.STRING, Types.INT).createSerializer();

    for (const serializer of [tuple, row]) {
      for (const wrong of [['x', 1, true], ['x'], 'x']) {
        assert.throws(() => serializer.copy(wrong as never), { code: 'VALUE_NOT_SERIALIZABLE' });
      }
    }
  });

  it('may have any name', () => {
    const names = ['__proto__', 'constructor', 'a b', '"', '\u2028', 'f0', 'source', 'at'];
    const type = Types.POJO(
      'com.acme.Odd',
      Object.fromEntries(names.map((name) => [name, Types.INT])) as Record<string, never>,
    );
    const value = Object.fromEntries(names.map((name, i) => [name, i]));

    const read = roundTrip(type as TypeInformation<unknown>, value);

    assert.deepEqual(Object.entries(read as object).sort(), Object.entries(value).sort());
    assert.equal(Object.getPrototypeOf(read), Object.prototype);
  });

  it('leave no mark on the serializer, which equals one that was never used', () => {
    const used = Types.TUPLE(Types.STRING, Types.LONG).createSerializer();
    const other = Types.TUPLE(Types.STRING, Types.LONG).createSerializer();

    used.serialize(['a', 1], new DataOutputView());

    assert.equal(isDeepStrictEqual(used, other), true);
  });

  it('are read and written in a process that forbids code from text', () => {
    const types = new URL('./types.js', import.meta.url);
    const views = ['input', 'output'].map(
      (way) => new URL(`./data-${way}-view.js`, import.meta.url),
    );
    const program = `
      import { Types } from '${types}';
      import { DataInputView } from '${views[0]}';
      import { DataOutputView } from '${views[1]}';
      const type = Types.TUPLE(Types.POJO('com.acme.A', { id: Types.LONG, name: Types.STRING }), Types.INT);
      const target = new DataOutputView();
      type.createSerializer().serialize([{ id: 1, name: null }, 2], target);
      console.log(JSON.stringify(type.createSerializer().deserialize(new DataInputView(target.bytes()))));`;

    const printed = execFileSync(
      process.execPath,
      ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', program],
      { encoding: 'utf8' },
    );

    assert.equal(printed.trim(), '[{"id":1,"name":null},2]');
  });
});

function roundTrip<T>(type: TypeInformation<T>, value: T): T {
  const serializer = type.createSerializer();
  const target = new DataOutputView();
  serializer.serialize(value, target);
  return serializer.deserialize(new DataInputView(target.bytes()));
}
