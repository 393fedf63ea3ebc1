import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Type } from 'typebox';
import { Double, Long, Nullable } from '../schema/values.ts';
import { doubleText, jsonWriter } from './java-json.ts';

describe('the JSON of answers', () => {
  it('has longs beyond 2^53 with all their digits', () => {
    const write = jsonWriter(Type.Object({ watermark: Long() }));

    assert.equal(write({ watermark: -9223372036854775808n }), '{"watermark":-9223372036854775808}');
    assert.equal(write({ watermark: -(2 ** 63) }), '{"watermark":-9223372036854775808}');
  });

  it('has doubles as Java prints them', () => {
    const texts = [0, 1, 98.10000000000008, 1e7, 1.5e-4, -12345678.9, Number.NaN].map(doubleText);

    assert.deepEqual(texts, [
      '0.0',
      '1.0',
      '98.10000000000008',
      '1.0E7',
      '1.5E-4',
      '-1.23456789E7',
      '"NaN"',
    ]);
  });

  it('has what the schema names in its order, without optional properties that are missing', () => {
    const write = jsonWriter(
      Type.Object({
        id: Type.String(),
        blocked: Type.Optional(Type.Boolean()),
        failure: Nullable(Type.String()),
        times: Type.Record(Type.String(), Long()),
        ratios: Type.Array(Double()),
      }),
    );

    assert.equal(
      write({ ratios: [1, 0.5], secret: 1, times: { a: 1 }, failure: null, id: '"x"' }),
      '{"id":"\\"x\\"","failure":null,"times":{"a":1},"ratios":[1.0,0.5]}',
    );
  });

  it('is refused where a property is missing that clients rely on', () => {
    const write = jsonWriter(Type.Object({ id: Type.String() }));

    assert.throws(() => write({}), { code: 'INVARIANT_VIOLATED' });
  });
});
