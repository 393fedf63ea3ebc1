/**
 * Scalars of a body taken for those that its schema wants, as clients of Flink send them: `"true"` for a
 * boolean, 5 for a text. What means nothing of the kind, and every object and list, stays as it is and is
 * refused by the schema.
 *
 * Flink: RestMapperUtils, whose mapper has Jackson's default MapperFeature.ALLOW_COERCION_OF_SCALARS.
 */
import type { TSchema } from 'typebox';

interface Shape {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
}

/** @param value - as parsed; what it holds is changed in place */
export function coerceScalars(schema: TSchema, value: unknown): unknown {
  return coerced(schema as Shape, value);
}

function coerced(shape: Shape, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = shape;
    return items === undefined ? value : value.map((each) => coerced(items, each));
  }
  if (typeof value === 'object' && value !== null) {
    const fields = value as Record<string, unknown>;
    for (const name of Object.keys(fields)) {
      const field = shapeOf(shape, name);
      fields[name] = field === undefined ? fields[name] : coerced(field, fields[name]);
    }
    return fields;
  }
  const types = typesOf(shape);
  return value === null || types.includes(typeof value) ? value : scalar(types, value);
}

function scalar(types: readonly string[], value: unknown): unknown {
  if (typeof value === 'string' && !types.includes('string')) {
    const meant = ofText(types, value.trim());
    return meant === undefined ? value : meant;
  }
  if (types.includes('string') && (typeof value === 'number' || typeof value === 'boolean')) {
    return String(value);
  }
  if (types.includes('boolean') && Number.isInteger(value)) {
    return value !== 0;
  }
  if (types.includes('integer') && typeof value === 'number') {
    return Math.trunc(value);
  }
  return value;
}

/** @returns `undefined` where it means nothing */
function ofText(types: readonly string[], text: string): unknown {
  if (types.includes('null') && (text === '' || text === 'null')) {
    return null;
  }
  if (types.includes('boolean') && /^(true|True|TRUE|false|False|FALSE)$/.test(text)) {
    return text.toLowerCase() === 'true';
  }
  const isNumber =
    (types.includes('integer') && /^[+-]?\d+$/.test(text)) ||
    (types.includes('number') && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text));
  return isNumber ? Number(text) : undefined;
}

function typesOf({ type, anyOf = [] }: Shape): readonly string[] {
  return [...[type ?? []].flat(), ...anyOf.flatMap(typesOf)];
}

function shapeOf(shape: Shape, name: string): Shape | undefined {
  if (shape.properties !== undefined && Object.hasOwn(shape.properties, name)) {
    return shape.properties[name];
  }
  const patterns = Object.entries(shape.patternProperties ?? {});
  const found = patterns.find(([pattern]) => new RegExp(pattern).test(name));
  const rest =
    typeof shape.additionalProperties === 'object' ? shape.additionalProperties : undefined;
  return found?.[1] ?? rest ?? shape.anyOf?.map((each) => shapeOf(each, name)).find(Boolean);
}
