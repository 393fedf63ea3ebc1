import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseBody } from './request-body.ts';

const refusedFor = (message: RegExp) => ({ status: 400, message });

describe('the body of a request', () => {
  it('may hold a string of 30 MB, plain or escaped throughout', () => {
    for (const long of ['x'.repeat(30_000_000), '"'.repeat(15_000_000)]) {
      assert.deepEqual(parseBody(JSON.stringify({ query: long })), { query: long });
    }
  });

  it('is refused where a key stands twice in one object, however it is written', () => {
    const twice = refusedFor(/the key "a" must stand once/);

    assert.throws(() => parseBody('{"a":1,"b":{"a":2},"a":3}'), twice);
    assert.throws(() => parseBody('{"a":1,"\\u0061" :2}'), twice);
    assert.throws(() => parseBody('{"list":[{"x":1}],"y":[{"a":"{\\"a\\":","a":2}]}'), twice);
    assert.throws(() => parseBody('{"__proto__":{}}'), refusedFor(/the key "__proto__"/));
    assert.deepEqual(parseBody('{"a":"a","b":[{"a":1},{"a":2}]}'), {
      ...{ a: 'a', b: [{ a: 1 }, { a: 2 }] },
    });
  });

  it('is refused where it is nested deeper than Jackson reads', () => {
    const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;

    assert.doesNotThrow(() => parseBody(nested(1000)));
    assert.throws(() => parseBody(nested(1002)), refusedFor(/nested more than 1000 deep/));
  });
});
