/**
 * Where the REST server is: `--jobmanager`, else `rest.address` and `rest.port` of the configuration,
 * else 127.0.0.1:8081.
 *
 * A server that took another port of `rest.bind-port` than the configured one must be named.
 */
import type { Configuration } from '@millrace/core';
import { UsageError } from '../usage-error.ts';

const HOST_DEFAULT = '127.0.0.1';
const PORT_DEFAULT = 8081;

/** @throws UsageError for text that is no address */
export function parseServerAddress(text: string, defaultPort: number = PORT_DEFAULT): URL {
  const hasScheme = /^https?:\/\//i.test(text);
  const withScheme = hasScheme ? text : `http://${text.startsWith(':') ? HOST_DEFAULT : ''}${text}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch {
    throw notAnAddress(text);
  }
  if (url.hostname === '' || url.search !== '' || url.hash !== '' || /\s/.test(text)) {
    throw notAnAddress(text);
  }
  if (!hasScheme && url.port === '' && !/:80(\/|$)/.test(text)) {
    url.port = String(defaultPort);
  }
  return url;
}

/** Of a server that runs with this configuration. */
export function configuredServerAddress(configuration: Configuration): URL {
  const values = configuration.toMap();
  const first = (...keys: string[]) =>
    keys.map((key) => values[key]).find((value) => value !== undefined && value !== '');
  const host = first('rest.address', 'jobmanager.rpc.address') ?? HOST_DEFAULT;
  // A range, or 0, says nothing of the port that was taken.
  const port = [
    first('rest.port', 'rest.web.port', 'jobmanager.web.port', 'web.port'),
    first('rest.bind-port'),
  ].find((text) => /^[1-9]\d*$/.test(text ?? ''));
  const scheme = first('security.ssl.rest.enabled')?.toLowerCase() === 'true' ? 'https' : 'http';
  const prefix = first('rest.url-prefix') ?? '/';
  const authority = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return parseServerAddress(`${scheme}://${authority}:${port ?? PORT_DEFAULT}${prefix}`);
}

function notAnAddress(text: string): UsageError {
  return new UsageError(
    `--jobmanager ${text}: give HOST:PORT, or http:// or https:// and the same`,
  );
}
