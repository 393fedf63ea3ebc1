import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { perSubtask } from '@millrace/core';
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

  it('is refused where it would not work alone', () => {
    class Tied {
      count = 0;
      readonly bump = (): number => ++this.count;
    }

    assert.throws(() => cloneFunction(new Tied()), {
      code: 'UNSUPPORTED',
      message: /class Tied.*'this'.*perSubtask\(\(\) => new Tied\(…\)\)/,
    });
  });
});

describe('a factory of function objects', () => {
  it('is called for each copy', () => {
    class Own {
      #count = 0;
      bump(): number {
        return ++this.#count;
      }
    }
    const factory = perSubtask(() => new Own());

    const [a, b] = [cloneFunction<Own>(factory), cloneFunction<Own>(factory)];

    assert.deepEqual([a.bump(), a.bump(), b.bump()], [1, 2, 1]);
  });

  it('may make plain functions that keep something', () => {
    const factory = perSubtask(() => {
      let count = 0;
      return () => ++count;
    });

    const [a, b] = [
      cloneFunction<() => number>(factory),
      cloneFunction<() => number>(factory),
    ] as const;

    assert.deepEqual([a(), a(), b()], [1, 2, 1]);
  });

  it('that gives one object twice is refused', () => {
    const one = {};
    const factory = perSubtask(() => one);
    cloneFunction<object>(factory);

    assert.throws(() => cloneFunction<object>(factory), {
      code: 'INVALID_GRAPH',
      message: /the same object twice; make a new one in each call/,
    });
  });

  for (const [what, create] of [
    ['undefined', () => undefined],
    ['a promise', () => Promise.resolve({})],
  ] as const) {
    it(`that gives ${what} is refused`, () => {
      assert.throws(() => cloneFunction<unknown>(perSubtask<unknown>(create)), {
        code: 'INVALID_GRAPH',
        message: new RegExp(`gave ${what}; give a new function object`),
      });
    });
  }

  it('that throws fails the task, the cause kept', () => {
    const cause = new Error('no licence');
    const factory = perSubtask((): object => {
      throw cause;
    });

    assert.throws(() => cloneFunction<object>(factory), {
      code: 'USER_FUNCTION_FAILED',
      message: /threw: no licence/,
      cause,
    });
  });
});
