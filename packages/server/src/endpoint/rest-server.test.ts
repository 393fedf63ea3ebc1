import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { gatewayOf } from './gateway-fixture.ts';
import { startRestServer } from './rest-server.ts';

describe('the REST server of a process', () => {
  it('answers what it asked the thread of the jobs, until it is closed', async () => {
    const configuration = new Configuration({ 'rest.bind-port': '0' });
    const server = await startRestServer(configuration, gatewayOf());
    server.keepAlive(); // Nothing else does here.
    const url = await server.url;

    const answer = await fetch(`${url}/overview`);
    const errors = (await (await fetch(`${url}/jobs-of-nobody`)).json()) as { errors: string[] };
    await server.close();

    assert.equal(answer.status, 200);
    assert.deepEqual(errors.errors, ['Unable to load requested file /jobs-of-nobody.']);
    await assert.rejects(fetch(`${url}/overview`));
  });

  it('is refused by port and key where the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };

    const starting = startRestServer(
      new Configuration({ 'rest.bind-port': String(port) }),
      gatewayOf(),
    );

    await assert.rejects(starting, {
      code: 'REST_PORT_TAKEN',
      message: new RegExp(`port ${port} is taken on 127.0.0.1; set rest.bind-port`),
    });
    other.close();
  });

  it('is refused before it starts where TLS has no certificate', async () => {
    const configuration = new Configuration({ 'security.ssl.rest.enabled': true });

    await assert.rejects(startRestServer(configuration, gatewayOf()), {
      code: 'CONFIG_VALUE_INVALID',
      message: /security\.ssl\.rest\.certificate/,
    });
  });
});
