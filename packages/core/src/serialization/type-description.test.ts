import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { typeDescription } from './type-description.ts';
import type { TypeInformation } from './type-information.ts';
import { Types } from './types.ts';

describe('a type in words', () => {
  const ORDER = Types.POJO<{ id: number }>('com.acme.Order', { id: Types.INT });
  for (const [type, words] of [
    [Types.LIST(Types.BYTE_ARRAY), 'List<byte[]>'],
    [Types.MAP(Types.STRING, ORDER), 'Map<String, Pojo com.acme.Order>'],
    [Types.TUPLE(Types.BIG_INT, Types.CHAR), 'Tuple2<BigInteger, Character>'],
  ] as const) {
    it(`is ${words}`, () => {
      const serializer = (type as TypeInformation<unknown>).createSerializer();

      assert.equal(typeDescription(serializer.snapshotConfiguration()), words);
    });
  }
});
