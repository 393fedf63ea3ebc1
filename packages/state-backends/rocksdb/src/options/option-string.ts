/** Option records in the words of RocksDB: `name=value;name={name=value}`. */
import type { OptionRecord, OptionValue } from './option-records.ts';

/** Options that are `undefined` are left out, so RocksDB's default holds. */
export function optionString(options: OptionRecord): string {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(';');
}

function valueText(value: OptionValue): string {
  if (typeof value === 'object') {
    return `{${optionString(value)}}`;
  }
  const text = String(value);
  // A value with a separator of the format would end early.
  return /[;={}]/.test(text) && !text.startsWith('{') ? `{${text}}` : text;
}
