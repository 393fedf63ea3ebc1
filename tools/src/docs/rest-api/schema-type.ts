/**
 * The TypeScript type of values that fit a JSON Schema.
 *
 * Invariant: what it does not know how to say fails; no schema becomes `any` or a guess.
 */
import { referredName, type Schema } from './openapi.ts';

const PRIMITIVES: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  integer: 'number',
  null: 'null',
  number: 'number',
  string: 'string',
};

const KNOWN: ReadonlySet<string> = new Set([
  ...['$ref', 'type', 'enum', 'anyOf', 'items', 'properties', 'required', 'additionalProperties'],
  // What narrows values but not their type.
  ...['description', 'format', 'maxLength', 'maximum', 'minimum', 'pattern', 'title'],
]);

/** @param indent - of the line that the type begins in */
export function schemaType(schema: Schema, indent = ''): string {
  const unknown = Object.keys(schema).find((keyword) => !KNOWN.has(keyword));
  if (unknown !== undefined) {
    throw new Error(`no type is known for the keyword ${unknown} of ${JSON.stringify(schema)}`);
  }
  if (schema.$ref !== undefined) {
    return referredName(schema.$ref);
  }
  if (schema.anyOf !== undefined) {
    return schema.anyOf.map((each) => schemaType(each, indent)).join(' | ');
  }
  if (schema.enum !== undefined) {
    return schema.enum.map((value) => (value === null ? 'null' : quoted(value))).join(' | ');
  }
  if (schema.type === undefined) {
    return 'unknown';
  }
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
  return types.map((type) => typeNamed(type, schema, indent)).join(' | ');
}

function typeNamed(type: string, schema: Schema, indent: string): string {
  if (type === 'object') {
    return objectType(schema, indent);
  }
  if (type === 'array') {
    const items = schemaType(schema.items ?? {}, indent);
    return items.includes('|') ? `(${items})[]` : `${items}[]`;
  }
  const primitive = PRIMITIVES[type];
  if (primitive === undefined) {
    throw new Error(`no type is known for ${JSON.stringify(schema)}`);
  }
  return primitive;
}

function objectType(schema: Schema, indent: string): string {
  const { properties = {}, additionalProperties } = schema;
  const open = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  const entries = Object.entries(properties);
  if (entries.length === 0) {
    if (open !== undefined) {
      return `Record<string, ${schemaType(open, indent)}>`;
    }
    return additionalProperties === false ? 'Record<string, never>' : 'Record<string, unknown>';
  }
  if (open !== undefined) {
    // TypeScript has no type for "all others".
    throw new Error(`no type is known for ${JSON.stringify(schema)}`);
  }
  return members(schema, indent);
}

/** `{ … }`, one property a line. */
export function members(
  { properties = {}, required = [] }: Pick<Schema, 'properties' | 'required'>,
  indent = '',
): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).flatMap(([name, property]) => {
    const mark = required.includes(name) ? '' : '?';
    const line = `${inner}${propertyName(name)}${mark}: ${schemaType(property, inner)};`;
    const { description } = property;
    return description === undefined ? [line] : [`${inner}/** ${description} */`, line];
  });
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
}

export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
