/**
 * The accumulators of one task by name, and what those of several tasks come to.
 *
 * Flink: AccumulatorRegistry, AccumulatorHelper.
 */
import { ConfigError } from '../errors/errors.ts';
import type { Accumulator } from './accumulator.ts';

// biome-ignore lint/suspicious/noExplicitAny: what is added and what comes out is known by name only.
type AnyAccumulator = Accumulator<any, any>;

export class AccumulatorRegistry {
  private readonly byName: Map<string, AnyAccumulator> = new Map();

  /** @throws ConfigError `ACCUMULATOR_CONFLICT` when the task has one of this name */
  add(name: string, accumulator: AnyAccumulator): void {
    const known = this.byName.get(name);
    if (known !== undefined) {
      throw new ConfigError(
        'ACCUMULATOR_CONFLICT',
        `accumulator '${name}' (${typeName(accumulator)}) exists already in this task, as ` +
          `${typeName(known)}; add each once, under a name of its own`,
      );
    }
    this.byName.set(name, accumulator);
  }

  get(name: string): AnyAccumulator | undefined {
    return this.byName.get(name);
  }

  /** @throws ConfigError `ACCUMULATOR_CONFLICT` when the name is known with another class */
  getOrAdd<A extends AnyAccumulator>(name: string, type: new () => A): A {
    const known = this.byName.get(name);
    if (known === undefined) {
      const created = new type();
      this.byName.set(name, created);
      return created;
    }
    if (!(known instanceof type)) {
      throw new ConfigError(
        'ACCUMULATOR_CONFLICT',
        `accumulator '${name}' is a ${typeName(known)} and cannot be used as a ${type.name}`,
      );
    }
    return known;
  }

  entries(): Iterable<[string, AnyAccumulator]> {
    return this.byName.entries();
  }
}

/** What the accumulators of a name came to; a function that throws where they do not fit. */
export type AccumulatorResults = ReadonlyMap<string, () => unknown>;

/** Leaves the registries as they are. */
export function mergeAccumulators(registries: Iterable<AccumulatorRegistry>): AccumulatorResults {
  const merged = new Map<string, AnyAccumulator>();
  const results = new Map<string, () => unknown>();
  for (const registry of registries) {
    for (const [name, accumulator] of registry.entries()) {
      const known = merged.get(name);
      if (known === undefined) {
        const first = accumulator.clone();
        merged.set(name, first);
        results.set(name, () => first.localValue);
      } else if (known.constructor === accumulator.constructor) {
        known.merge(accumulator);
      } else {
        results.set(name, () => {
          throw new ConfigError(
            'ACCUMULATOR_CONFLICT',
            `accumulator '${name}' is a ${typeName(known)} in one task and a ` +
              `${typeName(accumulator)} in another; rename one`,
          );
        });
      }
    }
  }
  return results;
}

function typeName(accumulator: AnyAccumulator): string {
  return accumulator.constructor.name;
}
