import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataInputView } from './data-input-view.ts';
import { DataOutputView } from './data-output-view.ts';
import { readVersionedSnapshot, writeVersionedSnapshot } from './serializer-snapshot-registry.ts';
import type { TypeSerializer } from './type-serializer.ts';
import { Types } from './types.ts';
import { LONG_VALUE_SERIALIZER } from './whole-number-serializers.ts';

const BEYOND = 2n ** 53n + 1n;
const LEAST = -(2n ** 63n);

/** The serializer that a snapshot of `serializer` gives to whoever knows nothing else. */
function restored(serializer: TypeSerializer<unknown>): TypeSerializer<unknown> {
  const target = new DataOutputView();
  writeVersionedSnapshot(target, serializer.snapshotConfiguration());
  return readVersionedSnapshot(new DataInputView(target.copyBytes())).restoreSerializer();
}

function written(serializer: TypeSerializer<unknown>, value: unknown): Uint8Array {
  const target = new DataOutputView();
  serializer.serialize(value, target);
  return target.copyBytes();
}

describe('longs of a snapshot whose program is not known', () => {
  for (const [name, serializer, value] of [
    ['Long', Types.LONG.createSerializer(), BEYOND],
    ['LongValue', LONG_VALUE_SERIALIZER, LEAST],
    ['long[]', Types.LONG_ARRAY.createSerializer(), [1, BEYOND, LEAST, -1]],
    [
      'Tuple2<Long, List<Long>>',
      Types.TUPLE(Types.LONG, Types.LIST(Types.LONG)).createSerializer(),
      [BEYOND, [LEAST, 7]],
    ],
  ] as [string, TypeSerializer<unknown>, unknown][]) {
    it(`are exact in ${name}: bigints beyond 2^53, else numbers`, () => {
      const exact = restored(serializer);

      const bytes = written(exact, value);

      assert.deepEqual(exact.deserialize(new DataInputView(bytes)), value);
    });
  }

  it('have one Java hash, as numbers and as bigints', () => {
    const exact = restored(Types.LONG.createSerializer() as TypeSerializer<unknown>);

    assert.equal(exact.hashCode(5_000_000_000), exact.hashCode(5_000_000_000n));
    assert.equal(exact.hashCode(BEYOND), (2 ** 21) ^ 1);
  });

  it('are refused by a program that wants numbers', () => {
    const bytes = written(restored(Types.LONG_ARRAY.createSerializer()), [BEYOND]);

    assert.throws(() => Types.LONG_ARRAY.createSerializer().deserialize(new DataInputView(bytes)), {
      code: 'LONG_OUT_OF_RANGE',
    });
  });
});
