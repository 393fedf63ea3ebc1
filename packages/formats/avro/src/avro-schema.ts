/**
 * Avro schemas: parsed and compared by the `avsc` library, kept as the JSON that the user gave.
 *
 * Avro: Schema.Parser.
 */
import { ConfigError, errorMessage } from '@millrace/core';
import avro from 'avsc';

/** A schema that was parsed: names are resolved, and its JSON is what snapshots hold. */
export interface AvroSchema {
  readonly type: avro.Type;
  readonly json: string;
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` when the schema is not one */
export function parseAvroSchema(schema: string | object): AvroSchema {
  const json = typeof schema === 'string' ? schema : JSON.stringify(schema);
  try {
    const type = avro.Type.forSchema(JSON.parse(json), { wrapUnions: 'always' });
    return { type, json };
  } catch (error) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `the Avro schema cannot be used: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}

/** True when both say the same about the data; documentation and spacing do not count. */
export function isSameSchema(one: AvroSchema, other: AvroSchema): boolean {
  return one.json === other.json || canonical(one) === canonical(other);
}

function canonical(schema: AvroSchema): string {
  const exported = schema.type.schema({ exportAttrs: true });
  return JSON.stringify(exported, (key, value) => (key === 'doc' ? undefined : value));
}
