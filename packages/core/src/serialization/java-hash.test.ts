/** Expected numbers are what the classes of a JDK 17 and of Flink 1.20 gave. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BigDecimal,
  GlobalWindow,
  Instant,
  keyGroupForKeyHash,
  keyIdentityOf,
  LocalDate,
  LocalDateTime,
  LocalTime,
  Row,
  TimeWindow,
  type TypeInformation,
  Types,
  VOID_NAMESPACE,
} from '../index.ts';

// biome-ignore lint/suspicious/noExplicitAny: one table for all types.
const HASHES: [string, TypeInformation<any>, unknown, number][] = [
  ['an int', Types.INT, -7, -7],
  ['a long', Types.LONG, 2 ** 32 + 5, 4],
  ['a negative long', Types.LONG, -1, 0],
  ['a long as bigint', Types.BIGINT_LONG, 2n ** 63n - 1n, -2147483648],
  ['true', Types.BOOLEAN, true, 1231],
  ['false', Types.BOOLEAN, false, 1237],
  ['text', Types.STRING, 'hello', 99162322],
  ['empty text', Types.STRING, '', 0],
  ['long text that overflows', Types.STRING, 'the quick brown fox', 1302335171],
  ['a character', Types.CHAR, 'A', 65],
  ['a float', Types.FLOAT, 1.5, 1069547520],
  ['a double', Types.DOUBLE, 1.5, 1073217536],
  ['a double that is NaN', Types.DOUBLE, Number.NaN, 2146959360],
  ['a BigInteger', Types.BIG_INT, 123n, 123],
  ['a negative BigInteger', Types.BIG_INT, -123n, -123],
  ['a BigInteger of two words', Types.BIG_INT, 2n ** 32n + 5n, 36],
  ['a BigDecimal', Types.BIG_DEC, BigDecimal.of('1.50'), 31 * 150 + 2],
  ['a date', Types.DATE, new Date(2 ** 32 + 5), 4],
  ['an instant', Types.INSTANT, new Instant(1, 2), 1 + 51 * 2],
  ['a local date', Types.LOCAL_DATE, new LocalDate(2024, 2, 29), 4145309],
  ['a local time', Types.LOCAL_TIME, new LocalTime(0, 0, 5, 1), 705032704],
  [
    'a local date and time',
    Types.LOCAL_DATE_TIME,
    new LocalDateTime(new LocalDate(2024, 2, 29), new LocalTime(0, 0, 5, 1)),
    708489885,
  ],
  ['a tuple of three', Types.TUPLE(Types.STRING, Types.LONG, Types.LONG), ['a', 0, 5], 93222],
  ['a time window', Types.TIME_WINDOW, new TimeWindow(1700000000000, 1700000060000), -1467861822],
  ['the global window', Types.GLOBAL_WINDOW, GlobalWindow.INSTANCE, 0],
  ['no namespace', Types.VOID_NAMESPACE, VOID_NAMESPACE, 99],
  ['a left', Types.EITHER(Types.INT, Types.STRING), { left: 4 }, 4],
  ['a right', Types.EITHER(Types.INT, Types.STRING), { right: 'r' }, 114],
  ['a double that is -0', Types.DOUBLE, -0, -2147483648],
  ['a DoubleValue', Types.DOUBLE_VALUE, 1.5, 1073217567],
  ['a FloatValue', Types.FLOAT_VALUE, 1.5, 1069547520],
  ['a ShortValue', Types.SHORT_VALUE, -300, -300],
  ['a StringValue', Types.STRING_VALUE, 'hello', 99162322],
  ['a tuple', Types.TUPLE(Types.INT, Types.INT), [3, 4], 31 * 3 + 4],
  ['a list', Types.LIST(Types.INT), [1, 2], 994],
  ['a row', Types.ROW(Types.INT, Types.STRING), Row.of(1, null), 31 * (31 + 32)],
  ['a LongValue', Types.LONG_VALUE, 2 ** 32 + 5, 47],
  ['a BooleanValue', Types.BOOLEAN_VALUE, true, 1],
  ['a generic string', Types.GENERIC, 'hello', 99162322],
  ['a generic whole number', Types.GENERIC, 2 ** 32 + 5, 4],
  ['a generic fraction', Types.GENERIC, 1.5, 1073217536],
  ['a generic array', Types.GENERIC, [1, 2], 994],
];

describe("Java's hashCode", () => {
  for (const [name, type, value, expected] of HASHES) {
    it(`is Java's for ${name}`, () => {
      const hash = type.createSerializer().hashCode(value);

      assert.equal(hash, expected);
      assert.equal(hash | 0, hash);
    });
  }

  it('is refused for arrays, enums, timers and POJOs without one', () => {
    const unstable: [TypeInformation<never>, unknown, RegExp][] = [
      [Types.BYTE_ARRAY as never, new Uint8Array(), /byte\[\] cannot be a key/],
      [Types.ENUM('a.E', ['A']) as never, 'A', /Types\.STRING/],
      [Types.OBJECT_ARRAY(Types.INT) as never, [1], /Types\.LIST or Types\.TUPLE/],
      [Types.POJO('a.P', { a: Types.INT }) as never, { a: 1 }, /option hashCode/],
      [Types.GENERIC as never, { a: 1 }, /Types\.POJO with its hashCode/],
    ];
    for (const [type, value, message] of unstable) {
      assert.throws(() => type.createSerializer().hashCode(value as never), {
        code: 'KEY_TYPE_UNSUPPORTED',
        message,
      });
    }
  });

  it('of a POJO is the one that its type is given, which makes it a key type', () => {
    const point = Types.POJO(
      'a.Point',
      { x: Types.INT, y: Types.INT },
      { hashCode: ({ x, y }) => 31 * x + y },
    );

    assert.equal(point.createSerializer().hashCode({ x: 1, y: 2 }), 33);
    assert.equal(point.isKeyType, true);
    assert.equal(Types.POJO('a.Point', { x: Types.INT }).isKeyType, false);
  });

  it('of a text is that of Java, whatever its length', () => {
    const text = 'the quick brown \uffff fox é';
    let expected = 0n;
    for (let length = 0; length <= text.length; length++) {
      const hash = Types.STRING.createSerializer().hashCode(text.slice(0, length));

      assert.equal(BigInt(hash), BigInt.asIntN(32, expected), `of ${length} characters`);
      expected = expected * 31n + BigInt(text.codePointAt(length) ?? 0);
    }
  });

  it('puts keys of a real savepoint into their key groups', () => {
    const groups = { '': 94, 'user-0': 8, 'user-10': 27, 'ключ-ü-😀-49': 10 };

    for (const [key, group] of Object.entries(groups)) {
      const hash = Types.STRING.createSerializer().hashCode(key);
      assert.equal(keyGroupForKeyHash(hash, 128), group);
    }
  });
});

describe('the identity of a key', () => {
  it('is the key itself for primitives', () => {
    assert.equal(keyIdentityOf(Types.STRING.createSerializer())('a'), 'a');
    assert.equal(keyIdentityOf(Types.LONG.createSerializer())(5), 5);
    assert.equal(keyIdentityOf(Types.BIGINT_LONG.createSerializer())(5n), 5n);
    assert.equal(keyIdentityOf(Types.BOOLEAN.createSerializer())(true), true);
  });

  it('is equal for equal composite keys and differs for others', () => {
    const identity = keyIdentityOf(Types.TUPLE(Types.STRING, Types.INT).createSerializer());

    assert.equal(identity(['a', 1]), identity(['a', 1]));
    assert.notEqual(identity(['a', 1]), identity(['a', 2]));
  });

  it('tells zeros of doubles apart, as Java does', () => {
    const identity = keyIdentityOf(Types.DOUBLE.createSerializer());

    assert.notEqual(identity(0), identity(-0));
  });

  it('of a generic array is never that of a string', () => {
    const identity = keyIdentityOf(Types.GENERIC.createSerializer());
    const ofArray = identity(['a']);

    assert.notEqual(identity(ofArray), ofArray);
    assert.notEqual(identity('1'), identity(1));
    assert.equal(identity(['a']), ofArray);
  });
});
