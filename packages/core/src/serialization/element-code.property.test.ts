import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MIN_TIMESTAMP } from '../time/timestamps.ts';
import { DataInputView } from './data-input-view.ts';
import { DataOutputView } from './data-output-view.ts';
import { elementReader, elementWriter } from './element-code.ts';
import { POJO_CLASS } from './pojo-description.ts';
import { type StreamElement, StreamElementSerializer } from './stream-element-serializer.ts';
import type { TypeInformation } from './type-information.ts';
import { Types } from './types.ts';

interface Values {
  readonly type: TypeInformation<unknown>;
  readonly values: fc.Arbitrary<unknown>;
}

const LENGTH_BYTES = 4;
const text = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 60 }));
const SUBCLASS = Types.POJO('com.acme.Refund', { amount: Types.LONG });
const ORDER = Types.POJO(
  'com.acme.Order',
  { amount: Types.LONG, id: Types.STRING, tags: Types.LIST(Types.STRING) },
  { subclasses: [SUBCLASS] },
);
const order = fc
  .tuple(fc.oneof(fc.maxSafeInteger(), fc.constant(null)), text, fc.array(text, { maxLength: 3 }))
  .map(([amount, id, tags]) => ({ amount, id, tags }));

const TYPES: Readonly<Record<string, Values>> = {
  'a POJO': valuesOf(ORDER, order),
  'a POJO that may be null or of a subclass': valuesOf(
    ORDER,
    fc.oneof(
      order,
      fc.constant(null),
      fc.maxSafeInteger().map((amount) => ({ [POJO_CLASS]: 'com.acme.Refund', amount })),
    ),
  ),
  'a tuple': valuesOf(Types.TUPLE(Types.STRING, Types.INT), fc.tuple(text, fc.integer())),
  'an empty tuple': valuesOf(Types.TUPLE(), fc.constant([])),
  'a text': valuesOf(Types.STRING, fc.oneof(text, fc.constant(null))),
  'a long': valuesOf(Types.LONG, fc.maxSafeInteger()),
  'a list': valuesOf(Types.LIST(Types.INT), fc.array(fc.integer())),
};
const timestamp = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(MIN_TIMESTAMP, Number.POSITIVE_INFINITY),
);
/** Buffers that must grow at every place. */
const capacity = fc.integer({ min: 1, max: 100 });

describe('elements written and read by code made for their type', () => {
  for (const [what, { type, values }] of Object.entries(TYPES)) {
    it(`are the bytes of their serializers, of ${what}`, () => {
      const elements = new StreamElementSerializer(type.createSerializer());
      const write = elementWriter(type.createSerializer());
      fc.assert(
        fc.property(values, timestamp, capacity, (value, time, bytes) => {
          const plain = new DataOutputView();
          elements.serialize({ kind: 'record', value, timestamp: time }, plain);
          const target = new DataOutputView(bytes);
          target.writeInt(7); // of an element before it

          write(value, time, target);

          assert.equal(new DataInputView(target.bytes().subarray(4)).readInt(), plain.position);
          assert.deepEqual(target.copyBytes().subarray(4 + LENGTH_BYTES), plain.copyBytes());
        }),
      );
    });

    it(`are read back, and what follows stays unread, of ${what}`, () => {
      const write = elementWriter(type.createSerializer());
      const read = elementReader(type.createSerializer());
      fc.assert(
        fc.property(values, timestamp, (value, time) => {
          const target = new DataOutputView();
          write(value, time, target);
          const end = target.position;
          target.writeInt(7);
          const source = new DataInputView(target.bytes());
          source.position = LENGTH_BYTES;
          const seen: unknown[] = [];

          read(source, collecting(seen));

          assert.deepEqual(seen, [{ kind: 'record', value, timestamp: time }]);
          assert.equal(source.position, end);
        }),
      );
    });

    it(`are told from marks, of ${what}`, () => {
      const mark: StreamElement<never> = { kind: 'watermark', timestamp: 12 };
      const target = new DataOutputView();
      new StreamElementSerializer(type.createSerializer()).serialize(mark, target);
      const seen: unknown[] = [];

      elementReader(type.createSerializer())(new DataInputView(target.bytes()), collecting(seen));

      assert.deepEqual(seen, [mark]);
    });
  }

  it('are refused with the words of their serializers', () => {
    const write = elementWriter(ORDER.createSerializer()) as (...of: unknown[]) => void;
    const writePair = elementWriter(Types.TUPLE(Types.STRING, Types.INT).createSerializer()) as (
      ...of: unknown[]
    ) => void;
    const target = new DataOutputView();

    assert.throws(() => write('text', 1, target), { message: /com\.acme\.Order/ });
    assert.throws(() => write({ amount: 0.5, id: 'a' }, 1, target), { message: /^amount: 0\.5/ });
    assert.throws(() => write({ amount: 1, id: 'a' }, 0.5, target), {
      message: /^timestamp: 0\.5 is not a Long/,
    });
    assert.throws(() => writePair(['a'], 1, target), { message: /tuple of 2 fields/ });
    assert.throws(() => writePair(['a', 'b'], 1, target), { message: /^f1: 'b'/ });
  });

  it('are those of a serializer that has methods of its own', () => {
    const plain = Types.STRING.createSerializer();
    const loud = Object.assign(Object.create(plain), {
      serialize: (value: string, target: DataOutputView) =>
        plain.serialize(value.toUpperCase(), target),
    });
    const target = new DataOutputView();

    elementWriter<string>(loud)('abc', 5, target);

    const source = new DataInputView(target.bytes());
    source.position = LENGTH_BYTES;
    const seen: unknown[] = [];
    elementReader(plain)(source, collecting(seen));
    assert.deepEqual(seen, [{ kind: 'record', value: 'ABC', timestamp: 5 }]);
  });

  it('are refused where they are cut', () => {
    const target = new DataOutputView();
    elementWriter(ORDER.createSerializer())({ amount: 1, id: 'abc', tags: [] }, 5, target);
    const bytes = target.copyBytes();
    const read = elementReader(ORDER.createSerializer());

    for (let end = LENGTH_BYTES; end < bytes.length; end++) {
      const source = new DataInputView(bytes.subarray(0, end));
      source.position = LENGTH_BYTES;
      assert.throws(() => read(source, collecting([])), { code: 'SNAPSHOT_CORRUPT' });
    }
  });
});

function valuesOf<T>(type: TypeInformation<T>, values: fc.Arbitrary<unknown>): Values {
  return { type: type as TypeInformation<unknown>, values };
}

function collecting(seen: unknown[]) {
  return {
    record: (value: unknown, time: number) => {
      seen.push({ kind: 'record', value, timestamp: time });
    },
    mark: (element: unknown) => {
      seen.push(element);
    },
  };
}
