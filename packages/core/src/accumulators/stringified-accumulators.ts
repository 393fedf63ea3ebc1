/**
 * Accumulators as text, as Java would print them.
 *
 * Flink: StringifiedAccumulatorResult.
 */
import { type AccumulatorRegistry, mergeAccumulators } from './accumulator-registry.ts';

export interface StringifiedAccumulatorResult {
  readonly name: string;
  /** Of its class. */
  readonly type: string;
  /** Or why there is none. */
  readonly value: string;
}

/** Longer lists and maps are cut: they are for people. */
const SHOWN_ELEMENTS_MAX = 1000;

/** What the accumulators of each name come to over all registries, which stay as they are. */
export function stringifyAccumulators(
  registries: readonly AccumulatorRegistry[],
): StringifiedAccumulatorResult[] {
  const types = new Map<string, string>();
  for (const registry of registries) {
    for (const [name, accumulator] of registry.entries()) {
      types.set(name, types.get(name) ?? accumulator.constructor.name);
    }
  }
  const results = mergeAccumulators(registries);
  return Array.from(types, ([name, type]) => ({
    name,
    type,
    value: text(type, results.get(name)),
  }));
}

function text(type: string, value: (() => unknown) | undefined): string {
  try {
    return javaText(value?.(), type.startsWith('Double') || type.startsWith('Average'));
  } catch (error) {
    return String(error);
  }
}

function javaText(value: unknown, isDouble: boolean): string {
  if (value === undefined || value === null) {
    return 'null';
  }
  if (typeof value === 'number') {
    return isDouble && Number.isInteger(value) ? value.toFixed(1) : String(value);
  }
  if (value instanceof Map) {
    const entries = [...value].sort(([a], [b]) => (a < b ? -1 : 1));
    const shown = entries.map(
      ([key, each]) => `${javaText(key, false)}=${javaText(each, isDouble)}`,
    );
    return `{${joined(shown)}}`;
  }
  if (Array.isArray(value) || value instanceof Set) {
    return `[${joined(Array.from(value, (each) => javaText(each, isDouble)))}]`;
  }
  return typeof value === 'object' ? (JSON.stringify(value) ?? String(value)) : String(value);
}

function joined(texts: readonly string[]): string {
  const cut = texts.length > SHOWN_ELEMENTS_MAX ? `, … ${texts.length} in all` : '';
  return texts.slice(0, SHOWN_ELEMENTS_MAX).join(', ') + cut;
}
