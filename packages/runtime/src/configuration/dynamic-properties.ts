/**
 * Settings on the command line: `-Dkey=value` and `-D key=value`. They win over the file.
 *
 * Flink: DynamicPropertiesUtil. A key without a value means `true`.
 */
import { COMMAND_LINE_ORIGIN, ConfigError, Configuration } from '@millrace/core';
import { parseFlowValue } from './yaml-config-file.ts';

export interface DynamicProperties {
  readonly configuration: Configuration;
  /** The arguments that are no settings, in their order. */
  readonly rest: readonly string[];
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` for a `-D` that names no key */
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
    setProperty(configuration, detached ? argv[index] : argument.slice(2));
  }
  return { configuration, rest };
}

function setProperty(configuration: Configuration, property: string | undefined): void {
  const [key, value] = splitOnce(property ?? '');
  if (key === '') {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `-D is followed by ${JSON.stringify(property ?? '')}; write -D key=value`,
    );
  }
  configuration.setRaw(key, parseFlowValue(value), COMMAND_LINE_ORIGIN);
}

function splitOnce(property: string): [key: string, value: string] {
  const equals = property.indexOf('=');
  return equals < 0
    ? [property.trim(), 'true']
    : [property.slice(0, equals).trim(), property.slice(equals + 1)];
}
