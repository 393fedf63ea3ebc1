/** What states do not take, with the errors for it. Each backend and layer refuses the same. */
// Hot path.
import { TaskError } from '@millrace/core';

/** @throws TaskError `VALUE_NOT_SERIALIZABLE` */
export function checkListElement(stateName: string, value: unknown): void {
  if (value === undefined || value === null) {
    throw new TaskError(
      'VALUE_NOT_SERIALIZABLE',
      `list state '${stateName}' was given the element ${value}; leave it out`,
    );
  }
}

/** A copy of a list that all elements of may be kept. @throws TaskError `VALUE_NOT_SERIALIZABLE` */
export function checkedListCopy<T>(stateName: string, values: readonly T[]): T[] {
  if (values === undefined || values === null) {
    throw new TaskError(
      'VALUE_NOT_SERIALIZABLE',
      `list state '${stateName}' was given ${values} for a list; use [] or clear()`,
    );
  }
  // Not by pushing: the first push makes room for 17 elements, and most lists are short.
  const copied = values.slice();
  for (let i = 0; i < copied.length; i++) {
    checkListElement(stateName, copied[i]);
  }
  return copied;
}

/** @throws TaskError `VALUE_NOT_SERIALIZABLE` */
export function checkMapKey(stateName: string, userKey: unknown): void {
  if (userKey === undefined || userKey === null) {
    throw new TaskError(
      'VALUE_NOT_SERIALIZABLE',
      `map state '${stateName}' was given the key ${userKey}; leave it out`,
    );
  }
}

/** @throws TaskError `VALUE_NOT_SERIALIZABLE` */
export function checkMapEntries(stateName: string, entries: unknown): void {
  if (entries === undefined || entries === null) {
    throw new TaskError(
      'VALUE_NOT_SERIALIZABLE',
      `map state '${stateName}' was given ${entries} for a map; use an empty one`,
    );
  }
}
