/**
 * Looks for a free port before the job begins, so that one that is taken is told at its start although
 * the thread of the endpoint is still loading.
 */
import { createServer } from 'node:net';
import { ConfigError, errorMessage, RestOptions } from '@millrace/core';
import type { BindPorts } from './port-range.ts';

/**
 * @returns those from the first free one on: another process may take that one in between
 * @throws ConfigError `REST_PORT_TAKEN` when none is free, `REST_ENDPOINT_FAILED` when the address is none
 *   of this machine or the port may not be bound
 */
export async function freePorts(address: string, bind: BindPorts): Promise<readonly number[]> {
  for (const [index, port] of bind.ports.entries()) {
    try {
      await probe(address, port);
      return bind.ports.slice(index);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
        throw new ConfigError(
          'REST_ENDPOINT_FAILED',
          `the REST endpoint cannot bind ${address}:${port}: ${errorMessage(error)}; ` +
            `change rest.bind-address or ${bind.key}`,
          { cause: error },
        );
      }
    }
  }
  throw portTaken(address, bind);
}

export function portTaken(address: string, bind: BindPorts): ConfigError {
  const what = bind.ports.length === 1 ? `port ${bind.text} is` : `the ports ${bind.text} are all`;
  return new ConfigError(
    'REST_PORT_TAKEN',
    `${what} taken on ${address}; set ${bind.key} to another one or to 0 for any free one, ` +
      `or ${RestOptions.BIND_PORT.key} to a range such as 8081-8181`,
  );
}

function probe(address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve()));
  });
}
