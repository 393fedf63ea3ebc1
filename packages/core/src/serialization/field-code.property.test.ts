import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { errorCode } from '../errors/errors.ts';
import { DataInputView } from './data-input-view.ts';
import { DataOutputView } from './data-output-view.ts';
import type { TypeInformation } from './type-information.ts';
import { Types } from './types.ts';

interface Field {
  readonly type: TypeInformation<unknown>;
  readonly value: unknown;
}

const anyText = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ minLength: 14, maxLength: 18 }),
);

// Those whose fields are written in place, and some that only their serializers write.
const field: fc.Arbitrary<Field> = fc.oneof(
  fieldOf(Types.BOOLEAN, fc.boolean()),
  fieldOf(Types.DOUBLE, fc.double()),
  fieldOf(Types.FLOAT, fc.float()),
  fieldOf(Types.INT, fc.integer()),
  fieldOf(Types.LONG, fc.maxSafeInteger()),
  fieldOf(Types.STRING, anyText),
  fieldOf(Types.SHORT, fc.integer({ min: -32768, max: 32767 })),
  fieldOf(Types.BIGINT_LONG, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  fieldOf(Types.LIST(Types.STRING), fc.array(anyText, { maxLength: 4 })),
  fieldOf(Types.TUPLE(Types.STRING, Types.INT), fc.tuple(anyText, fc.integer())),
);
/** Those of types that have one. */
const nullField: fc.Arbitrary<Field> = fc.oneof(
  fieldOf(Types.NULLABLE(Types.INT) as TypeInformation<unknown>, fc.constant(null)),
  fieldOf(Types.NULLABLE(Types.LIST(Types.STRING)) as TypeInformation<unknown>, fc.constant(null)),
  fieldOf(Types.STRING as TypeInformation<unknown>, fc.constant(null)),
);
const fields = fc.array(field, { minLength: 1, maxLength: 8 });
const nullableFields = fc.array(
  fc.oneof(
    field,
    field.map(({ type }) => ({ type, value: null })),
  ),
  { minLength: 1, maxLength: 8 },
);
/** Buffers that must grow at every place. */
const capacity = fc.integer({ min: 1, max: 300 });
const NO_SUBCLASS = 2;

describe('fields written and read by code made for their types', () => {
  it('are the bytes of their serializers, in a tuple', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(field, nullField), { maxLength: 8, minLength: 1 }),
        capacity,
        (tuple, bytes) => {
          const target = new DataOutputView(bytes);
          tupleOf(tuple).serialize(
            tuple.map(({ value }) => value),
            target,
          );
          const plain = new DataOutputView();
          for (const { type, value } of tuple) {
            type.createSerializer().serialize(value, plain);
          }
          assert.deepEqual(target.copyBytes(), plain.copyBytes());
          const values = tuple.map(({ value }) => value);
          assert.deepEqual(tupleOf(tuple).deserialize(new DataInputView(plain.bytes())), values);
          assert.deepEqual(tupleOf(tuple).copy(values), values);
        },
      ),
    );
  });

  it('are the bytes of their serializers, in a POJO', () => {
    fc.assert(
      fc.property(nullableFields, capacity, (pojo, bytes) => {
        const target = new DataOutputView(bytes);
        pojoOf(pojo).serialize(objectOf(pojo), target);
        const plain = new DataOutputView();
        plain.writeByte(NO_SUBCLASS);
        for (const { type, value } of pojo) {
          plain.writeBoolean(value === null);
          if (value !== null) {
            type.createSerializer().serialize(value, plain);
          }
        }
        assert.deepEqual(target.copyBytes(), plain.copyBytes());
      }),
    );
  });

  it('are read back, and what follows stays unread', () => {
    fc.assert(
      fc.property(nullableFields, (pojo) => {
        const serializer = pojoOf(pojo);
        const target = new DataOutputView();
        serializer.serialize(objectOf(pojo), target);
        const end = target.position;
        target.writeInt(7);

        const source = new DataInputView(target.bytes());

        assert.deepEqual(serializer.deserialize(source), objectOf(pojo));
        assert.equal(source.position, end);
      }),
    );
  });

  it('are refused wherever they are cut, though other bytes follow in memory', () => {
    fc.assert(
      fc.property(fields, nullableFields, (tuple, pojo) => {
        const tuples = tupleOf(tuple);
        assertRefusedWhereCut(
          tuples,
          tuple.map(({ value }) => value),
        );
        assertRefusedWhereCut(pojoOf(pojo), objectOf(pojo));
      }),
      { numRuns: 40 },
    );
  });

  it('are refused with the words of their serializers when they are of another type', () => {
    const wrong = fc.constantFrom<unknown>('text', 0.5, 2 ** 60, true, {}, Number.NaN, 10n);
    fc.assert(
      fc.property(fields, wrong, fc.nat(), (tuple, value, at) => {
        const place = at % tuple.length;
        const values = tuple.map((each, i) => (i === place ? value : each.value));
        const alone = thrownBy(() =>
          (tuple[place] as Field).type.createSerializer().serialize(value, new DataOutputView()),
        );

        const thrown = thrownBy(() => tupleOf(tuple).serialize(values, new DataOutputView()));

        assert.equal(thrown, alone === undefined ? undefined : `f${place}: ${alone}`);
      }),
    );
  });
});

function fieldOf<T>(type: TypeInformation<T>, values: fc.Arbitrary<T>): fc.Arbitrary<Field> {
  return values.map((value) => ({ type: type as TypeInformation<unknown>, value }));
}

function tupleOf(tuple: readonly Field[]) {
  return (
    Types.TUPLE(...tuple.map(({ type }) => type)) as TypeInformation<unknown[]>
  ).createSerializer();
}

function pojoOf(pojo: readonly Field[]) {
  const types = Object.fromEntries(pojo.map(({ type }, i) => [`f${i}`, type]));
  return (Types.POJO('com.acme.Made', types) as TypeInformation<object>).createSerializer();
}

function objectOf(pojo: readonly Field[]): object {
  return Object.fromEntries(pojo.map(({ value }, i) => [`f${i}`, value]));
}

function assertRefusedWhereCut<T>(
  serializer: {
    serialize(value: T, target: DataOutputView): void;
    deserialize(source: DataInputView): T;
  },
  value: T,
): void {
  const target = new DataOutputView();
  serializer.serialize(value, target);
  const bytes = target.copyBytes();
  for (let end = 0; end < bytes.length; end++) {
    assert.throws(
      () => serializer.deserialize(new DataInputView(bytes.subarray(0, end))),
      (error) => errorCode(error) === 'SNAPSHOT_CORRUPT',
    );
  }
}

function thrownBy(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
