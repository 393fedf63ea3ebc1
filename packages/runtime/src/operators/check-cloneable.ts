/**
 * Refuses function objects whose copies would not work alone.
 *
 * Invariants: refused are
 * - private members (`#name`, also in the forms that compilers make of them): a copy has none, so
 *   the first use throws;
 * - arrow functions that use `this`, and bound functions, in fields or in plain containers there:
 *   in a copy they still work on the original, which all subtasks would then share;
 * - classes that extend a built-in one, such as Map: a copy lacks what the engine keeps for it.
 *
 * JavaScript does not tell any of these, so the source text of classes and functions is read. Text
 * in a comment or string that looks the same is refused too; a factory is always a way out.
 * Functions in fields that do not use `this` are shared, as closures are.
 */
import { ConfigError } from '@millrace/core';

/**
 * @param remedy - what to write instead; gets the name of the class
 * @throws ConfigError `UNSUPPORTED`
 */
export function checkCloneable(
  fn: object,
  remedy: (className: string) => string = (className) =>
    `give what makes one instead: perSubtask(() => new ${className}(…))`,
): void {
  const prototype = Object.getPrototypeOf(fn) as object | null;
  if (prototype === Object.prototype || prototype === null) {
    return; // Methods of a plain object are its own: `this` in arrows there is something else.
  }
  const reason = uncopiableMember(prototype) ?? functionTiedTo(fn, 'field', new Set([fn]));
  if (reason !== undefined) {
    const className = fn.constructor?.name || 'MyFunction';
    throw new ConfigError(
      'UNSUPPORTED',
      `each subtask needs its own copy of the function object of class ${className}, but ${reason}; ${remedy(className)}`,
    );
  }
}

const PRIVATE_ACCESS = /([\w$]+|[)\]])\s*\??\.\s*(#[\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;
/** What TypeScript, esbuild and Babel make of private members for older targets. */
const COMPILED_PRIVATE_ACCESS =
  /(?<![\w$.])_+(?:classPrivate|private(?:Get|Set|Add|Method))\w*\([^;(){}]*\bthis\b/;
const COMMENT_LINE = /^\s*(?:\/\/|\/\*|\*[\s/]).*$/gm;

function uncopiableMember(prototype: object): string | undefined {
  let at: object | null = prototype;
  while (at !== null && at !== Object.prototype) {
    const type: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof type === 'function') {
      const source = sourceOf(type);
      if (isNative(source)) {
        return `it extends ${type.name}, whose inner state cannot be copied`;
      }
      const name = privateMember(type.name, source.replace(COMMENT_LINE, ''));
      if (name !== undefined) {
        return `it has ${name}, which cannot be copied`;
      }
    }
    at = Object.getPrototypeOf(at) as object | null;
  }
  return undefined;
}

function privateMember(className: string, source: string): string | undefined {
  for (const [, owner, name] of source.matchAll(PRIVATE_ACCESS)) {
    // Static members belong to the class, which the copy shares.
    if (owner !== className) {
      return `the private member ${name}`;
    }
  }
  return COMPILED_PRIVATE_ACCESS.test(source) ? 'private members' : undefined;
}

/** Looks where `cloneFunction` copies: the fields, and plain containers in them. */
function functionTiedTo(holder: object, path: string, seen: Set<object>): string | undefined {
  for (const [key, value] of entriesOf(holder)) {
    const at = `${path} ${key}`;
    if (typeof value === 'function' && isTied(value)) {
      return `the function in its ${at} is tied to the original by 'this'`;
    }
    if (isContainer(value) && !seen.has(value)) {
      seen.add(value);
      const found = functionTiedTo(value, `${at}, entry`, seen);
      if (found !== undefined) {
        return found;
      }
    }
  }
  return undefined;
}

function entriesOf(holder: object): Iterable<[string, unknown]> {
  if (holder instanceof Map || holder instanceof Set) {
    return [...holder.entries()].flatMap(([key, value]): [string, unknown][] => [
      [String(key), value],
      [String(key), key],
    ]);
  }
  return Reflect.ownKeys(holder).map((key) => [
    String(key),
    Object.getOwnPropertyDescriptor(holder, key)?.value,
  ]);
}

function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || CONTAINER_PROTOTYPES.has(prototype);
}

const CONTAINER_PROTOTYPES = new Set<unknown>([
  Object.prototype,
  Array.prototype,
  Map.prototype,
  Set.prototype,
]);

const ARROW = /^(?:async\b\s*)?(?:\(|[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>)/u;
const USES_THIS = /(?<![\w$.])(?:_?this|super)\b/;

/** Methods and `function`s get `this` from their call, so in a copy they work on the copy. */
function isTied(fn: object): boolean {
  const source = sourceOf(fn);
  if (isNative(source)) {
    return (fn as { name?: unknown }).name?.toString().startsWith('bound ') === true;
  }
  return ARROW.test(source) && USES_THIS.test(source);
}

function isNative(source: string): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(source);
}

function sourceOf(fn: object): string {
  return Function.prototype.toString.call(fn);
}
