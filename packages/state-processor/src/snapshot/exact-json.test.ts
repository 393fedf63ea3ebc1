import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseExactJson } from './exact-json.ts';

/** Bigints as the numbers that JSON.parse makes of them. */
function rounded(json: unknown): string {
  return JSON.stringify(json, (_key, value) => (typeof value === 'bigint' ? Number(value) : value));
}

describe('JSON that keeps all digits', () => {
  it('has bigints for whole numbers beyond 2^53, wherever they are', () => {
    const text = '{"a": [9007199254740993, -9223372036854775808], "9007199254740993": 1}';

    assert.deepEqual(parseExactJson(text), {
      a: [9007199254740993n, -9223372036854775808n],
      '9007199254740993': 1,
    });
    assert.equal(parseExactJson('9007199254740991'), 9007199254740991);
    assert.equal(parseExactJson('1e300'), 1e300);
  });

  it('is as JSON.parse has it elsewhere, digits in texts too', () => {
    fc.assert(
      fc.property(fc.json(), fc.bigInt({ min: 2n ** 60n, max: 2n ** 70n }), (json, digits) => {
        const text = `[${json}, ${JSON.stringify(`"${digits}\\`)}]`;

        assert.deepEqual(rounded(parseExactJson(text)), rounded(JSON.parse(text)));
      }),
    );
  });

  it('is refused as JSON.parse refuses it', () => {
    for (const text of ['{', '09007199254740993', '9007199254740993 9007199254740993', '"a']) {
      assert.throws(() => parseExactJson(text), SyntaxError);
    }
  });
});
