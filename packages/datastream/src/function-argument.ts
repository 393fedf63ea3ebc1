/**
 * Takes the functions that a program hands in, and refuses at once what could not run.
 *
 * Invariant: what comes out is a plain function, an object with the method that is asked for and
 * that can be copied for each subtask, or a factory.
 */
import { ConfigError, type FunctionOrFactory, PerSubtask } from '@millrace/core';
import { checkCloneable } from '@millrace/runtime';

export interface FunctionRole {
  /** The call that takes the function, for messages: `map`. */
  readonly call: string;
  /** The method that its objects have. */
  readonly method: string;
}

/** Of `process`, on streams of every kind. */
export const PROCESS: FunctionRole = { call: 'process', method: 'processElement' };

/**
 * Where a plain function is the function itself.
 *
 * @throws ConfigError `INVALID_GRAPH`, `UNSUPPORTED`
 */
export function functionArgument<F>(role: FunctionRole, fn: F | PerSubtask<F>): F | PerSubtask<F> {
  if (typeof fn === 'function') {
    refuseClass(role, fn);
  } else if (!(fn instanceof PerSubtask)) {
    checkObject(role, fn, (name) => `${role.call}(perSubtask(() => new ${name}(…)))`);
  }
  return fn;
}

/**
 * Where the function is an object, so that a plain function can only be what makes one.
 *
 * @throws ConfigError `INVALID_GRAPH`, `UNSUPPORTED`
 */
export function functionObjectArgument<F extends object>(
  role: FunctionRole,
  fn: FunctionOrFactory<F>,
): F | PerSubtask<F> {
  if (fn instanceof PerSubtask) {
    return fn;
  }
  if (typeof fn === 'function') {
    refuseClass(role, fn);
    if (fn.length > 0) {
      throw new ConfigError(
        'INVALID_GRAPH',
        `${role.call} got a function with parameters; give an object with the method ${role.method}, or a function without parameters that makes one`,
      );
    }
    return new PerSubtask(fn as () => F);
  }
  checkObject(role, fn, (name) => `${role.call}(() => new ${name}(…))`);
  return fn;
}

/**
 * A function with timers on a stream that has no keys. One that a factory makes is not looked at: it
 * fails at its first timer.
 *
 * @throws ConfigError `INVALID_GRAPH`
 */
export function refuseTimers(role: FunctionRole, fn: object): void {
  if ('onTimer' in fn) {
    throw new ConfigError(
      'INVALID_GRAPH',
      `${role.call} on a stream without keys got ${fn.constructor.name}, which has onTimer; call keyBy before, or leave onTimer out`,
    );
  }
}

/**
 * Where a function of a window is asked for, of whatever kind. A plain function with parameters is
 * the function itself; one without makes it.
 *
 * @throws ConfigError `INVALID_GRAPH`, `UNSUPPORTED`
 */
export function windowFunctionArgument<F>(
  call: string,
  fn: F | PerSubtask<F> | (() => F),
): F | PerSubtask<F> {
  if (fn instanceof PerSubtask) {
    return fn;
  }
  const method =
    typeof (fn as { process?: unknown } | null)?.process === 'function' ? 'process' : 'apply';
  if (typeof fn === 'function') {
    refuseClass({ call, method: 'process' }, fn);
    refuseClass({ call, method: 'apply' }, fn);
    return fn.length === 0 ? new PerSubtask(fn as () => F) : (fn as F);
  }
  checkObject({ call, method }, fn, (name) => `${call}(() => new ${name}(…))`);
  return fn as F;
}

function checkObject(role: FunctionRole, fn: unknown, remedy: (name: string) => string): void {
  const isObject = typeof fn === 'object' && fn !== null;
  if (!isObject || typeof (fn as Record<string, unknown>)[role.method] !== 'function') {
    const given = isObject ? `an object of class ${fn.constructor?.name}` : String(fn);
    throw new ConfigError(
      'INVALID_GRAPH',
      `${role.call} got ${given}; give an object with the method ${role.method}`,
    );
  }
  checkCloneable(fn, (name) => `give what makes one instead: ${remedy(name)}`);
}

function refuseClass(role: FunctionRole, fn: object): void {
  const { name, prototype } = fn as { name?: string; prototype?: unknown };
  if (typeof prototype === 'object' && prototype !== null && role.method in prototype) {
    throw new ConfigError(
      'INVALID_GRAPH',
      `${role.call} got the class ${name} itself; give an object of it: new ${name}(…)`,
    );
  }
}
