/**
 * Refuses what a program hands in by mistake where it is handed in, not where it is first used.
 *
 * Invariant: a message says which call it was, what it got and what it takes.
 */
import { ConfigError } from './errors.ts';

export interface ExpectedArgument {
  /** The call that takes it: `sinkTo`. */
  readonly call: string;
  /** What to give: `a sink, such as FileSink`. */
  readonly expected: string;
}

/** @throws ConfigError `INVALID_GRAPH` unless it holds */
export function checkArgument(holds: boolean, given: unknown, expected: ExpectedArgument): void {
  if (!holds) {
    throw new ConfigError(
      'INVALID_GRAPH',
      `${expected.call} got ${describeArgument(given)}; give ${expected.expected}`,
    );
  }
}

/** @throws ConfigError `INVALID_GRAPH` unless it is an object with the method; a class is none */
export function checkObjectArgument(
  method: string,
  given: unknown,
  expected: ExpectedArgument,
): void {
  const isObject = typeof given === 'object' && given !== null;
  const holds = isObject && typeof (given as Record<string, unknown>)[method] === 'function';
  checkArgument(holds, given, expected);
}

/** @throws ConfigError `INVALID_GRAPH` unless it is a function that can be called as it is */
export function checkFunctionArgument(given: unknown, expected: ExpectedArgument): void {
  checkArgument(typeof given === 'function' && !isClass(given), given, expected);
}

/** @throws ConfigError `INVALID_GRAPH` for a class whose objects have the method */
export function refuseClass(call: string, method: string, given: unknown): void {
  if (typeof given !== 'function') {
    return;
  }
  const { name, prototype } = given as { name: string; prototype?: unknown };
  if (typeof prototype === 'object' && prototype !== null && method in prototype) {
    throw new ConfigError(
      'INVALID_GRAPH',
      `${call} got the class ${name} itself; give an object of it: new ${name}(…)`,
    );
  }
}

/** For messages. */
export function describeArgument(given: unknown): string {
  switch (typeof given) {
    case 'function':
      return isClass(given) ? `the class ${given.name} itself` : 'a function';
    case 'object':
      return given === null ? 'null' : `an object of class ${given.constructor?.name}`;
    case 'string':
      return `'${given}'`;
    default:
      return String(given);
  }
}

function isClass(fn: object): boolean {
  return Function.prototype.toString.call(fn).startsWith('class');
}
