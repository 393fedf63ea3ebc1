/** The bytes of real savepoints; hexadecimal as in docs/formats/types.md. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BigDecimal,
  BufferEntrySerializer,
  DataInputView,
  DataOutputView,
  GlobalWindow,
  Instant,
  LocalDate,
  LocalDateTime,
  LocalTime,
  POJO_CLASS,
  Row,
  SqlTimestamp,
  StreamElementSerializer,
  TaggedUnion,
  TimerSerializer,
  TimeWindow,
  TtlValueSerializer,
  type TypeInformation,
  type TypeSerializer,
  Types,
  UnionTypeInfo,
  VOID_NAMESPACE,
} from '../index.ts';

const person = Types.POJO(
  'lab.Person',
  { a: Types.INT, s: Types.STRING },
  {
    registeredSubclasses: [
      Types.POJO('lab.Tagged', { a: Types.INT, d: Types.DOUBLE, s: Types.STRING }),
    ],
    subclasses: [Types.POJO('lab.Person$Sub', { a: Types.INT })],
  },
) as TypeInformation<object>;

// biome-ignore lint/suspicious/noExplicitAny: one table for all types.
const GOLDEN: [string, TypeInformation<any>, unknown, string][] = [
  ['true', Types.BOOLEAN, true, '01'],
  ['a byte', Types.BYTE, -2, 'fe'],
  ['a short', Types.SHORT, -300, 'fed4'],
  ['an int', Types.INT, 7, '00000007'],
  ['a long', Types.LONG, 9, '0000000000000009'],
  ['a negative long', Types.LONG, -(2 ** 40) - 1, 'fffffeffffffffff'],
  ['a long as bigint', Types.BIGINT_LONG, 2n ** 63n - 1n, '7fffffffffffffff'],
  ['a character', Types.CHAR, '€', '20ac'],
  ['a float', Types.FLOAT, 1.5, '3fc00000'],
  ['a double', Types.DOUBLE, 0.5, '3fe0000000000000'],
  ['text', Types.STRING, 'héllo€😀', '0968e9016c6c6fac41bdb00380bc03'],
  ['null text', Types.STRING, null, '00'],
  ['empty text', Types.STRING, '', '01'],
  ['a StringValue', Types.STRING_VALUE, 'sv', '027376'],
  ['an IntValue', Types.INT_VALUE, 3, '00000003'],
  ['a NullValue', Types.NULL_VALUE, null, '00'],
  ['a Void', Types.VOID, null, '00'],
  ['the void namespace', Types.VOID_NAMESPACE, VOID_NAMESPACE, '00'],
  ['a BigInteger', Types.BIG_INT, -98765432109876543210n, '0000000dfaa55ab2c71ad98116'],
  ['a null BigInteger', Types.BIG_INT, null, '00000000'],
  ['BigInteger 0', Types.BIG_INT, 0n, '00000001'],
  ['BigInteger 1', Types.BIG_INT, 1n, '00000002'],
  ['BigInteger 10', Types.BIG_INT, 10n, '00000003'],
  ['a BigDecimal', Types.BIG_DEC, BigDecimal.of('-123.4567'), '00000007ed297900000004'],
  ['BigDecimal 0.000', Types.BIG_DEC, BigDecimal.of('0.000'), '0000000100000003'],
  ['a date', Types.DATE, new Date(1700000000123), '0000018bcfe5687b'],
  ['a null date', Types.DATE, null, '8000000000000000'],
  ['an SQL date', Types.SQL_DATE, new Date(1700000000123), '0000018bcfe5687b'],
  [
    'an SQL timestamp',
    Types.SQL_TIMESTAMP,
    new SqlTimestamp(1700000000123, 123456789),
    '0000018bcfe5687b075bcd15',
  ],
  ['a null SQL timestamp', Types.SQL_TIMESTAMP, null, '800000000000000000000000'],
  ['an instant', Types.INSTANT, new Instant(1700000000, 987654321), '000000006553f1003ade68b1'],
  ['a null instant', Types.INSTANT, null, '800000000000000080000000'],
  ['a local date', Types.LOCAL_DATE, new LocalDate(2024, 2, 29), '000007e8021d'],
  ['a null local date', Types.LOCAL_DATE, null, '800000008000'],
  ['a local time', Types.LOCAL_TIME, new LocalTime(23, 59, 58, 999999999), '173b3a3b9ac9ff'],
  ['a null local time', Types.LOCAL_TIME, null, '80800080000000'],
  [
    'a local date and time',
    Types.LOCAL_DATE_TIME,
    new LocalDateTime(new LocalDate(2024, 2, 29), new LocalTime(23, 59, 58, 999999999)),
    '000007e8021d173b3a3b9ac9ff',
  ],
  ['byte[]', Types.BYTE_ARRAY, Uint8Array.of(1, 255), '0000000201ff'],
  ['short[]', Types.SHORT_ARRAY, Int16Array.of(-300, 1), '00000002fed40001'],
  ['int[]', Types.INT_ARRAY, Int32Array.of(1, -1), '0000000200000001ffffffff'],
  ['long[]', Types.LONG_ARRAY, [1], '000000010000000000000001'],
  ['float[]', Types.FLOAT_ARRAY, Float32Array.of(1.5), '000000013fc00000'],
  ['double[]', Types.DOUBLE_ARRAY, Float64Array.of(0.5), '000000013fe0000000000000'],
  ['boolean[]', Types.BOOLEAN_ARRAY, [true, false], '000000020100'],
  ['char[]', Types.CHAR_ARRAY, ['€'], '0000000120ac'],
  ['String[]', Types.STRING_ARRAY, ['a', null, ''], '0000000302610001'],
  ['Integer[]', Types.OBJECT_ARRAY(Types.INT), [1, null, 3], '00000003010000000100' + '0100000003'],
  [
    'a tuple',
    Types.TUPLE(Types.STRING, Types.INT, Types.TUPLE(Types.LONG, Types.BOOLEAN)),
    ['t', 7, [9, false]],
    '027400000007000000000000000900',
  ],
  ['an empty tuple', Types.TUPLE(), [], '2a'],
  ['a list', Types.LIST(Types.INT), [1, 2], '000000020000000100000002'],
  [
    'a map with a null',
    Types.MAP(Types.STRING, Types.INT),
    new Map([
      ['a', 1],
      ['b', null],
    ]),
    '0000000202610000000001026201',
  ],
  ['an enum constant', Types.ENUM('lab.Color', ['RED', 'GREEN', 'BLUE']), 'BLUE', '00000002'],
  ['a left', Types.EITHER(Types.INT, Types.STRING), { left: 4 }, '0100000004'],
  ['a right', Types.EITHER(Types.INT, Types.STRING), { right: 'r' }, '000272'],
  [
    'a row with its kind and nulls',
    Types.ROW(...Array.from({ length: 8 }, () => Types.BYTE)),
    Row.ofKind('UPDATE_AFTER', 1, null, 2, 3, 4, 5, null, 6),
    '5080010203040506',
  ],
  ['a POJO with a null field', person, { a: 2, s: null }, '02000000000201'],
  ['a null POJO', person, null, '01'],
  [
    'a registered subclass',
    person,
    { [POJO_CLASS]: 'lab.Tagged', a: 3, d: 0.5, s: 'reg' },
    '080002000000000300' + '3fe00000000000000004726567',
  ],
  [
    'an unregistered subclass',
    person,
    { [POJO_CLASS]: 'lab.Person$Sub', a: 3 },
    '04000e6c61622e506572736f6e24537562020000000003',
  ],
  ['a time window', Types.TIME_WINDOW, new TimeWindow(0, 16), '00000000000000000000000000000010'],
  ['the global window', Types.GLOBAL_WINDOW, GlobalWindow.INSTANCE, '00'],
  ['a nullable int', Types.NULLABLE(Types.INT), 5, '0000000005'],
  ['a null', Types.NULLABLE(Types.INT), null, '01'],
  ['a padded null', Types.NULLABLE(Types.INT, { padded: true }), null, '0100000000'],
];

function hexOf<T>(serializer: TypeSerializer<T>, value: T): string {
  const target = new DataOutputView(1);
  serializer.serialize(value, target);
  return Buffer.from(target.bytes()).toString('hex');
}

function fromHex<T>(serializer: TypeSerializer<T>, hex: string): T {
  const source = new DataInputView(Buffer.from(hex, 'hex'));
  const value = serializer.deserialize(source);
  assert.equal(source.remaining, 0);
  return value;
}

describe('bytes of a type', () => {
  for (const [name, type, value, hex] of GOLDEN) {
    it(`are Flink's for ${name}`, () => {
      const serializer = type.createSerializer();

      assert.equal(hexOf(serializer, value), hex);
      assert.deepEqual(fromHex(serializer, hex), value);
    });

    it(`that end too early are corrupt: ${name}`, () => {
      const bytes = Buffer.from(hex, 'hex');

      for (let length = 0; length < bytes.length; length++) {
        const source = new DataInputView(bytes.subarray(0, length));
        assert.throws(() => type.createSerializer().deserialize(source), {
          code: 'SNAPSHOT_CORRUPT',
        });
      }
    });
  }

  it("of a timer have the time's sign flipped, then key and namespace", () => {
    const serializer = new TimerSerializer(
      Types.STRING.createSerializer(),
      Types.VOID_NAMESPACE.createSerializer(),
    );
    const timer = { timestamp: 10000000001, key: 'key-1', namespace: VOID_NAMESPACE };

    assert.equal(hexOf(serializer, timer), '80000002540be401066b65792d3100');
    assert.deepEqual(fromHex(serializer, '80000002540be401066b65792d3100'), timer);
  });

  it('of timers sort as their times do', () => {
    const serializer = new TimerSerializer(
      Types.VOID_NAMESPACE.createSerializer(),
      Types.VOID_NAMESPACE.createSerializer(),
    );
    const times = [-Infinity, -(2 ** 40), -1, 0, 1, 2 ** 40, Infinity];
    const namespace = VOID_NAMESPACE;

    const hex = times.map((timestamp) =>
      hexOf(serializer, { timestamp, key: VOID_NAMESPACE, namespace }),
    );

    assert.deepEqual(hex, [...hex].sort());
    assert.deepEqual(
      hex.map((text) => fromHex(serializer, text).timestamp),
      times,
    );
  });

  it('of a value with a time to live begin with its last access', () => {
    const serializer = new TtlValueSerializer(Types.LONG.createSerializer());
    const value = { lastAccessTimestamp: 0x1a1fd707823, userValue: 0x97 };

    assert.equal(hexOf(serializer, value), '000001a1fd7078230000000000000097');
    assert.deepEqual(fromHex(serializer, '000001a1fd7078230000000000000097'), value);
  });

  it('of stream elements begin with a tag each', () => {
    const serializer = new StreamElementSerializer(Types.INT.createSerializer());
    const operatorId = '65eb651c08e51afc6b01b9ec8c609cba';
    const elements = [
      [{ kind: 'record', value: 1, timestamp: 2 }, '00000000000000000200000001'],
      [{ kind: 'record', value: 1, timestamp: -Infinity }, '0100000001'],
      [{ kind: 'watermark', timestamp: Infinity }, '027fffffffffffffff'],
      [
        { kind: 'latency-marker', markedTime: 1, operatorId, subtaskIndex: 2 },
        `030000000000000001${operatorId}00000002`,
      ],
      [{ kind: 'watermark-status', isIdle: true }, '04ffffffff'],
      [{ kind: 'record-attributes', isBacklog: true }, '0501'],
      [
        { kind: 'internal-watermark', timestamp: 3, subpartitionIndex: 1 },
        '06000000010000000000000003',
      ],
    ] as const;

    for (const [element, hex] of elements) {
      assert.equal(hexOf(serializer, element), hex);
      assert.deepEqual(fromHex(serializer, hex), element);
    }
    assert.throws(() => fromHex(serializer, '09'), { code: 'SNAPSHOT_CORRUPT' });
  });

  it('of an entry of a join buffer begin with its flag', () => {
    const serializer = new BufferEntrySerializer(Types.INT.createSerializer());

    assert.equal(hexOf(serializer, { element: 1, hasBeenJoined: true }), '0100000001');
  });

  it('of a joined record begin with the number of its stream, as Flink 1.20.5 writes them', () => {
    const type = new UnionTypeInfo(Types.LONG, Types.STRING);
    const serializer = type.createSerializer();

    assert.equal(hexOf(serializer, TaggedUnion.one(5)), '010000000000000005');
    assert.equal(hexOf(serializer, TaggedUnion.two('ab')), '02036162');
    assert.deepEqual(fromHex(serializer, '02036162'), TaggedUnion.two('ab'));
    assert.throws(() => fromHex(serializer, '03'), { code: 'SNAPSHOT_CORRUPT' });
  });

  it('differ from what is declared: the error names value, field and remedy', () => {
    const order = Types.POJO('a.Order', { lines: Types.LIST(Types.INT) });

    assert.throws(() => hexOf(order.createSerializer(), { lines: [1.5] }), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message:
        'lines: 1.5 is not an Int; use a whole number from -2^31 to 2^31 - 1, or declare Types.LONG or Types.DOUBLE',
    });
    assert.throws(() => hexOf(Types.LONG.createSerializer(), 2 ** 60), {
      code: 'LONG_OUT_OF_RANGE',
      message: /Types.BIGINT_LONG/,
    });
    assert.throws(() => fromHex(Types.LONG.createSerializer(), '7fffffffffffffff'), {
      code: 'LONG_OUT_OF_RANGE',
      message: /9223372036854775807/,
    });
    const pair = Types.TUPLE(Types.STRING, Types.LONG).createSerializer();
    assert.throws(() => hexOf(pair, ['a', null as unknown as number]), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: /^f1: null is not a tuple field/,
    });
  });

  it('with a count that the data cannot hold are refused at once', () => {
    for (const type of [Types.LIST(Types.INT), Types.BYTE_ARRAY, Types.LONG_ARRAY]) {
      assert.throws(() => fromHex(type.createSerializer() as TypeSerializer<unknown>, '7fffffff'), {
        code: 'SNAPSHOT_CORRUPT',
      });
    }
    assert.throws(() => fromHex(Types.STRING.createSerializer(), 'ffffffff07'), {
      code: 'SNAPSHOT_CORRUPT',
    });
  });
});
