/**
 * Accumulators between threads. Those of Millrace are made anew from their fields by their name; one
 * of the program's own classes is made anew in a worker, which has the class, and merged there.
 *
 * Invariant: what cannot be taken apart into fields is told when it is asked for, and by its name; it
 * does not fail the job.
 *
 * Flink serializes accumulators with Java serialization, to the same end.
 */
import {
  type Accumulator,
  AccumulatorRegistry,
  AverageAccumulator,
  ConfigError,
  DoubleCounter,
  DoubleMaximum,
  DoubleMinimum,
  decodeError,
  type EncodedError,
  encodeError,
  errorMessage,
  Histogram,
  IntCounter,
  IntMaximum,
  IntMinimum,
  ListAccumulator,
  LongCounter,
  LongMaximum,
  LongMinimum,
} from '@millrace/core';

// biome-ignore lint/suspicious/noExplicitAny: what is added and what comes out is known by name only.
type AnyAccumulator = Accumulator<any, any>;
type AccumulatorClass = new () => AnyAccumulator;

const OWN_CLASSES: ReadonlyMap<string, AccumulatorClass> = new Map(
  [
    AverageAccumulator,
    DoubleCounter,
    DoubleMaximum,
    DoubleMinimum,
    Histogram,
    IntCounter,
    IntMaximum,
    IntMinimum,
    ListAccumulator,
    LongCounter,
    LongMaximum,
    LongMinimum,
  ].map((type) => [type.name, type as AccumulatorClass]),
);

/** What one task gathered under one name. */
export interface AccumulatorPart {
  readonly name: string;
  readonly className: string;
  /** False for a class of the program. */
  readonly isOwn: boolean;
  /** Its fields by name, unless `error` says why there are none. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Of a class of the program: what it came to. */
  readonly value: unknown;
  readonly error: EncodedError | undefined;
}

export function encodeAccumulators(registry: AccumulatorRegistry): AccumulatorPart[] {
  return Array.from(registry.entries(), ([name, accumulator]) => encode(name, accumulator));
}

function encode(name: string, accumulator: AnyAccumulator): AccumulatorPart {
  const className = accumulator.constructor.name;
  const isOwn = OWN_CLASSES.get(className) === accumulator.constructor;
  try {
    // The copy also keeps what is posted from changing with the accumulator, and finds what cannot be.
    const copy = structuredClone({
      fields: { ...accumulator } as Record<string, unknown>,
      value: isOwn ? undefined : accumulator.localValue,
    });
    return { name, className, isOwn, ...copy, error: undefined };
  } catch (error) {
    const failure = encodeError(notCloneable(name, className, error));
    return { name, className, isOwn, fields: {}, value: undefined, error: failure };
  }
}

/** Values of classes of the program that workers merged, by accumulator name. */
export type MergedValues = ReadonlyMap<string, () => unknown>;

/** A registry as the one that was encoded. */
export function decodeAccumulators(
  parts: readonly AccumulatorPart[],
  merged: MergedValues,
): AccumulatorRegistry {
  const registry = new AccumulatorRegistry();
  for (const part of parts) {
    registry.add(
      part.name,
      part.isOwn && part.error === undefined ? revive(part, classOf(part)) : foreign(part, merged),
    );
  }
  return registry;
}

function classOf({ className }: AccumulatorPart): AccumulatorClass {
  return OWN_CLASSES.get(className) as AccumulatorClass;
}

function revive(part: AccumulatorPart, type: { readonly prototype: object }): AnyAccumulator {
  return Object.assign(Object.create(type.prototype) as AnyAccumulator, part.fields);
}

/**
 * In a worker: what the parts of one name come to.
 *
 * @param own - of this worker, for their class
 * @throws ConfigError `VALUE_NOT_SERIALIZABLE`, `ACCUMULATOR_CONFLICT`
 */
export function mergeForeignParts(
  parts: readonly AccumulatorPart[],
  own: readonly AccumulatorRegistry[],
): unknown {
  const [first] = parts;
  if (first === undefined) {
    return undefined;
  }
  const { name, className } = first;
  const instance = own
    .map((registry) => registry.get(name))
    .find((accumulator) => accumulator?.constructor.name === className);
  if (instance === undefined) {
    throw new ConfigError(
      'ACCUMULATOR_CONFLICT',
      `accumulator '${name}' is a ${className} in one task and something else in others; rename one`,
    );
  }
  try {
    const [merged, ...others] = parts.map((part) => revive(part, instance.constructor));
    for (const other of others) {
      merged!.merge(other);
    }
    return structuredClone(merged!.localValue);
  } catch (error) {
    throw notCloneable(name, className, error);
  }
}

function notCloneable(name: string, className: string, error: unknown): ConfigError {
  return new ConfigError(
    'VALUE_NOT_SERIALIZABLE',
    `accumulator '${name}' (${className}) cannot go from one thread to another ` +
      `(${errorMessage(error)}): keep what it gathers in ordinary fields of plain values, no ` +
      "functions and no private fields with '#', or use one of Millrace's accumulators",
    { cause: error },
  );
}

/** Stands for one of a class that this thread does not have. */
class ForeignAccumulator implements AnyAccumulator {
  private parts = 1;
  private readonly part: AccumulatorPart;
  private readonly merged: MergedValues;

  constructor(part: AccumulatorPart, merged: MergedValues) {
    this.part = part;
    this.merged = merged;
  }

  get localValue(): unknown {
    const { error, value, name } = this.part;
    if (error !== undefined) {
      throw decodeError(error);
    }
    return this.parts === 1 ? value : this.merged.get(name)?.();
  }

  add(): void {}

  resetLocal(): void {}

  merge(other: ForeignAccumulator): void {
    this.parts += other.parts;
  }

  clone(): ForeignAccumulator {
    const type = this.constructor as typeof ForeignAccumulator;
    return new type(this.part, this.merged);
  }
}

/** One for each name of a class, by which the accumulators of one name are seen to fit. */
const foreignClasses = new Map<string, typeof ForeignAccumulator>();

function foreign(part: AccumulatorPart, merged: MergedValues): AnyAccumulator {
  const { className } = part;
  let type = foreignClasses.get(className);
  if (type === undefined) {
    type = { [className]: class extends ForeignAccumulator {} }[
      className
    ] as typeof ForeignAccumulator;
    foreignClasses.set(className, type);
  }
  return new type(part, merged);
}
