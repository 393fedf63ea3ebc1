/** A value as text that is the same for equal values: the order of a map or of fields does not count. */
import { POJO_CLASS } from '@millrace/core';
import { OpaqueValue, valueToJson } from '../snapshot/value-to-json.ts';

/** @param ignoreTtl - leaves out when values were last used */
export function stableText(value: unknown, ignoreTtl: boolean): string {
  if (typeof value !== 'object' || value === null) {
    return JSON.stringify(valueToJson(value));
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => stableText(item, ignoreTtl)).join()}]`;
  }
  if (value instanceof Map) {
    const entries = Array.from(
      value,
      ([key, item]) => `${stableText(key, ignoreTtl)}:${stableText(item, ignoreTtl)}`,
    );
    return `{${entries.sort().join()}}`;
  }
  if (value instanceof OpaqueValue) {
    return `${value.typeName}:${Buffer.from(value.bytes).toString('base64')}`;
  }
  if (ignoreTtl && 'lastAccessTimestamp' in value && 'userValue' in value) {
    return stableText(value.userValue, ignoreTtl);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return JSON.stringify(valueToJson(value));
  }
  const fields = Object.entries(value)
    .map(([name, field]) => `${JSON.stringify(name)}:${stableText(field, ignoreTtl)}`)
    .sort();
  return `{${(value as { [POJO_CLASS]?: string })[POJO_CLASS] ?? ''}${fields.join()}}`;
}
