/**
 * Each attempt of each subtask works on its own copy of a function object.
 *
 * Invariants:
 * - The copy has the same prototype. Plain containers in its fields (arrays, maps, sets, dates,
 *   plain objects, buffers and typed arrays) are copied to any depth; all else is shared.
 * - Two fields that hold one container hold one container in the copy too; cycles are kept.
 * - What a copy would break, the factory `PerSubtask` or a refusal takes care of.
 *
 * Flink copies functions by serializing them; closures cannot be, so what they hold is shared.
 */
import { ConfigError, PerSubtask, TaskError, thrownText } from '@millrace/core';
import { checkCloneable } from './check-cloneable.ts';

/**
 * A plain function is given back as it is; a factory makes a new one.
 *
 * @throws ConfigError `UNSUPPORTED` for an object that cannot be copied, `INVALID_GRAPH` for a
 *   factory that gives no new function
 * @throws TaskError `USER_FUNCTION_FAILED` for a factory that throws
 */
export function cloneFunction<F>(fn: F | PerSubtask<F>): F {
  if (fn instanceof PerSubtask) {
    return make(fn);
  }
  if (typeof fn !== 'object' || fn === null) {
    return fn;
  }
  checkCloneable(fn);
  const seen = new Map<object, object>();
  const copy = Object.create(Object.getPrototypeOf(fn)) as object;
  seen.set(fn, copy);
  copyFields(fn, copy, seen);
  return copy as F;
}

/** Each function that a factory ever made. */
const made = new WeakSet<object>();

function make<F>(factory: PerSubtask<F>): F {
  let fn: F;
  try {
    fn = factory.create();
  } catch (error) {
    throw new TaskError(
      'USER_FUNCTION_FAILED',
      `a factory of function objects threw: ${thrownText(error)}`,
      { cause: error },
    );
  }
  const isFunction = typeof fn === 'function' || (typeof fn === 'object' && fn !== null);
  if (!isFunction || fn instanceof Promise) {
    throw new ConfigError(
      'INVALID_GRAPH',
      `a factory of function objects gave ${fn instanceof Promise ? 'a promise' : String(fn)}; give a new function object, and do what takes time in its open()`,
    );
  }
  if (made.has(fn as object)) {
    throw new ConfigError(
      'INVALID_GRAPH',
      'a factory of function objects gave the same object twice; make a new one in each call, else subtasks share its fields',
    );
  }
  made.add(fn as object);
  return fn;
}

function copyValue(value: unknown, seen: Map<object, object>): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const known = seen.get(value);
  if (known !== undefined) {
    return known;
  }
  return copyContainer(value, seen) ?? value;
}

/** `undefined` for what is no plain container. */
function copyContainer(value: object, seen: Map<object, object>): object | undefined {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    const copy = Object.create(prototype) as object;
    seen.set(value, copy);
    return copyFields(value, copy, seen);
  }
  if (prototype === Array.prototype) {
    const copy: unknown[] = new Array((value as unknown[]).length);
    seen.set(value, copy);
    return copyFields(value, copy, seen);
  }
  if (prototype === Map.prototype) {
    const copy = new Map<unknown, unknown>();
    seen.set(value, copy);
    for (const [key, entry] of value as Map<unknown, unknown>) {
      copy.set(copyValue(key, seen), copyValue(entry, seen));
    }
    return copy;
  }
  if (prototype === Set.prototype) {
    const copy = new Set<unknown>();
    seen.set(value, copy);
    for (const entry of value as Set<unknown>) {
      copy.add(copyValue(entry, seen));
    }
    return copy;
  }
  if (prototype === Date.prototype || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    const copy = structuredCopy(value);
    seen.set(value, copy);
    return copy;
  }
  return undefined;
}

function structuredCopy(value: object): object {
  // A Buffer comes back from structuredClone as a plain Uint8Array.
  return Buffer.isBuffer(value) ? Buffer.from(value) : (structuredClone(value) as object);
}

function copyFields(from: object, to: object, seen: Map<object, object>): object {
  for (const key of Reflect.ownKeys(from)) {
    const descriptor = Object.getOwnPropertyDescriptor(from, key) as PropertyDescriptor;
    if ('value' in descriptor) {
      descriptor.value = copyValue(descriptor.value, seen);
    }
    // An array has its length already.
    if (!(key === 'length' && Array.isArray(to))) {
      Object.defineProperty(to, key, descriptor);
    }
  }
  return to;
}
