import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BigDecimal,
  DataInputView,
  DataOutputView,
  Instant,
  LocalDate,
  LocalDateTime,
  LocalTime,
  Row,
  readVersionedSnapshot,
  TimeWindow,
  TtlValueSerializer,
  type TypeInformation,
  type TypeSerializerSnapshot,
  Types,
  writeVersionedSnapshot,
} from '@millrace/core';
import fc from 'fast-check';
import { valueFromJson, valueFromText } from './value-from-json.ts';
import { valueToJson } from './value-to-json.ts';

/** As a snapshot gives it to whoever does not know the program. */
function restored(type: TypeInformation<never>): TypeSerializerSnapshot<unknown> {
  const target = new DataOutputView();
  writeVersionedSnapshot(target, type.createSerializer().snapshotConfiguration());
  return readVersionedSnapshot(new DataInputView(target.copyBytes()));
}

const long = fc.oneof(
  fc.integer(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
);
const double = fc.double();
const ORDER = Types.POJO('com.acme.Order', {
  id: Types.LONG,
  price: Types.DOUBLE,
  tag: Types.STRING,
});
const order = fc.record(
  { id: long, price: double, tag: fc.option(fc.string()) },
  { noNullPrototype: true },
);

const CASES: Readonly<Record<string, [TypeInformation<never>, fc.Arbitrary<unknown>]>> = {
  String: [Types.STRING as never, fc.string({ unit: 'binary' })],
  Long: [Types.LONG as never, long],
  Double: [Types.DOUBLE as never, double],
  'byte[]': [Types.BYTE_ARRAY as never, fc.uint8Array()],
  BigDecimal: [
    Types.BIG_DEC as never,
    fc.tuple(fc.bigInt(), fc.integer({ min: -9, max: 9 })).map(([u, s]) => new BigDecimal(u, s)),
  ],
  Instant: [
    Types.INSTANT as never,
    fc.nat().map((n) => new Instant(n, (n * 7919) % 1_000_000_000)),
  ],
  LocalDateTime: [
    Types.LOCAL_DATE_TIME as never,
    fc
      .nat(27)
      .map((n) => new LocalDateTime(new LocalDate(2024, 2, n + 1), new LocalTime(n % 24, n, n, n))),
  ],
  Pojo: [ORDER as never, order],
  'Tuple2<String, Long>': [
    Types.TUPLE(Types.STRING, Types.LONG) as never,
    fc.tuple(fc.string(), long),
  ],
  'Map<String, Pojo>': [
    Types.MAP(Types.STRING, ORDER) as never,
    fc.array(fc.tuple(fc.string(), order)).map((pairs) => new Map(pairs)),
  ],
  'Map<Long, List<Long>>': [
    Types.MAP(Types.LONG, Types.LIST(Types.LONG)) as never,
    fc.array(fc.tuple(fc.integer(), fc.array(long)), { minLength: 1 }).map((p) => new Map(p)),
  ],
  Row: [
    Types.ROW(Types.STRING, Types.LONG) as never,
    fc.tuple(fc.option(fc.string()), fc.option(long)).map((f) => Row.ofKind('DELETE', ...f)),
  ],
  Either: [
    Types.EITHER(Types.LONG, Types.STRING) as never,
    fc.oneof(
      long.map((left) => ({ left })),
      fc.string().map((right) => ({ right })),
    ),
  ],
};

describe('a value as JSON', () => {
  for (const [name, [type, values]] of Object.entries(CASES)) {
    it(`of type ${name} is text that gives the same value again`, () => {
      const snapshot = restored(type);
      fc.assert(
        fc.property(values, (value) => {
          const text = JSON.stringify(valueToJson(value));

          const again = valueFromJson(snapshot, JSON.parse(text));

          assert.deepEqual(again, value);
        }),
      );
    });
  }

  it('shows windows by their ends, and bytes marked', () => {
    assert.deepEqual(valueToJson(new TimeWindow(0, 10)), { start: 0, end: 10 });
    assert.deepEqual(valueToJson(new Uint8Array([1, 255])), { $bytes: 'Af8=' });
    assert.deepEqual(valueToJson({ lastAccessTimestamp: 7, userValue: 2n ** 60n }), {
      lastAccessTimestamp: 7,
      value: '1152921504606846976',
    });
  });
});

describe('JSON that is no value of the type to the last digit', () => {
  const refused = (type: TypeInformation<never>, json: unknown, message: RegExp) =>
    assert.throws(() => valueFromJson(restored(type), json), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message,
    });

  it('is refused where a time to live has no whole milliseconds', () => {
    const ttl = new TtlValueSerializer(Types.LONG.createSerializer()).snapshotConfiguration();
    const of = (lastAccessTimestamp: unknown) =>
      valueFromJson(ttl, { lastAccessTimestamp, value: 1 });

    for (const time of [1e300, 1.5, 2 ** 53, '7', 'NaN', null]) {
      assert.throws(() => of(time), { message: /with whole milliseconds/ }, String(time));
    }
    assert.deepEqual(of('-Infinity'), {
      lastAccessTimestamp: Number.NEGATIVE_INFINITY,
      userValue: 1,
    });
  });

  it('is refused of a moment without a zone, of another calendar, or with more digits than it has', () => {
    for (const type of [Types.SQL_DATE, Types.INSTANT, Types.SQL_TIMESTAMP]) {
      for (const text of [
        '2024-02-01T10:00:00',
        '2024-02-01 10:00',
        '2024-02-31',
        '2024-02-01T25:00Z',
        '2024-02-01T10:00:00.0000000001Z',
        'Feb 1 2024',
        1.5,
      ]) {
        refused(type as never, text, /use ISO-8601 with a zone, such as/);
      }
    }
    refused(Types.SQL_DATE as never, '2024-02-01T10:00:00.0001Z', /is no/);
  });

  it('is refused of numbers that JSON or the type would round', () => {
    refused(Types.FLOAT as never, 1e300, /1e\+300 is no Float/);
    refused(Types.DOUBLE as never, JSON.parse('1e400'), /Infinity is no Double/);
    refused(Types.BIG_DEC as never, JSON.parse('12345678901234567890.5'), /is no/);
    refused(Types.BYTE_ARRAY as never, { $bytes: 'not base64!' }, /is no/);
  });
});

describe('a moment as JSON', () => {
  it('is the same one in every zone that it is written in', () => {
    const snapshot = restored(Types.INSTANT as never);

    for (const text of ['2024-02-01T10:00:00Z', '2024-02-01T12:30+02:30', 1706781600000]) {
      assert.deepEqual(valueFromJson(snapshot, text), new Instant(1706781600, 0), String(text));
    }
    assert.deepEqual(valueFromJson(snapshot, '2024-02-01'), new Instant(1706745600, 0));
    assert.deepEqual(valueFromJson(snapshot, '1969-12-31T23:59:59.000000001Z'), new Instant(-1, 1));
  });

  it('is read back where no calendar reaches', () => {
    const far = new Instant(9e14, 7);

    const again = valueFromJson(restored(Types.INSTANT as never), valueToJson(far));

    assert.deepEqual(again, far);
  });
});

describe('a map of text that is digits', () => {
  it('gives an equal map again, although its names come in the order of numbers', () => {
    const snapshot = restored(Types.MAP(Types.STRING, Types.LONG) as never);
    const map = new Map([
      ['b', 1],
      ['10', 2],
      ['9', 3],
      ['__proto__', 4],
    ]);

    const text = JSON.stringify(valueToJson(map));

    assert.equal(text, '{"9":3,"10":2,"b":1,"__proto__":4}');
    assert.deepEqual(valueFromJson(snapshot, JSON.parse(text)), map);
  });
});

describe('a key that somebody types', () => {
  it('needs no quotes where it is text, and may have them', () => {
    const text = restored(Types.STRING as never);

    assert.equal(valueFromText(text, 'key-1'), 'key-1');
    assert.equal(valueFromText(text, '"key-1"'), 'key-1');
    assert.equal(valueFromText(text, '7'), '7');
  });

  it('keeps every digit of a long', () => {
    const snapshot = restored(Types.LONG as never);

    assert.equal(valueFromText(snapshot, '9007199254740993'), 9007199254740993n);
    assert.equal(valueFromText(snapshot, '42'), 42);
    const tuple = restored(Types.TUPLE(Types.STRING, Types.LONG) as never);
    assert.deepEqual(valueFromText(tuple, '["a", 9007199254740993]'), ['a', 9007199254740993n]);
    assert.throws(() => valueFromJson(snapshot, 2 ** 60), {
      message: /write its digits as a string/,
    });
  });

  it('is refused with the place that does not fit', () => {
    const tuple = restored(Types.TUPLE(Types.STRING, Types.LONG) as never);
    const refused = (text: string, message: RegExp) =>
      assert.throws(() => valueFromText(tuple, text), { code: 'VALUE_NOT_SERIALIZABLE', message });

    refused('["a", "b"]', /value\[1\]: "b" is no Long/);
    refused('["a"]', /use an array of 2/);
    refused('a,1', /is not JSON/);
    assert.throws(() => valueFromText(restored(ORDER as never), '{"idd": 1}'), {
      message: /value\.idd: com\.acme\.Order has no such field; it has id, price, tag/,
    });
    assert.throws(() => valueFromText(restored(ORDER as never), '{"id": 1, "tag": null}'), {
      message:
        /value: com\.acme\.Order has price too; give all its fields, null where they are null/,
    });
  });
});

describe('a key whose type the program does not declare', () => {
  /** JSON has one zero, and whole numbers beyond 2^53 are bigints. */
  const isSameInJson = (n: number): boolean =>
    !Object.is(n, -0) && (!Number.isInteger(n) || Number.isSafeInteger(n));
  const undeclared = restored(Types.GENERIC as never);

  it('is text, a number, a boolean or an array of them, as JSON says', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter(isSameInJson),
      fc.boolean(),
    );

    fc.assert(
      fc.property(fc.oneof(part, fc.array(part)), (key) => {
        assert.deepEqual(valueFromText(undeclared, JSON.stringify(key)), key);
      }),
    );
  });

  it('is text where it is no JSON, and quotes make text of digits', () => {
    const typed = ['ORD', '42', '"42"', 'true', '9007199254740993', 'a b'];

    const keys = typed.map((text) => valueFromText(undeclared, text));

    assert.deepEqual(keys, ['ORD', 42, '42', true, 9007199254740993n, 'a b']);
  });

  it('is refused where it is an object or null, with what to declare', () => {
    for (const text of ['{"id":1}', '[{"id":1}]', 'null']) {
      assert.throws(() => valueFromText(undeclared, text), {
        code: 'VALUE_NOT_SERIALIZABLE',
        message:
          /is no Generic; of a type that the program does not declare .*keyBy\(selector, Types/,
      });
    }
  });
});
