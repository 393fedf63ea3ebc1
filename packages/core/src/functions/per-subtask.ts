/**
 * Makes a function for each attempt of each subtask, in place of copies of one function object.
 *
 * Needed where a copy cannot be had: classes with `#private` members or with arrow functions that
 * use `this` in their fields, and closures that keep something of their own.
 */

export class PerSubtask<F> {
  readonly create: () => F;

  constructor(create: () => F) {
    this.create = create;
  }
}

/**
 * For `map`, `filter`, `flatMap` and `reduce`, where a plain function is the function itself:
 * `map(perSubtask(() => new Enrich()))`. Elsewhere `process(() => new Count())` says the same.
 *
 * @param create - called once for each attempt of each subtask; gives a new function each time
 */
export function perSubtask<F>(create: () => F): PerSubtask<F> {
  return new PerSubtask(create);
}

/** A function object, or what makes one for each attempt of each subtask. */
export type FunctionOrFactory<F extends object> = F | PerSubtask<F> | (() => F);
