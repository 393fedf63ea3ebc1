/**
 * Copies values of no declared type.
 *
 * Invariants:
 * - Data is copied to any depth up to `DEPTH_MAX`, and none of it is shared.
 * - What is nested deeper, most likely because it contains itself, is refused, as it is by the
 *   writer: no map of what was copied already is kept.
 */
// Hot path.

import { TaskError } from '../errors/errors.ts';
import { DataInputView } from './data-input-view.ts';
import { DataOutputView } from './data-output-view.ts';
import { DEPTH_MAX } from './generic-tags.ts';
import { readGeneric } from './generic-value-reader.ts';
import { isStructured, partsOf, writeGeneric } from './generic-value-writer.ts';

/**
 * What happens to an instance of a class of the program. `refuse`: it becomes what a snapshot would
 * make of it, or is refused. `share`: it is copied if its class has fields only, else shared.
 */
export type ForeignPart = 'refuse' | 'share';

/** @throws TaskError `VALUE_NOT_SERIALIZABLE`, which names the part that contains itself */
export function copyGeneric(value: unknown, foreign: ForeignPart): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  try {
    return copyObject(value, foreign, 0);
  } catch (error) {
    throw error === TOO_DEEP ? explain(value) : error;
  }
}

// Thrown without a message: the path is looked for afterwards, so that copying need not track it.
const TOO_DEEP: unique symbol = Symbol('too deep');

function copyPart(part: unknown, foreign: ForeignPart, depth: number): unknown {
  return typeof part === 'object' && part !== null ? copyObject(part, foreign, depth) : part;
}

function copyObject(value: object, foreign: ForeignPart, depth: number): unknown {
  if (depth > DEPTH_MAX) {
    throw TOO_DEEP;
  }
  if (Array.isArray(value)) {
    const copy = value.slice();
    for (let i = 0; i < copy.length; i++) {
      const part = copy[i];
      if (typeof part === 'object' && part !== null) {
        copy[i] = copyObject(part, foreign, depth + 1);
      }
    }
    return copy;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) {
    const copy: Record<string, unknown> = { ...value };
    // All are its own: the copy has the prototype of every object. Twice as fast as Object.keys.
    for (const key in copy) {
      const part = copy[key];
      if (typeof part === 'object' && part !== null) {
        copy[key] = copyObject(part, foreign, depth + 1);
      }
    }
    return copy;
  }
  return copyInstance(value, { foreign, prototype, depth });
}

function copyInstance(
  value: object,
  of: { readonly foreign: ForeignPart; readonly prototype: object | null; readonly depth: number },
): unknown {
  const { foreign, prototype, depth } = of;
  if (value instanceof Map) {
    const copy = new Map<unknown, unknown>();
    for (const [key, item] of value) {
      copy.set(copyPart(key, foreign, depth + 1), copyPart(item, foreign, depth + 1));
    }
    return copy;
  }
  if (value instanceof Set) {
    const copy = new Set<unknown>();
    for (const part of value) {
      copy.add(copyPart(part, foreign, depth + 1));
    }
    return copy;
  }
  if (value instanceof Date || ArrayBuffer.isView(value) || isStructured(value)) {
    return structuredClone(value);
  }
  if (foreign === 'share') {
    return hasFieldsOnly(prototype) ? copyFields(value, prototype, depth) : value;
  }
  // Whatever else there is changes into what a snapshot would make of it.
  const target = new DataOutputView();
  writeGeneric(value, target);
  return readGeneric(new DataInputView(target.bytes()));
}

function copyFields(value: object, prototype: object | null, depth: number): object {
  const copy = Object.assign(Object.create(prototype), value) as Record<string, unknown>;
  const keys = Object.keys(copy);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    copy[key] = copyPart(copy[key], 'share', depth + 1);
  }
  return copy;
}

/** By prototype. */
const FIELDS_ONLY = new WeakMap<object, boolean>();

/** True for classes that have neither methods nor a built-in class among those that they extend. */
function hasFieldsOnly(prototype: object | null): boolean {
  if (prototype === null || prototype === Object.prototype) {
    return true;
  }
  let known = FIELDS_ONLY.get(prototype);
  if (known === undefined) {
    known =
      Reflect.ownKeys(prototype).every((key) => key === 'constructor') &&
      hasFieldsOnly(Object.getPrototypeOf(prototype));
    FIELDS_ONLY.set(prototype, known);
  }
  return known;
}

function isCopiedByParts(value: object): boolean {
  return (
    Array.isArray(value) ||
    value instanceof Map ||
    value instanceof Set ||
    hasFieldsOnly(Object.getPrototypeOf(value))
  );
}

function explain(root: object): TaskError {
  const found = findCycle(root, { path: 'value', ancestors: new Map(), seen: new Set() });
  return new TaskError(
    'VALUE_NOT_SERIALIZABLE',
    `${found ?? `value is nested deeper than ${DEPTH_MAX}`}, which cannot be copied; break the cycle, or declare a type whose serializer can copy it`,
  );
}

function findCycle(
  value: unknown,
  at: {
    readonly path: string;
    readonly ancestors: Map<object, string>;
    readonly seen: Set<object>;
  },
): string | undefined {
  const { path, ancestors, seen } = at;
  if (typeof value !== 'object' || value === null || !isCopiedByParts(value)) {
    return undefined;
  }
  const same = ancestors.get(value);
  if (same !== undefined) {
    return `${path} is ${same} itself`;
  }
  if (seen.has(value) || ancestors.size > DEPTH_MAX) {
    return undefined;
  }
  seen.add(value);
  ancestors.set(value, path);
  for (const [name, part] of partsOf(value)) {
    const found = findCycle(part, { path: path + name, ancestors, seen });
    if (found !== undefined) {
      return found;
    }
  }
  ancestors.delete(value);
  return undefined;
}
