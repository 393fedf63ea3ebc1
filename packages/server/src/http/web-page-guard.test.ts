import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endpointOf } from '../endpoint/gateway-fixture.ts';

const JOB = '0'.repeat(32);
const CANCEL = { method: 'PATCH', url: `/jobs/${JOB}` } as const;
const OVERVIEW = { method: 'GET', url: '/overview' } as const;
const EVIL = 'https://evil.example';

async function ask(
  request: { readonly method: 'GET' | 'PATCH' | 'POST' | 'PUT' | 'DELETE'; readonly url: string },
  headers: Record<string, string>,
  settings: Record<string, string> = {},
) {
  const { app } = endpointOf({}, settings);
  const answer = await app.inject({ ...request, headers });
  return { status: answer.statusCode, body: answer.body };
}

const isRefused = async (...asked: Parameters<typeof ask>) => {
  const { status, body } = await ask(...asked);
  assert.equal(status === 403, body.startsWith('{"errors":["REST_PAGE_REFUSED: '), body);
  return status === 403;
};

describe('an endpoint of this machine without a token', () => {
  it('answers under names and addresses of this machine only', async () => {
    for (const host of ['localhost', '127.0.0.1:8081', '127.9.9.9', '[::1]:80', 'x.localhost']) {
      assert.equal((await ask(OVERVIEW, { host })).status, 200, host);
    }
    for (const host of [
      'evil.example',
      'localhost.evil.example:80',
      '10.0.0.1',
      '127.0.0.1.nip',
      'a b',
    ]) {
      assert.ok(await isRefused(OVERVIEW, { host }), host);
      assert.ok(await isRefused({ method: 'GET', url: '/' }, { host }), `a file under ${host}`);
    }
  });

  it('answers under rest.address too', async () => {
    const settings = { 'rest.address': 'Jobs.example' };

    assert.equal((await ask(OVERVIEW, { host: 'jobs.example:8081' }, settings)).status, 200);
    assert.ok(await isRefused(OVERVIEW, { host: 'evil.example' }, settings));
  });

  it('lets no page of another origin change anything, or read what is not of Flink', async () => {
    const job = `/jobs/${JOB}`;
    for (const request of [
      CANCEL,
      { method: 'GET', url: `${job}/yarn-cancel` },
      { method: 'GET', url: `/v1${job}/yarn-cancel` },
      { method: 'POST', url: `${job}/savepoints` },
      { method: 'PUT', url: `${job}/resource-requirements` },
      { method: 'DELETE', url: '/cluster' },
      { method: 'POST', url: `${job}/sql` },
      { method: 'GET', url: `${job}/state` },
      { method: 'GET', url: `${job}/snapshots` },
      { method: 'GET', url: `${job}/queryable-states/x?key=1` },
    ] as const) {
      assert.ok(await isRefused(request, { origin: EVIL }), request.url);
      assert.ok(await isRefused(request, { origin: 'null' }), request.url);
    }
    const image = { 'sec-fetch-site': 'cross-site' };
    assert.ok(await isRefused({ method: 'GET', url: `${job}/yarn-cancel` }, image));
  });

  it('lets clients without an origin, its own pages and other ones of this machine do it', async () => {
    const settings = { 'rest.address': 'jobs.example' };
    for (const headers of [
      {},
      { origin: 'http://localhost:3000' },
      { origin: 'http://[::1]:3000' },
      { host: 'jobs.example:8081', origin: 'http://jobs.example:8081' },
    ]) {
      const { status } = await ask(CANCEL, headers as Record<string, string>, settings);
      assert.notEqual(status, 403, JSON.stringify(headers));
    }
    assert.equal((await ask(OVERVIEW, { origin: EVIL })).status, 200, 'as Flink has it');
  });

  it('leaves origins to web.access-control-allow-origin where that is set, and all to a token', async () => {
    const allowed = { 'web.access-control-allow-origin': EVIL };
    const host = 'evil.example';

    assert.equal(await isRefused(CANCEL, { origin: EVIL }, allowed), false);
    assert.equal(await isRefused(OVERVIEW, { host }, allowed), true);
    assert.equal((await ask(OVERVIEW, { host }, { 'rest.auth.token': 't' })).status, 401);
    assert.equal((await ask(OVERVIEW, { host }, { 'rest.bind-address': '0.0.0.0' })).status, 200);
  });
});
