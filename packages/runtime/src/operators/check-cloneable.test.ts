import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RichFunction } from '@millrace/core';
import { checkCloneable } from './check-cloneable.ts';

class PrivateField {
  #count = 0;
  map(): number {
    return ++this.#count;
  }
}

class Child extends PrivateField {}

class PrivateMethod {
  #next(): number {
    return 1;
  }
  map(): number {
    return this.#next();
  }
}

class ArrowField {
  count = 0;
  readonly bump = (): number => ++this.count;
}

class ArrowInContainer {
  count = 0;
  readonly handlers = new Map([['add', [{ run: (by: number): number => this.count + by }]]]);
}

class AsyncArrow {
  count = 0;
  readonly later = async (by: number): Promise<number> => this.count + by;
}

class Bound {
  count = 0;
  readonly bump: () => number;
  constructor() {
    this.bump = this.next.bind(this);
  }
  next(): number {
    return ++this.count;
  }
}

class ExtendsMap extends Map<string, number> {}

/** As TypeScript writes `this.#count` for older targets. */
const Compiled = new Function(
  `return class Compiled { map() { return __classPrivateFieldGet(this, _count, "f"); } }`,
)() as new () => object;

describe('a function object that cannot be copied', () => {
  const refused: readonly [string, object, RegExp][] = [
    ['has a private field', new PrivateField(), /class PrivateField, but it has .*#count/],
    ['inherits a private field', new Child(), /class Child, but it has .*#count/],
    ['has a private method', new PrivateMethod(), /private member #next/],
    ['has compiled private members', new Compiled(), /it has private members/],
    [
      'has an arrow function that uses this',
      new ArrowField(),
      /function in its field bump is tied/,
    ],
    [
      'has one in a container',
      new ArrowInContainer(),
      /field handlers, entry add, entry 0, entry run/,
    ],
    ['has an async one', new AsyncArrow(), /field later/],
    ['has a bound function', new Bound(), /field bump/],
    ['extends a built-in class', new ExtendsMap(), /it extends Map/],
  ];
  for (const [what, fn, reason] of refused) {
    it(`is refused when it ${what}`, () => {
      assert.throws(() => checkCloneable(fn), { code: 'UNSUPPORTED', message: reason });
    });
  }

  it('is refused with the remedy that fits the call', () => {
    assert.throws(
      () => checkCloneable(new Child(), (name) => `use process(() => new ${name}(…))`),
      {
        message: /; use process\(\(\) => new Child\(…\)\)$/,
      },
    );
  });
});

class Underscores {
  _privateGetter(): object {
    return this;
  }
  map(): object {
    return this._privateGetter();
  }
}

class Injected extends RichFunction {
  static #lastId = 0;
  readonly id: number;
  // A comment may say this.#anything.
  readonly isHigh: (x: number) => boolean;
  readonly parse = JSON.parse;
  readonly shorthand: object = {
    twice(this: { x: number }): number {
      return this.x * 2;
    },
  };
  self: object = this;

  constructor(isHigh: (x: number) => boolean) {
    super();
    this.isHigh = isHigh;
    this.id = ++Injected.#lastId;
  }
}

describe('a function object that can be copied', () => {
  const total = { sum: 0 };
  const allowed: readonly [string, object][] = [
    ['is a plain object with arrow functions', { add: (x: number): number => (total.sum += x) }],
    ['has no prototype', Object.create(null) as object],
    ['is given functions, static members and cycles', new Injected((x) => x > 3)],
    ['names methods private', new Underscores()],
    ['inherits from a plain object', Object.create({ map: () => 1 }) as object],
  ];
  for (const [what, fn] of allowed) {
    it(`is taken when it ${what}`, () => {
      assert.doesNotThrow(() => checkCloneable(fn));
    });
  }
});
