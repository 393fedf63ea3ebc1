import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DataInputView,
  DataOutputView,
  readVersionedSnapshot,
  type TypeInformation,
  Types,
  writeVersionedSnapshot,
} from '@millrace/core';
import { avroType } from './index.ts';

const READING = {
  type: 'record',
  name: 'Reading',
  namespace: 'lab',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'nm', type: ['null', 'string'], default: null },
    { name: 'xs', type: { type: 'array', items: 'int' } },
  ],
};

function field(type: unknown, name = 'f', rest: object = {}): object {
  return { type: 'record', name: 'R', fields: [{ name, type, ...rest }] };
}

function hexOf(type: TypeInformation<unknown>, value: unknown): string {
  const target = new DataOutputView(1);
  type.createSerializer().serialize(value, target);
  return Buffer.from(target.bytes()).toString('hex');
}

function fromHex(type: TypeInformation<unknown>, hex: string): unknown {
  const source = new DataInputView(Buffer.from(hex, 'hex'));
  const value = type.createSerializer().deserialize(source);
  assert.equal(source.remaining, 0);
  return value;
}

function stored(type: TypeInformation<unknown>): DataInputView {
  const target = new DataOutputView();
  writeVersionedSnapshot(target, type.createSerializer().snapshotConfiguration());
  return new DataInputView(target.copyBytes());
}

function verdict(before: object, after: object): string {
  const old = readVersionedSnapshot(stored(avroType(before)));
  const snapshot = avroType(after).createSerializer().snapshotConfiguration();
  return snapshot.resolveSchemaCompatibility(old).kind;
}

const GOLDEN: [string, object, unknown, string][] = [
  [
    'a record with a union and an array',
    READING,
    { id: 42, nm: 'avro', xs: [1, -2] },
    '000000000000002a00000001000000046176726f0200000001fffffffe00',
  ],
  ['an enum', field({ type: 'enum', name: 'E', symbols: ['A', 'B'] }), { f: 'B' }, '00000001'],
  ['fixed bytes', field({ type: 'fixed', name: 'F', size: 2 }), { f: Uint8Array.of(1, 2) }, '0102'],
  ['bytes', field('bytes'), { f: Uint8Array.of(1, 2) }, '000000020102'],
  ['a float', field('float'), { f: 1.5 }, '3fc00000'],
  ['a double', field('double'), { f: 0.5 }, '3fe0000000000000'],
  ['a boolean', field('boolean'), { f: true }, '01'],
  ['an empty array', field({ type: 'array', items: 'int' }), { f: [] }, '00'],
  ['a map', field({ type: 'map', values: 'int' }), { f: { m: 7 } }, '01000000016d0000000700'],
  ['a null branch', field(['null', 'int']), { f: null }, '00000000'],
  [
    'a named branch where types are alike',
    field(['int', 'long']),
    { f: { long: 5 } },
    '000000010000000000000005',
  ],
  [
    'a type that contains itself',
    {
      type: 'record',
      name: 'Node',
      fields: [
        { name: 'v', type: 'int' },
        { name: 'next', type: ['null', 'Node'] },
      ],
    },
    { v: 1, next: { v: 2, next: null } },
    '00000001000000010000000200000000',
  ],
];

describe('Avro data', () => {
  for (const [name, schema, value, hex] of GOLDEN) {
    it(`has Flink's bytes for ${name}`, () => {
      const type = avroType(schema);

      assert.equal(hexOf(type, value), hex);
      assert.deepEqual(fromHex(type, hex), value);
      assert.deepEqual(type.createSerializer().copy(value), value);
    });

    it(`is corrupt when it ends too early: ${name}`, () => {
      const bytes = Buffer.from(hex, 'hex');

      for (let length = 0; length < bytes.length; length++) {
        const source = new DataInputView(bytes.subarray(0, length));
        assert.throws(() => avroType(schema).createSerializer().deserialize(source), {
          code: 'SNAPSHOT_CORRUPT',
        });
      }
    });
  }

  it('that does not fit the schema is refused with the field', () => {
    assert.throws(() => hexOf(avroType(READING), { id: 'x', nm: null, xs: [] }), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: "id: 'x' is not of the Avro type long; change it or the schema",
    });
    assert.throws(() => hexOf(avroType(field(['int', 'long'])), { f: 5 }), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: /union of int, long, as \{ branch: value \}/,
    });
  });

  it('of an older schema is written with defaults and under new names', () => {
    const after = {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'renamed', type: 'int', aliases: ['old'] },
        { name: 'added', type: ['string', 'null'], default: 'd' },
      ],
    };

    assert.equal(hexOf(avroType(after), { old: 7 }), '00000007' + '00000000' + '0000000164');
  });
});

describe('a snapshot of an Avro serializer', () => {
  it('holds class and schema, and is read back byte for byte', () => {
    const source = stored(avroType(READING, 'lab.Reading'));

    const restored = readVersionedSnapshot(source);

    assert.equal(source.remaining, 0);
    const target = new DataOutputView();
    writeVersionedSnapshot(target, restored);
    assert.deepEqual(target.copyBytes(), source.buffer);
    const hex = '000000000000002a000000000' + '0';
    assert.deepEqual(
      restored
        .restoreSerializer()
        .deserialize(new DataInputView(Buffer.from(`${hex}00`.slice(0, 26), 'hex'))),
      { id: 42, nm: null, xs: [] },
    );
  });

  it('with a schema that is none is corrupt', () => {
    const bytes = Buffer.from(stored(avroType(READING)).buffer);
    bytes[bytes.indexOf('record')] = 0x21;

    assert.throws(() => readVersionedSnapshot(new DataInputView(bytes)), {
      code: 'SNAPSHOT_CORRUPT',
    });
  });

  it('gives the verdict of Avro’s schema resolution', () => {
    assert.equal(verdict(READING, { ...READING, doc: 'only documentation' }), 'compatible-as-is');
    assert.equal(verdict(field('int'), field('long')), 'compatible-after-migration');
    assert.equal(verdict(field('long'), field('int')), 'incompatible');
    const added = { ...READING, fields: [...READING.fields, { name: 'n', type: 'int' }] };
    assert.equal(verdict(READING, added), 'incompatible');
    assert.equal(verdict(added, READING), 'compatible-after-migration');
  });

  it('does not go with another type', () => {
    const old = readVersionedSnapshot(stored(avroType(READING)));
    const long = Types.LONG.createSerializer().snapshotConfiguration();

    assert.deepEqual(long.resolveSchemaCompatibility(old), {
      kind: 'incompatible',
      reason: 'Avro in the snapshot, Long in the program',
    });
  });
});

describe('a schema that is none', () => {
  it('is a configuration error', () => {
    assert.throws(() => avroType('{"type": "recrd"}'), { code: 'CONFIG_VALUE_INVALID' });
    assert.throws(() => avroType('not json'), { code: 'CONFIG_VALUE_INVALID' });
  });
});

describe('an Avro map', () => {
  it('is a plain object: a Map would be written as empty, so it is refused', () => {
    const serializer = avroType({ type: 'map', values: 'long' }).createSerializer();

    assert.throws(() => serializer.serialize(new Map([['a', 1]]), new DataOutputView()), {
      code: 'VALUE_NOT_SERIALIZABLE',
    });
  });
});

describe('Avro longs of a snapshot whose program is not known', () => {
  it('are exact: bigints beyond 2^53, in fields, arrays and unions', () => {
    const type = avroType(field({ type: 'array', items: ['null', 'long'] }));
    const exact = readVersionedSnapshot(stored(type)).restoreSerializer();
    const value = { f: [1, 2n ** 53n + 1n, null, -(2n ** 63n)] };
    const target = new DataOutputView();

    exact.serialize(value, target);

    const bytes = target.copyBytes();
    assert.deepEqual(exact.deserialize(new DataInputView(bytes)), value);
    assert.throws(() => type.createSerializer().deserialize(new DataInputView(bytes)), {
      code: 'LONG_OUT_OF_RANGE',
    });
  });
});
