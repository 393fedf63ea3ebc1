/** The rules of schema evolution, one test each; of Avro: packages/formats/avro. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DataInputView,
  DataOutputView,
  describePath,
  POJO_CLASS,
  type PojoOptions,
  Row,
  readVersionedSnapshot,
  type TypeInformation,
  type TypeSerializerSnapshot,
  Types,
  valueConversion,
  writeVersionedSnapshot,
} from '../index.ts';
import { frame, writeOptionalMap } from './linked-optional-map.ts';

type Type = TypeInformation<unknown>;

function pojo(fields: Record<string, unknown>, options: object = {}): Type {
  return Types.POJO('com.acme.Order', fields as never, options as PojoOptions<object>) as Type;
}

function anEnum(...constants: string[]): Type {
  return Types.ENUM('com.acme.Color', constants) as Type;
}

function stored(type: Type): TypeSerializerSnapshot<unknown> {
  const bytes = frame((target) =>
    writeVersionedSnapshot(target, type.createSerializer().snapshotConfiguration()),
  );
  return readVersionedSnapshot(new DataInputView(bytes));
}

function verdict(before: Type, after: Type) {
  return after
    .createSerializer()
    .snapshotConfiguration()
    .resolveSchemaCompatibility(stored(before));
}

/** What the program sees of `value`, which a program with the type `before` stored. */
function restored(before: Type, after: Type, value: unknown): unknown {
  const target = new DataOutputView();
  before.createSerializer().serialize(value, target);
  const old = stored(before);
  const read = old.restoreSerializer().deserialize(new DataInputView(target.bytes()));
  const result = verdict(before, after);
  const serializer =
    result.kind === 'compatible-with-reconfigured-serializer'
      ? result.serializer
      : after.createSerializer();
  const convert = valueConversion(old, serializer.snapshotConfiguration());
  const seen = convert === undefined ? read : convert(read);
  const next = new DataOutputView();
  serializer.serialize(seen, next);
  const again = serializer.deserialize(new DataInputView(next.bytes()));
  assert.deepEqual(again, seen, 'the next snapshot holds what the program sees');
  return seen;
}

function incompatible(before: Type, after: Type): { where: string; reason: string; rule?: string } {
  const result = verdict(before, after);
  assert.ok(result.kind === 'incompatible', `is ${result.kind}`);
  const { reason, rule, path } = result;
  return { where: describePath(path), reason, ...(rule === undefined ? {} : { rule }) };
}

describe('a POJO', () => {
  it('takes a field that was added with Java’s default of its type: 0, false or null', () => {
    const primitives = {
      aByte: Types.BYTE,
      aShort: Types.SHORT,
      anInt: Types.INT,
      aLong: Types.LONG,
      aBigLong: Types.BIGINT_LONG,
      aFloat: Types.FLOAT,
      aDouble: Types.DOUBLE,
      aBoolean: Types.BOOLEAN,
      aChar: Types.CHAR,
      aString: Types.STRING,
      aList: Types.LIST(Types.INT),
      aPojo: Types.POJO('com.acme.Inner', { x: Types.INT }),
    };

    const seen = restored(pojo({ id: Types.INT }), pojo({ id: Types.INT, ...primitives }), {
      id: 7,
    });

    assert.deepEqual(seen, {
      aBigLong: 0n,
      aBoolean: false,
      aByte: 0,
      aChar: '\u0000',
      aDouble: 0,
      aFloat: 0,
      aList: null,
      aLong: 0,
      aPojo: null,
      aShort: 0,
      aString: null,
      anInt: 0,
      id: 7,
    });
  });

  it('takes a field that was added with the value that the class gives it', () => {
    const added = pojo(
      { id: Types.INT, tags: Types.LIST(Types.STRING), age: Types.INT },
      { initialValues: { tags: ['new'], age: -1 } },
    );

    const first = restored(pojo({ id: Types.INT }), added, { id: 1 }) as { tags: string[] };
    const second = restored(pojo({ id: Types.INT }), added, { id: 2 }) as { tags: string[] };

    assert.deepEqual(first, { age: -1, id: 1, tags: ['new'] });
    assert.notEqual(first.tags, second.tags);
  });

  it('drops the data of a field that was removed; added again it begins with the default', () => {
    const [one, two] = [pojo({ a: Types.INT, b: Types.INT }), pojo({ a: Types.INT })];

    const without = restored(one, two, { a: 1, b: 2 });

    assert.deepEqual(without, { a: 1 });
    assert.deepEqual(restored(two, one, without), { a: 1, b: 0 });
  });

  it('may list its fields in another order', () => {
    const [one, two] = [
      pojo({ a: Types.INT, b: Types.STRING }),
      pojo({ b: Types.STRING, a: Types.INT }),
    ];

    assert.equal(verdict(one, two).kind, 'compatible-as-is');
    assert.deepEqual(restored(one, two, { a: 1, b: 'x' }), { a: 1, b: 'x' });
  });

  it('keeps nulls, also of fields that stay', () => {
    const [one, two] = [pojo({ a: Types.STRING }), pojo({ a: Types.STRING, b: Types.STRING })];

    assert.deepEqual(restored(one, two, { a: null }), { a: null, b: null });
    assert.equal(restored(one, two, null), null);
  });

  it('cannot change the type of a field', () => {
    assert.deepEqual(incompatible(pojo({ age: Types.INT }), pojo({ age: Types.LONG })), {
      where: 'POJO com.acme.Order, field age',
      reason: 'Int in the snapshot, Long in the program',
      rule: "a field's type cannot change",
    });
  });

  it('cannot have its class renamed', () => {
    const renamed = Types.POJO('com.acme.Bestellung', { age: Types.INT }) as Type;

    assert.deepEqual(incompatible(pojo({ age: Types.INT }), renamed), {
      where: '',
      reason: 'POJO com.acme.Order in the snapshot, POJO com.acme.Bestellung in the program',
      rule: 'a class cannot be renamed',
    });
  });

  it('migrates inside a POJO, a list, a map, an array, a tuple, a row, an either and a nullable', () => {
    const one = pojo({ id: Types.INT });
    const two = pojo({ id: Types.INT, n: Types.LONG });
    const [before, after] = [{ id: 1 }, { id: 1, n: 0 }];
    const outer = (inner: Type) => Types.POJO('com.acme.Outer', { inner, k: Types.INT }) as Type;
    const cases: [wrap: (inner: Type) => Type, hold: (value: unknown) => unknown][] = [
      [outer, (inner) => ({ inner, k: 5 })],
      [(type) => Types.LIST(type) as Type, (value) => [value, value]],
      [
        (type) => Types.MAP(Types.STRING, type) as Type,
        (value) =>
          new Map([
            ['m', value],
            ['n', null],
          ]),
      ],
      [(type) => Types.MAP(type, Types.STRING) as Type, (key) => new Map([[key, 'm']])],
      [(type) => Types.OBJECT_ARRAY(type) as Type, (value) => [value, null]],
      [(type) => Types.TUPLE(Types.STRING, type) as Type, (value) => ['t', value]],
      [(type) => Types.ROW(type, Types.INT) as Type, (value) => Row.of(value, 3)],
      [(type) => Types.EITHER(Types.INT, type) as Type, (value) => ({ right: value })],
      [(type) => Types.NULLABLE(type) as Type, (value) => value],
      [
        (type) => Types.LIST(outer(Types.LIST(type) as Type)) as Type,
        (v) => [{ inner: [v], k: 1 }],
      ],
    ];

    for (const [wrap, hold] of cases) {
      assert.deepEqual(restored(wrap(one), wrap(two), hold(before)), hold(after), wrap(one).name);
    }
  });

  it('names the way to a field inside other types that cannot change', () => {
    const customer = (age: Type) => Types.POJO('com.acme.Customer', { age }) as Type;
    const deep = (age: Type) => Types.LIST(pojo({ customer: customer(age) })) as Type;

    assert.equal(
      incompatible(
        pojo({ customer: customer(Types.INT as Type) }),
        pojo({ customer: customer(Types.LONG as Type) }),
      ).where,
      'POJO com.acme.Order, field customer.age',
    );
    assert.equal(
      incompatible(deep(Types.INT as Type), deep(Types.LONG as Type)).where,
      'element: POJO com.acme.Order, field customer.age',
    );
  });

  it('with an enum that was reordered and a field that was added keeps every constant', () => {
    const before = pojo({ color: anEnum('RED', 'GREEN') });
    const after = pojo({ color: anEnum('GREEN', 'RED'), n: Types.INT });

    assert.deepEqual(restored(before, after, { color: 'GREEN' }), { color: 'GREEN', n: 0 });
    assert.deepEqual(restored(before, after, { color: 'RED' }), { color: 'RED', n: 0 });
  });
});

describe('the subclasses of a POJO', () => {
  const big = Types.POJO('com.acme.Big', { id: Types.INT, size: Types.INT });
  const odd = Types.POJO('com.acme.Odd', { id: Types.INT });
  const parent = (options: object) => pojo({ id: Types.INT }, options);
  const aBig = { id: 1, size: 2, [POJO_CLASS]: 'com.acme.Big' };

  it('may be registered in another order, and more of them', () => {
    const before = parent({ registeredSubclasses: [big] });
    const after = parent({ registeredSubclasses: [odd, big] });

    assert.equal(verdict(before, after).kind, 'compatible-with-reconfigured-serializer');
    assert.deepEqual(restored(before, after, aBig), aBig);
  });

  it('may be registered no longer, and may be registered later, as long as they are described', () => {
    const registered = parent({ registeredSubclasses: [big] });
    const described = parent({ subclasses: [big] });

    assert.deepEqual(restored(registered, described, aBig), aBig);
    assert.deepEqual(restored(described, registered, aBig), aBig);
  });

  it('cannot be absent when the state names them, registered or not', () => {
    for (const before of [parent({ registeredSubclasses: [big] }), parent({ subclasses: [big] })]) {
      assert.deepEqual(incompatible(before, parent({ registeredSubclasses: [odd] })), {
        where: '',
        reason:
          'POJO com.acme.Order has the subclass com.acme.Big in the snapshot, not in the program',
        rule: 'a subclass that the state names cannot be removed',
      });
    }
  });

  it('migrate by the same rules, beside objects of the class itself', () => {
    const wider = Types.POJO('com.acme.Big', {
      id: Types.INT,
      size: Types.INT,
      note: Types.STRING,
    });
    const before = parent({ registeredSubclasses: [big] });
    const after = pojo({ id: Types.INT, n: Types.INT }, { registeredSubclasses: [wider] });

    assert.deepEqual(restored(before, after, aBig), { ...aBig, note: null });
    assert.deepEqual(restored(before, after, { id: 1 }), { id: 1, n: 0 });
  });
});

describe('a tuple or a row', () => {
  it('cannot change its arity', () => {
    const { INT, LONG, TUPLE, ROW } = Types;

    assert.deepEqual(incompatible(TUPLE(INT) as Type, TUPLE(INT, LONG) as Type), {
      where: '',
      reason: 'Tuple1 in the snapshot, Tuple2 in the program',
      rule: 'the number of fields cannot change',
    });
    assert.deepEqual(incompatible(ROW(INT, LONG) as Type, ROW(INT) as Type), {
      where: '',
      reason: '2 fields in the snapshot, 1 in the program',
      rule: 'the number of fields cannot change',
    });
  });

  it('evolves by the types of its fields only', () => {
    const { INT, LONG, STRING, TUPLE, ROW } = Types;

    assert.deepEqual(incompatible(TUPLE(INT, INT) as Type, TUPLE(INT, LONG) as Type), {
      where: 'f1',
      reason: 'Int in the snapshot, Long in the program',
      rule: 'the type of a part cannot change',
    });
    assert.equal(incompatible(ROW(INT) as Type, ROW(STRING) as Type).where, 'f0');
  });
});

describe('primitives and collections', () => {
  it('cannot become one another', () => {
    const { INT, LONG, STRING, LIST, MAP } = Types;

    assert.equal(verdict(INT as Type, LONG as Type).kind, 'incompatible');
    assert.equal(verdict(STRING as Type, INT as Type).kind, 'incompatible');
    assert.equal(verdict(LIST(INT) as Type, MAP(INT, INT) as Type).kind, 'incompatible');
    assert.equal(incompatible(LIST(INT) as Type, LIST(LONG) as Type).where, 'element');
    assert.equal(incompatible(MAP(INT, INT) as Type, MAP(INT, LONG) as Type).where, 'value');
    assert.equal(incompatible(MAP(INT, INT) as Type, MAP(LONG, INT) as Type).where, 'key');
  });
});

describe('an enum', () => {
  it('takes constants that were added at the end as it is', () => {
    assert.equal(verdict(anEnum('A', 'B'), anEnum('A', 'B', 'C')).kind, 'compatible-as-is');
  });

  it('takes constants in another order by a reconfigured serializer', () => {
    const [before, after] = [anEnum('A', 'B'), anEnum('C', 'B', 'A')];

    assert.equal(verdict(before, after).kind, 'compatible-with-reconfigured-serializer');
    assert.equal(restored(before, after, 'A'), 'A');
    assert.equal(restored(before, after, 'B'), 'B');
  });

  it('cannot lose or rename a constant', () => {
    assert.deepEqual(incompatible(anEnum('A', 'B'), anEnum('A', 'BEE')), {
      where: '',
      reason: 'enum com.acme.Color has B in the snapshot, not in the program',
      rule: 'a constant cannot be removed or renamed',
    });
  });

  it('cannot be renamed', () => {
    const renamed = Types.ENUM('com.acme.Colour', ['A']) as Type;

    assert.equal(incompatible(anEnum('A'), renamed).rule, 'an enum cannot be renamed');
  });
});

describe('a type without a schema', () => {
  it('of ours, Generic, stays what it is: nothing is known of its shape', () => {
    assert.equal(verdict(Types.GENERIC as Type, Types.GENERIC as Type).kind, 'compatible-as-is');
    assert.equal(
      incompatible(Types.GENERIC as Type, pojo({ a: Types.INT })).reason,
      'Generic in the snapshot, POJO<com.acme.Order> in the program',
    );
  });

  it('of Kryo goes only with the same class and registrations', () => {
    const kryo = (typeClass: string, registered: string) => {
      const bytes = frame((target) => {
        target.writeUTF('org.apache.flink.api.java.typeutils.runtime.kryo.KryoSerializerSnapshot');
        target.writeInt(2);
        target.writeUTF(typeClass);
        writeOptionalMap(target, [{ name: registered, key: undefined, value: undefined }]);
        writeOptionalMap(target, []);
        writeOptionalMap(target, []);
      });
      return readVersionedSnapshot(new DataInputView(bytes));
    };
    const list = kryo('java.util.ArrayList', 'a.A');

    assert.equal(
      kryo('java.util.ArrayList', 'a.A').resolveSchemaCompatibility(list).kind,
      'compatible-as-is',
    );
    assert.equal(
      kryo('java.util.ArrayList', 'a.B').resolveSchemaCompatibility(list).kind,
      'incompatible',
    );
    assert.equal(
      Types.STRING.createSerializer().snapshotConfiguration().resolveSchemaCompatibility(list).kind,
      'incompatible',
    );
  });
});
