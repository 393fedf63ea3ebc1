import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cloneFunction } from './clone-function.ts';

class Connection {}

class Fields {
  readonly list = [1, { deep: [2] }];
  readonly map = new Map([['k', { v: 1 }]]);
  readonly set = new Set([1]);
  readonly date = new Date(5);
  readonly bytes = new Uint8Array([1, 2]);
  readonly buffer = Buffer.from([3]);
  readonly connection = new Connection();
  readonly callback = (): number => 1;

  twice(x: number): number {
    return x * 2;
  }
}

describe('the copy of a function object', () => {
  it('has the prototype and equal fields', () => {
    const fn = new Fields();

    const copy = cloneFunction(fn);

    assert.notEqual(copy, fn);
    assert.deepEqual(copy, fn);
    assert.equal(copy.twice(4), 8);
  });

  it('shares no plain container, at any depth', () => {
    const fn = new Fields();

    const copy = cloneFunction(fn);

    for (const field of ['list', 'map', 'set', 'date', 'bytes', 'buffer'] as const) {
      assert.notEqual(copy[field], fn[field], field);
    }
    assert.notEqual(
      (copy.list[1] as { deep: number[] }).deep,
      (fn.list[1] as { deep: number[] }).deep,
    );
    assert.notEqual(copy.map.get('k'), fn.map.get('k'));
    assert.ok(Buffer.isBuffer(copy.buffer));
  });

  it('shares all else', () => {
    const fn = new Fields();

    const copy = cloneFunction(fn);

    assert.equal(copy.connection, fn.connection);
    assert.equal(copy.callback, fn.callback);
  });

  it('keeps cycles and containers that two fields hold', () => {
    const shared = [1];
    const fn: { a: number[]; b: number[]; self?: object } = { a: shared, b: shared };
    fn.self = fn;

    const copy = cloneFunction(fn);

    assert.equal(copy.a, copy.b);
    assert.equal(copy.self, copy);
    assert.notEqual(copy.a, shared);
  });

  it('of a plain function is the function', () => {
    const fn = (x: number): number => x;

    assert.equal(cloneFunction(fn), fn);
  });
});
