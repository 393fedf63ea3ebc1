/**
 * Serves metrics to Prometheus on a port of its own: the first free one of its range.
 *
 * Flink: PrometheusReporter. Keys: port (9249), filterLabelValueCharacters; host is ours (127.0.0.1).
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError, errorMessage } from '@millrace/core';
import { CONTENT_TYPE, exposition } from '../prometheus/exposition.ts';
import type { CreateMetricReporter } from './metric-reporter.ts';

const DEFAULT_PORT = '9249';
const DEFAULT_HOST = '127.0.0.1';

export const createPrometheusReporter: CreateMetricReporter = async (context) => {
  const { name, properties } = context;
  const filterLabelValueCharacters = properties.filterLabelValueCharacters !== 'false';
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405).end();
      return;
    }
    context
      .metrics()
      .then((metrics) =>
        exposition(
          metrics.map(({ dump }) => dump),
          { filterLabelValueCharacters },
        ),
      )
      .then(
        (text) => response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(text),
        (error: unknown) => {
          context.log('WARN', `reporter ${name} cannot read the metrics: ${errorMessage(error)}`);
          response.writeHead(503).end();
        },
      );
  });
  const port = await listen(server, {
    host: properties.host ?? DEFAULT_HOST,
    ports: properties.port ?? DEFAULT_PORT,
    key: `metrics.reporter.${name}.port`,
  });
  context.log('INFO', `reporter ${name} serves Prometheus on port ${port}`);
  return { port, close: () => void server.close() };
};

async function listen(
  server: Server,
  { host, ports, key }: { readonly host: string; readonly ports: string; readonly key: string },
): Promise<number> {
  for (const port of portsOf(ports, key)) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port, exclusive: true }, () => {
          server.off('error', reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
        throw new ConfigError('CONFIG_VALUE_INVALID', `${key} ${port}: ${errorMessage(error)}`);
      }
    }
  }
  throw new ConfigError(
    'CONFIG_VALUE_INVALID',
    `${key} is '${ports}', and all of it is taken on ${host}; use a larger range, such as 9250-9260`,
  );
}

/** `9249`, `9250-9260`, or several with commas. @throws ConfigError `CONFIG_VALUE_INVALID` */
export function portsOf(text: string, key: string): readonly number[] {
  return text.split(',').flatMap((part) => {
    const [, first = '', last = first] = /^\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === '' || from > to || to > 65_535) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `${key} is '${text}'; use a port or a range, such as 9250-9260`,
      );
    }
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
