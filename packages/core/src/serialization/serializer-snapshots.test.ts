import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DataInputView,
  DataOutputView,
  readSnapshotProxy,
  readVersionedSnapshot,
  registerSerializerSnapshot,
  TimerSerializer,
  TtlValueSerializer,
  type TypeInformation,
  type TypeSerializer,
  type TypeSerializerSnapshot,
  Types,
  UnionTypeInfo,
  writeSnapshotProxy,
  writeVersionedSnapshot,
} from '../index.ts';
import { frame, writeOptionalMap } from './linked-optional-map.ts';

const order = Types.POJO(
  'a.Order',
  { id: Types.LONG, tags: Types.LIST(Types.STRING) },
  {
    declaringClasses: { id: 'a.Base' },
    registeredSubclasses: [Types.POJO('a.BigOrder', { id: Types.LONG })],
  },
);

function bytesOf(snapshot: TypeSerializerSnapshot<unknown>): Uint8Array {
  return frame((target) => writeVersionedSnapshot(target, snapshot));
}

function read(bytes: Uint8Array): TypeSerializerSnapshot<unknown> {
  const source = new DataInputView(bytes);
  const snapshot = readVersionedSnapshot(source);
  assert.equal(source.remaining, 0);
  return snapshot;
}

function resolve(
  before: TypeInformation<unknown>,
  after: TypeInformation<unknown>,
): ReturnType<TypeSerializerSnapshot<unknown>['resolveSchemaCompatibility']> {
  const stored = read(bytesOf(before.createSerializer().snapshotConfiguration()));
  return after.createSerializer().snapshotConfiguration().resolveSchemaCompatibility(stored);
}

const SAMPLES: TypeSerializer<unknown>[] = [
  ...Object.values(Types).filter((type) => typeof type === 'object'),
  Types.TUPLE(),
  Types.TUPLE(Types.STRING, Types.TUPLE(Types.LONG, Types.INT)),
  Types.LIST(Types.MAP(Types.STRING, Types.DOUBLE)),
  Types.OBJECT_ARRAY(Types.INT),
  Types.ROW(Types.STRING, Types.LONG),
  Types.EITHER(Types.STRING, Types.LONG),
  Types.NULLABLE(Types.LONG, { padded: true }),
  Types.ENUM('a.Color', ['RED', 'GREEN']),
  order,
].map((type) => (type as TypeInformation<unknown>).createSerializer());

describe('a serializer snapshot', () => {
  it('is read and written again byte for byte, for every type', () => {
    for (const serializer of SAMPLES) {
      const bytes = bytesOf(serializer.snapshotConfiguration());

      const again = bytesOf(read(bytes).restoreSerializer().snapshotConfiguration());

      assert.deepEqual(again, bytes);
    }
  });

  it('is corrupt wherever it is cut', () => {
    const bytes = bytesOf(order.createSerializer().snapshotConfiguration());

    for (let length = 0; length < bytes.length; length++) {
      const source = new DataInputView(bytes.subarray(0, length));
      assert.throws(() => readVersionedSnapshot(source), { code: 'SNAPSHOT_CORRUPT' });
    }
  });

  it('has the bytes of Flink for a tuple', () => {
    const tuple = Types.TUPLE(Types.STRING);

    const bytes = bytesOf(tuple.createSerializer().snapshotConfiguration());

    const string = 'org.apache.flink.api.common.typeutils.base.StringSerializer';
    const expected = frame((target) => {
      target.writeUTF('org.apache.flink.api.java.typeutils.runtime.TupleSerializerSnapshot');
      target.writeInt(3);
      target.writeInt(0x000de704);
      target.writeInt(2);
      target.writeUTF('org.apache.flink.api.java.tuple.Tuple1');
      target.writeInt(0x001457fd);
      target.writeInt(1);
      target.writeInt(1);
      target.writeUTF(`${string}$StringSerializerSnapshot`);
      target.writeInt(3);
    });
    assert.deepEqual(bytes, expected);
  });

  it('has the bytes of Flink for the records of a window join', () => {
    const type = new UnionTypeInfo(Types.LONG, Types.STRING);

    const bytes = bytesOf(type.createSerializer().snapshotConfiguration());

    assert.equal(
      Buffer.from(bytes).toString('hex'),
      '00526f72672e6170616368652e666c696e6b2e73747265616d696e672e6170692e6461746173747265616d2e436f' +
        '47726f7570656453747265616d7324556e696f6e53657269616c697a6572536e617073686f7400000003000de7' +
        '0400000002001457fd000000010000000200506f72672e6170616368652e666c696e6b2e6170692e636f6d6d6f' +
        '6e2e747970657574696c732e626173652e4c6f6e6753657269616c697a6572244c6f6e6753657269616c697a65' +
        '72536e617073686f740000000300546f72672e6170616368652e666c696e6b2e6170692e636f6d6d6f6e2e7479' +
        '70657574696c732e626173652e537472696e6753657269616c697a657224537472696e6753657269616c697a65' +
        '72536e617073686f7400000003',
    );
    assert.deepEqual(bytesOf(read(bytes).restoreSerializer().snapshotConfiguration()), bytes);
  });

  it('has a frame version in state streams, and another version is corrupt', () => {
    const snapshot = Types.LONG.createSerializer().snapshotConfiguration();
    const bytes = frame((target) => writeSnapshotProxy(target, snapshot));

    assert.equal(readSnapshotProxy(new DataInputView(bytes)).className, snapshot.className);
    bytes[3] = 9;
    assert.throws(() => readSnapshotProxy(new DataInputView(bytes)), { code: 'SNAPSHOT_CORRUPT' });
  });

  it('of an unknown class is an error that names it and the remedy', () => {
    const bytes = frame((target) => {
      target.writeUTF('com.acme.OddSnapshot');
      target.writeInt(1);
    });

    assert.throws(() => readVersionedSnapshot(new DataInputView(bytes)), {
      code: 'SERIALIZER_SNAPSHOT_UNKNOWN',
      message: /com\.acme\.OddSnapshot.*registerSerializerSnapshot/,
    });
  });

  it('of a class that was registered is read by its reader', () => {
    const long = Types.LONG.createSerializer().snapshotConfiguration();
    registerSerializerSnapshot('com.acme.LikeLong', () => long);
    const bytes = frame((target) => {
      target.writeUTF('com.acme.LikeLong');
      target.writeInt(1);
    });

    assert.equal(read(bytes), long);
  });

  it('of version 2 has the name of the serializer, which is skipped', () => {
    const { className } = Types.LONG.createSerializer().snapshotConfiguration();
    const bytes = (version: number) =>
      frame((target) => {
        target.writeUTF(className);
        target.writeInt(version);
        target.writeUTF('whatever');
      });

    assert.equal(read(bytes(2)).className, className);
    assert.throws(() => read(bytes(9)), { code: 'SNAPSHOT_VERSION_UNSUPPORTED' });
  });

  it('of Kryo is carried along, and its values are refused by name', () => {
    const bytes = frame((target) => {
      target.writeUTF('org.apache.flink.api.java.typeutils.runtime.kryo.KryoSerializerSnapshot');
      target.writeInt(2);
      target.writeUTF('java.util.ArrayList');
      writeOptionalMap(target, [
        { name: 'java.util.ArrayList', key: Uint8Array.of(1), value: Uint8Array.of(2, 3) },
        { name: 'gone', key: undefined, value: undefined },
      ]);
      writeOptionalMap(target, []);
      writeOptionalMap(target, []);
    });

    const snapshot = read(bytes);

    assert.deepEqual(bytesOf(snapshot), bytes);
    assert.throws(() => snapshot.restoreSerializer().deserialize(new DataInputView(bytes)), {
      code: 'SERIALIZER_SNAPSHOT_UNKNOWN',
      message: /Kryo<java\.util\.ArrayList>/,
    });
  });

  it('of a POJO keeps fields of unknown types as they are', () => {
    const bytes = frame((target) => {
      target.writeUTF('org.apache.flink.api.java.typeutils.runtime.PojoSerializerSnapshot');
      target.writeInt(2);
      target.writeUTF('a.Odd');
      const odd = frame((inner) => {
        inner.writeUTF('com.acme.OddSnapshot');
        inner.writeInt(1);
        inner.writeInt(42);
      });
      writeOptionalMap(target, [{ name: 'odd', key: undefined, value: odd }]);
      writeOptionalMap(target, []);
      writeOptionalMap(target, []);
    });

    assert.deepEqual(bytesOf(read(bytes)), bytes);
  });

  it('of timers and of values with a time to live restores their serializers', () => {
    const long = Types.LONG.createSerializer();
    for (const serializer of [new TimerSerializer(long, long), new TtlValueSerializer(long)]) {
      const restored = read(bytesOf(serializer.snapshotConfiguration())).restoreSerializer();

      assert.equal(restored.constructor, serializer.constructor);
    }
  });
});

describe('the verdict on a changed type', () => {
  const cases: [string, TypeInformation<unknown>, TypeInformation<unknown>, string][] = [
    ['the same simple type', Types.LONG, Types.LONG, 'compatible-as-is'],
    ['long as bigint', Types.LONG, Types.BIGINT_LONG, 'compatible-as-is'],
    ['another simple type', Types.LONG, Types.INT, 'incompatible'],
    ['an equal tuple', Types.TUPLE(Types.LONG), Types.TUPLE(Types.LONG), 'compatible-as-is'],
    ['a longer tuple', Types.TUPLE(Types.LONG), Types.TUPLE(Types.LONG, Types.INT), 'incompatible'],
    ['a longer row', Types.ROW(Types.LONG), Types.ROW(Types.LONG, Types.INT), 'incompatible'],
    ['another element', Types.LIST(Types.LONG), Types.LIST(Types.INT), 'incompatible'],
    [
      'a list that was an array',
      Types.OBJECT_ARRAY(Types.INT),
      Types.LIST(Types.INT),
      'incompatible',
    ],
    [
      'an added field',
      pojo({ a: Types.INT }),
      pojo({ a: Types.INT, b: Types.INT }),
      'compatible-after-migration',
    ],
    [
      'a removed field',
      pojo({ a: Types.INT, b: Types.INT }),
      pojo({ a: Types.INT }),
      'compatible-after-migration',
    ],
    [
      'fields named in another order',
      pojo({ a: Types.INT, b: Types.INT }),
      pojo({ b: Types.INT, a: Types.INT }),
      'compatible-as-is',
    ],
    ['a field of another type', pojo({ a: Types.INT }), pojo({ a: Types.LONG }), 'incompatible'],
    ['another class', pojo({ a: Types.INT }), Types.POJO('b.P', { a: Types.INT }), 'incompatible'],
    [
      'a list of a POJO with an added field',
      Types.LIST(pojo({ a: Types.INT })),
      Types.LIST(pojo({ a: Types.INT, b: Types.INT })),
      'compatible-after-migration',
    ],
    ['a constant added at the end', colors('R', 'G'), colors('R', 'G', 'B'), 'compatible-as-is'],
    [
      'constants in another order',
      colors('R', 'G'),
      colors('G', 'B', 'R'),
      'compatible-with-reconfigured-serializer',
    ],
    ['a removed constant', colors('R', 'G'), colors('R'), 'incompatible'],
    [
      'a list of reordered constants',
      Types.LIST(colors('R', 'G')),
      Types.LIST(colors('G', 'R')),
      'compatible-with-reconfigured-serializer',
    ],
    [
      'a POJO of reordered constants',
      pojo({ c: colors('R', 'G') }),
      pojo({ c: colors('G', 'R') }),
      'compatible-with-reconfigured-serializer',
    ],
    [
      'padding',
      Types.NULLABLE(Types.INT),
      Types.NULLABLE(Types.INT, { padded: true }),
      'incompatible',
    ],
  ];

  for (const [name, before, after, kind] of cases) {
    it(`is ${kind} for ${name}`, () => {
      assert.equal(resolve(before, after).kind, kind);
    });
  }

  it('names the field and both types', () => {
    const verdict = resolve(pojo({ a: Types.INT }), pojo({ a: Types.LONG }));

    assert.deepEqual(verdict, {
      kind: 'incompatible',
      reason: 'Int in the snapshot, Long in the program',
      rule: "a field's type cannot change",
      path: [{ name: 'a', owner: 'POJO a.P' }],
    });
  });

  it('keeps the old index of every constant in the reconfigured serializer', () => {
    const verdict = resolve(pojo({ c: colors('R', 'G') }), pojo({ c: colors('G', 'B', 'R') }));

    assert.ok(verdict.kind === 'compatible-with-reconfigured-serializer');
    const target = new DataOutputView();
    for (const c of ['R', 'G', 'B']) {
      verdict.serializer.serialize({ c }, target);
    }
    assert.equal(
      Buffer.from(target.bytes()).toString('hex'),
      '020000000000' + '020000000001' + '020000000002',
    );
  });

  it('keeps the tags of subclasses that the snapshot has, new ones follow', () => {
    const one = Types.POJO('a.One', { a: Types.INT });
    const two = Types.POJO('a.Two', { a: Types.INT });
    const parent = (...registeredSubclasses: (typeof one)[]) =>
      Types.POJO('a.P', { a: Types.INT }, { registeredSubclasses });

    const verdict = resolve(parent(one), parent(two, one));

    assert.ok(verdict.kind === 'compatible-with-reconfigured-serializer');
    const source = new DataInputView(Buffer.from('08000200000000070801020000000008', 'hex'));
    assert.deepEqual(
      [verdict.serializer.deserialize(source), verdict.serializer.deserialize(source)],
      [
        { a: 7, [Symbol.for('millrace.pojoClass')]: 'a.One' },
        { a: 8, [Symbol.for('millrace.pojoClass')]: 'a.Two' },
      ],
    );
  });

  it('of a POJO keeps the hashCode of the new type when it is reconfigured', () => {
    const keyed = Types.POJO('a.P', { c: colors('G', 'R') }, { hashCode: () => 5 });

    const verdict = resolve(pojo({ c: colors('R', 'G') }), keyed as TypeInformation<unknown>);

    assert.ok(verdict.kind === 'compatible-with-reconfigured-serializer');
    assert.equal(verdict.serializer.hashCode({ c: 'R' }), 5);
  });
});

function pojo(fields: Record<string, TypeInformation<unknown>>): TypeInformation<unknown> {
  return Types.POJO('a.P', fields) as TypeInformation<unknown>;
}

function colors(...constants: string[]): TypeInformation<unknown> {
  return Types.ENUM('a.Color', constants) as TypeInformation<unknown>;
}
