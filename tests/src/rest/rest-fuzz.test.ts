import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { dispatcherOfProcess } from '@millrace/runtime';
import { startRestServer } from '@millrace/server';
import { fuzzRest } from './rest-fuzz.ts';

describe('the REST endpoint', () => {
  it('answers 300 malformed requests in the form of Flink, and goes on', async () => {
    const server = await startRestServer(
      new Configuration({ 'rest.bind-port': '0', 'web.timeout': '2 s' }),
      dispatcherOfProcess(),
    );
    server.keepAlive();
    const url = new URL(await server.url);

    const result = await fuzzRest(
      { host: url.hostname, port: Number(url.port) },
      { seed: 8, requests: 300 },
    );
    const after = await fetch(`${url.origin}/overview`);
    await server.close();

    assert.deepEqual(result.faults, []);
    assert.ok((result.statuses.get(404) ?? 0) > 50, 'most of it reached a router');
    assert.equal(after.status, 200);
  });
});
