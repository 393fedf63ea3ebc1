/**
 * JSON as Flink's REST writes it, by the schema of an answer.
 *
 * Invariants:
 * - A whole number (`integer`) is written with all its digits; a `bigint` beyond 2^53 too.
 * - A double (`number` with format `double`) is written as Java prints it: `0.0`, `1.0E7`, `"NaN"`.
 * - Only what the schema names is written, in its order; a required property that is missing is a defect.
 *
 * Flink: Jackson as RestMapperUtils sets it up.
 */
import { invariant } from '@millrace/core';

export type JsonWriter = (value: unknown) => string;

/** The part of JSON Schema that our answers use. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** Compiled once for each kind of answer. */
export function jsonWriter(schema: object): JsonWriter {
  const { type, format, properties, patternProperties, additionalProperties, items } =
    schema as Schema;
  if (Array.isArray(type)) {
    const inner = jsonWriter({ ...schema, type: type.find((name) => name !== 'null') });
    return (value) => (value === null || value === undefined ? 'null' : inner(value));
  }
  if (type === 'object' && properties !== undefined) {
    return objectWriter(schema as Schema, properties);
  }
  if (type === 'object') {
    const ofValue =
      Object.values(patternProperties ?? {})[0] ??
      (typeof additionalProperties === 'object' ? additionalProperties : {});
    return mapWriter(jsonWriter(ofValue));
  }
  if (type === 'array') {
    const ofItem = jsonWriter(items ?? {});
    return (value) => `[${(value as readonly unknown[]).map(ofItem).join(',')}]`;
  }
  if (type === 'integer') {
    return wholeNumberText;
  }
  return type === 'number' && format === 'double' ? doubleText : anyText;
}

function objectWriter(schema: Schema, properties: Readonly<Record<string, Schema>>): JsonWriter {
  const required = new Set(schema.required);
  const parts = Object.entries(properties).map(([name, property]) => ({
    name,
    text: `${JSON.stringify(name)}:`,
    write: jsonWriter(property),
    required: required.has(name),
  }));
  return (value) => {
    const object = value as Readonly<Record<string, unknown>>;
    let text = '';
    for (const part of parts) {
      const property = object[part.name];
      if (property === undefined) {
        invariant(!part.required, `an answer has the property ${part.name}`);
        continue;
      }
      text += `${text === '' ? '' : ','}${part.text}${part.write(property)}`;
    }
    return `{${text}}`;
  };
}

function mapWriter(ofValue: JsonWriter): JsonWriter {
  return (value) =>
    `{${Object.entries(value as object)
      .filter(([, property]) => property !== undefined)
      .map(([name, property]) => `${JSON.stringify(name)}:${ofValue(property)}`)
      .join(',')}}`;
}

function wholeNumberText(value: unknown): string {
  if (typeof value === 'bigint') {
    return String(value);
  }
  invariant(Number.isFinite(value), `a whole number of an answer is one, not ${String(value)}`);
  return BigInt(Math.trunc(value as number)).toString();
}

/** Of a number that came from a double. Java: Double.toString, and in quotes what is no number of JSON. */
export function doubleText(value: unknown): string {
  const double = Number(value);
  if (!Number.isFinite(double)) {
    return `"${double}"`;
  }
  const size = Math.abs(double);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) {
    const text = Object.is(double, -0) ? '-0' : String(double);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [digits = '', exponent = ''] = double.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent.replace('+', '')}`;
}

function anyText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? Number(inner) : inner,
  );
}
