import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  BigDecimal,
  DataInputView,
  DataOutputView,
  Instant,
  keyIdentityOf,
  LocalDate,
  LocalDateTime,
  LocalTime,
  Row,
  SqlTimestamp,
  TimeWindow,
  type TypeInformation,
  Types,
} from '../index.ts';

const PLAIN = { noNullPrototype: true };
const text = fc.string({ unit: 'binary', maxLength: 300 });
// Lone surrogates too: Java's strings have them.
const anyText = fc.oneof(
  text,
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 50 })
    .map((units) => String.fromCharCode(...units)),
);
const long = fc.maxSafeInteger();
const longText = fc.string({ minLength: 4000, maxLength: 20000, unit: 'binary' });
const date = fc.date({ noInvalidDate: true });
const nano = fc.integer({ min: 0, max: 999_999_999 });
const localDate = fc
  .tuple(
    fc.integer({ min: -9999, max: 9999 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 28 }),
  )
  .map(([year, month, day]) => new LocalDate(year, month, day));
const localTime = fc
  .tuple(fc.nat(23), fc.nat(59), fc.nat(59), nano)
  .map(([hour, minute, second, nanos]) => new LocalTime(hour, minute, second, nanos));
const generic = fc
  .anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withNullPrototype: false,
    withSparseArray: false,
    withUnicodeString: true,
  } as never)
  // deepEqual does not find an invalid date among the keys of a map.
  .filter((value) => !inspect(value, { depth: Number.POSITIVE_INFINITY }).includes('Invalid Date'));

// biome-ignore lint/suspicious/noExplicitAny: one table for all types.
const LAWS: [string, TypeInformation<any>, fc.Arbitrary<unknown>][] = [
  ['STRING', Types.STRING, fc.option(anyText)],
  ['STRING, long', Types.STRING, longText],
  ['STRING_VALUE', Types.STRING_VALUE, anyText],
  ['CHAR', Types.CHAR, fc.nat(0xffff).map((unit) => String.fromCharCode(unit))],
  ['BOOLEAN', Types.BOOLEAN, fc.boolean()],
  ['BYTE', Types.BYTE, fc.integer({ min: -128, max: 127 })],
  ['SHORT', Types.SHORT, fc.integer({ min: -32768, max: 32767 })],
  ['INT', Types.INT, fc.integer()],
  ['LONG', Types.LONG, long],
  ['BIGINT_LONG', Types.BIGINT_LONG, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  ['FLOAT', Types.FLOAT, fc.float()],
  ['DOUBLE', Types.DOUBLE, fc.double()],
  ['BIG_INT', Types.BIG_INT, fc.option(fc.bigInt())],
  [
    'BIG_DEC',
    Types.BIG_DEC,
    fc.tuple(fc.bigInt(), fc.integer()).map(([u, s]) => new BigDecimal(u, s)),
  ],
  ['DATE', Types.DATE, fc.option(date)],
  [
    'SQL_TIMESTAMP',
    Types.SQL_TIMESTAMP,
    fc.tuple(long, nano).map(([t, n]) => new SqlTimestamp(t, n)),
  ],
  ['INSTANT', Types.INSTANT, fc.tuple(long, nano).map(([s, n]) => new Instant(s, n))],
  ['LOCAL_DATE', Types.LOCAL_DATE, fc.option(localDate)],
  ['LOCAL_TIME', Types.LOCAL_TIME, fc.option(localTime)],
  [
    'LOCAL_DATE_TIME',
    Types.LOCAL_DATE_TIME,
    fc.option(fc.tuple(localDate, localTime).map(([d, t]) => new LocalDateTime(d, t))),
  ],
  ['BYTE_ARRAY', Types.BYTE_ARRAY, fc.uint8Array()],
  ['SHORT_ARRAY', Types.SHORT_ARRAY, fc.int16Array()],
  ['INT_ARRAY', Types.INT_ARRAY, fc.int32Array()],
  ['FLOAT_ARRAY', Types.FLOAT_ARRAY, fc.float32Array()],
  ['DOUBLE_ARRAY', Types.DOUBLE_ARRAY, fc.float64Array()],
  ['LONG_ARRAY', Types.LONG_ARRAY, fc.array(long)],
  ['BOOLEAN_ARRAY', Types.BOOLEAN_ARRAY, fc.array(fc.boolean())],
  ['STRING_ARRAY', Types.STRING_ARRAY, fc.array(fc.option(anyText))],
  ['OBJECT_ARRAY', Types.OBJECT_ARRAY(Types.INT), fc.array(fc.option(fc.integer()))],
  ['TUPLE', Types.TUPLE(Types.STRING, Types.LONG), fc.tuple(anyText, long)],
  ['LIST', Types.LIST(Types.TUPLE(Types.INT)), fc.array(fc.tuple(fc.integer()))],
  [
    'MAP',
    Types.MAP(Types.STRING, Types.DOUBLE),
    fc.array(fc.tuple(anyText, fc.option(fc.double()))).map((entries) => new Map(entries)),
  ],
  [
    'POJO',
    Types.POJO('a.P', {
      name: Types.STRING,
      n: Types.LONG,
      in: Types.POJO('a.Q', { x: Types.INT }),
    }),
    fc.record(
      {
        in: fc.option(fc.record({ x: fc.option(fc.integer()) }, PLAIN)),
        n: fc.option(long),
        name: fc.option(anyText),
      },
      PLAIN,
    ),
  ],
  [
    'ROW',
    Types.ROW(Types.STRING, Types.LONG),
    fc
      .tuple(
        fc.constantFrom('INSERT', 'DELETE', 'UPDATE_BEFORE', 'UPDATE_AFTER'),
        fc.option(anyText),
        fc.option(long),
      )
      .map(([kind, ...fields]) => Row.ofKind(kind as 'INSERT', ...fields)),
  ],
  [
    'EITHER',
    Types.EITHER(Types.STRING, Types.INT),
    fc.oneof(fc.record({ left: anyText }, PLAIN), fc.record({ right: fc.integer() }, PLAIN)),
  ],
  ['NULLABLE', Types.NULLABLE(Types.LONG), fc.option(long)],
  ['TIME_WINDOW', Types.TIME_WINDOW, fc.tuple(long, long).map(([s, e]) => new TimeWindow(s, e))],
  ['GENERIC', Types.GENERIC, generic],
];

describe('every type', () => {
  for (const [name, type, arbitrary] of LAWS) {
    it(`gives back what was written, and consumes just that: ${name}`, () => {
      const serializer = type.createSerializer();

      fc.assert(
        fc.property(arbitrary, (value) => {
          const target = new DataOutputView(1);
          serializer.serialize(value, target);
          const source = new DataInputView(target.copyBytes());
          const back = serializer.deserialize(source);
          assert.deepEqual(back, value);
          assert.equal(source.remaining, 0);
          if (serializer.length > 0) {
            assert.equal(target.position, serializer.length);
          }
        }),
        { numRuns: 100 },
      );
    });

    it(`copies into an equal value: ${name}`, () => {
      const serializer = type.createSerializer();

      fc.assert(
        fc.property(arbitrary, (value) => {
          assert.deepEqual(serializer.copy(value), value);
        }),
        { numRuns: 50 },
      );
    });
  }
});

describe('a BigDecimal', () => {
  it('is what its text says', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.integer({ min: -20, max: 40 }), (unscaled, scale) => {
        const value = new BigDecimal(unscaled, scale);
        assert.ok(BigDecimal.of(value.toString()).equals(value));
      }),
    );
  });
});

describe('the identity of a composite key', () => {
  it('is the same exactly when the keys are equal', () => {
    const identity = keyIdentityOf(Types.TUPLE(Types.STRING, Types.INT).createSerializer());
    const key = fc.tuple(fc.string({ maxLength: 2 }), fc.integer({ min: 0, max: 2 }));

    fc.assert(
      fc.property(key, key, (a, b) => {
        assert.equal(identity(a) === identity(b), a[0] === b[0] && a[1] === b[1]);
      }),
    );
  });
});
