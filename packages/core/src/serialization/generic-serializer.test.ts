import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataInputView, DataOutputView, Types } from '../index.ts';

const serializer = Types.GENERIC.createSerializer();

function write(value: unknown): Uint8Array {
  const target = new DataOutputView(1);
  serializer.serialize(value, target);
  return target.copyBytes();
}

function roundTrip(value: unknown): unknown {
  return serializer.deserialize(new DataInputView(write(value)));
}

describe('a generic value', () => {
  it('is compact', () => {
    assert.deepEqual(
      Buffer.from(write({ a: 1, b: 'x' })).toString('hex'),
      '0a000000020161' + '0402' + '0162' + '060178',
    );
  });

  it('may be of any plain kind', () => {
    const values = [
      undefined,
      null,
      -0,
      2 ** 53,
      Number.NaN,
      1n << 100n,
      new Date(5),
      [undefined, [1]],
      new Map<unknown, unknown>([[{ a: 1 }, new Set(['x'])]]),
      new Float64Array([1.5, -0]),
      new BigInt64Array([1n]),
      /a+/giu,
      new ArrayBuffer(3),
      JSON.parse('{"__proto__": {"polluted": 1}}'),
    ];

    assert.deepEqual(roundTrip(values), values);
    assert.deepEqual(serializer.copy(values), values);
    assert.ok(Number.isNaN((roundTrip(new Date(Number.NaN)) as Date).getTime()));
    assert.equal((roundTrip(new Error('kept')) as Error).message, 'kept');
  });

  it('that is an instance of a class without methods comes back as a plain object', () => {
    class Point {
      x = 1;
    }

    assert.deepEqual(roundTrip(new Point()), { x: 1 });
  });

  it('that cannot be kept is refused with its path', () => {
    class Account {
      deposit(): void {}
    }
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    const refused: [unknown, RegExp][] = [
      [{ a: [0, () => 1] }, /^value\.a\[1\] is a function, .*keep data only/],
      [{ s: Symbol('s') }, /^value\.s is a symbol/],
      [new Map([['k', new Account()]]), /^value\.get\(k\) is an instance of Account/],
      [{ w: Promise.resolve() }, /^value\.w is an instance of Promise/],
      [{ [Symbol('x')]: 1 }, /symbol properties/],
      [cyclic, /nested deeper than 200/],
    ];

    for (const [value, message] of refused) {
      assert.throws(() => write(value), { code: 'VALUE_NOT_SERIALIZABLE', message });
    }
  });

  it('that is cut or of an unknown tag is corrupt', () => {
    const bytes = write({
      a: [1, 'text', 1n, new Date(0), new Uint8Array(2)],
      m: new Map([[1, 2]]),
    });

    for (let length = 0; length < bytes.length; length++) {
      const source = new DataInputView(bytes.subarray(0, length));
      assert.throws(() => serializer.deserialize(source), { code: 'SNAPSHOT_CORRUPT' });
    }
    assert.throws(() => serializer.deserialize(new DataInputView(Uint8Array.of(99))), {
      code: 'SNAPSHOT_CORRUPT',
    });
  });

  it('nested as deep as an attacker likes is corrupt, not a stack overflow', () => {
    const bytes = Buffer.from('0900000001'.repeat(100_000), 'hex');

    assert.throws(() => serializer.deserialize(new DataInputView(bytes)), {
      code: 'SNAPSHOT_CORRUPT',
    });
  });
});
