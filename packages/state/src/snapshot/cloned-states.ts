/**
 * State handles that have crossed to another thread: a structured clone keeps everything of them but
 * the class of their key group ranges.
 */
import { KeyGroupRange } from '@millrace/core';

/**
 * Gives the key group ranges in handles their class again, in place.
 *
 * @param clone - what a structured clone made of handles, or of arrays, maps and plain objects of them;
 *   nobody else's
 * @returns `clone`
 */
export function reviveStateHandles<T>(clone: T): T {
  if (Array.isArray(clone) || clone instanceof Map) {
    for (const item of clone.values()) {
      reviveStateHandles(item);
    }
  } else if (isPlainObject(clone)) {
    reviveFields(clone);
  }
  return clone;
}

function reviveFields(clone: Record<string, unknown>): void {
  for (const [name, item] of Object.entries(clone)) {
    if (name === 'keyGroupRange') {
      clone[name] = revivedRange(item as KeyGroupRange);
    } else {
      reviveStateHandles(item);
    }
  }
}

/** Not the bytes of a handle. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

function revivedRange({ startKeyGroup, endKeyGroup }: KeyGroupRange): KeyGroupRange {
  return new KeyGroupRange(startKeyGroup, endKeyGroup);
}
