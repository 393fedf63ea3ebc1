/**
 * Settings on the command line: `-Dkey=value` and `-D key=value`. They win over the file.
 *
 * Flink: DynamicPropertiesUtil. A key without a value means `true`; here only a known one of a boolean, as a
 * misspelt one would do nothing. Keys of the program are written with their value.
 */
import {
  allConfigOptions,
  COMMAND_LINE_ORIGIN,
  ConfigError,
  Configuration,
  nearestOf,
} from '@millrace/core';
import { parseFlowValue } from './yaml-config-file.ts';

export interface DynamicProperties {
  readonly configuration: Configuration;
  /** The arguments that are no settings, in their order. */
  readonly rest: readonly string[];
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` for a `-D` that names no key, or gives it no value */
export function parseDynamicProperties(argv: readonly string[]): DynamicProperties {
  const configuration = new Configuration();
  const rest: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index]!;
    if (!argument.startsWith('-D')) {
      rest.push(argument);
      continue;
    }
    const detached = argument === '-D';
    index += detached ? 1 : 0;
    setProperty(configuration, (detached ? argv[index] : argument.slice(2)) ?? '');
  }
  return { configuration, rest };
}

function setProperty(configuration: Configuration, property: string): void {
  const reason = reasonAgainstProperty(property);
  if (reason !== undefined) {
    throw new ConfigError('CONFIG_VALUE_INVALID', reason);
  }
  const [key, value] = splitOnce(property);
  configuration.setRaw(key, parseFlowValue(value), COMMAND_LINE_ORIGIN);
}

/** Why what follows a `-D` is no setting; `undefined` when it is one. */
export function reasonAgainstProperty(property: string): string | undefined {
  const [key] = splitOnce(property);
  if (key === '') {
    return `-D is followed by ${JSON.stringify(property)}; write -D key=value`;
  }
  const flags = booleanKeys();
  if (property.includes('=') || flags.includes(key)) {
    return undefined;
  }
  const nearest = nearestOf(key, flags, Math.floor(key.length / 3));
  return (
    `-D ${key} has no value; write -D ${key}=value, a key alone is for one that is true or false` +
    (nearest === undefined ? '' : `; did you mean ${nearest}?`)
  );
}

function booleanKeys(): string[] {
  return allConfigOptions()
    .filter(({ type }) => type === 'bool')
    .flatMap(({ key, olderKeys }) => [key, ...olderKeys.map((older) => older.key)]);
}

function splitOnce(property: string): [key: string, value: string] {
  const equals = property.indexOf('=');
  return equals < 0
    ? [property.trim(), 'true']
    : [property.slice(0, equals).trim(), property.slice(equals + 1)];
}
