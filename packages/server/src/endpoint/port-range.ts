/**
 * Ports of `rest.bind-port`: `8081`, `8081-8181`, `8081,9000-9010`.
 *
 * Flink: NetUtils.getPortRangeFromString.
 */
import { ConfigError, type Configuration, RestOptions } from '@millrace/core';

const PORT_MAX = 65_535;

export interface BindPorts {
  /** The key that names them. */
  readonly key: string;
  readonly text: string;
  /** In the order in which they are tried; 0 is any free one. */
  readonly ports: readonly number[];
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` */
export function bindPorts(configuration: Configuration): BindPorts {
  const text = configuration.get(RestOptions.BIND_PORT);
  if (text === undefined) {
    const port = configuration.get(RestOptions.PORT);
    return { key: RestOptions.PORT.key, text: String(port), ports: [port] };
  }
  const { key } = RestOptions.BIND_PORT;
  return { key, text, ports: text.split(',').flatMap((part) => portsOf(part, text, key)) };
}

function portsOf(part: string, text: string, key: string): number[] {
  const [, first = '', last = first] = /^\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?$/.exec(part) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === '' || to > PORT_MAX || from > to) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${key} is '${text}'; use ports from 0 to ${PORT_MAX} or ranges of them, such as '8081-8181,9000'`,
    );
  }
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
