import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DispatcherGateway } from '@millrace/runtime';
import { endpointOf } from './gateway-fixture.ts';

async function answerOf(
  url: string,
  options: {
    readonly answers?: Partial<DispatcherGateway>;
    readonly settings?: Record<string, string>;
    readonly request?: object;
  } = {},
) {
  const { app } = endpointOf(options.answers, options.settings);
  const answer = await app.inject({ method: 'GET', url, ...options.request });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: answer.body,
    errors: answer.body.startsWith('{')
      ? (answer.json().errors as string[] | undefined)
      : undefined,
  };
}

describe('the REST endpoint', () => {
  it('answers every path with and without version, with a slash at its end too', async () => {
    for (const path of ['/overview', '/v1/overview', '/overview/', '/overview?x=1']) {
      const { status, headers } = await answerOf(path);

      assert.equal(status, 200, path);
      assert.equal(headers['content-type'], 'application/json; charset=UTF-8');
      assert.equal(headers['access-control-allow-origin'], '*');
    }
  });

  it('answers below rest.url-prefix only', async () => {
    const settings = { 'rest.url-prefix': '/flink/' };

    const within = await answerOf('/flink/v1/overview', { settings });
    const outside = await answerOf('/overview', { settings });

    assert.equal(within.status, 200);
    assert.equal(outside.status, 404);
  });

  it('says in the words of Flink what it does not know', async () => {
    const read = await answerOf('/v1/nope?a=b');
    const written = await answerOf('/nope?a=b', { request: { method: 'POST' } });

    assert.deepEqual(
      [read.status, read.body],
      [404, '{"errors":["Unable to load requested file /v1/nope."]}'],
    );
    assert.equal(read.headers['access-control-allow-origin'], undefined);
    assert.deepEqual([written.status, written.errors], [404, ['Not found: /nope?a=b']]);
  });

  it('says which value of a parameter it does not take as it was written, with all its digits', async () => {
    const job = `/jobs/${'a'.repeat(32)}`;
    const says = async (url: string) => (await answerOf(url)).errors?.[0] ?? '';

    assert.match(
      await says(`${job}/checkpoints/details/99999999999999999999`),
      /Cannot resolve path parameter \(checkpointid\) from value "99999999999999999999"/,
    );
    assert.match(
      await says(`/v1${job}/vertices/${'b'.repeat(32)}/subtasks/%31x/metrics?get=a`),
      /path parameter \(subtaskindex\) from value "1x"/,
    );
    assert.match(
      await says(`${job}/exceptions?maxExceptions=12345678901234567890`),
      /query parameter \(maxExceptions\) from value "12345678901234567890"/,
    );
  });

  it('takes a GET that carries a body, as clients of Flink send it', async () => {
    const request = { payload: '{}', headers: { 'content-type': 'application/json' } };

    assert.equal((await answerOf('/overview', { request })).status, 200);
  });

  it('refuses a request that is larger than allowed by the key that allows more', async () => {
    const { status, errors } = await answerOf('/overview', {
      settings: { 'rest.server.max-content-length': '10' },
      request: { payload: '{"a": "0123456789"}' },
    });

    assert.equal(status, 413);
    assert.match(errors![0]!, /rest\.server\.max-content-length/);
  });

  it('shows code and message of what failed, and no stack', async () => {
    const { status, errors } = await answerOf('/overview', {
      answers: { jobs: () => Promise.reject(new RangeError('out of it')) },
    });

    assert.equal(status, 500);
    assert.deepEqual(errors, [
      'Internal server error.',
      '<Exception on server side:\nout of it\nEnd of exception on server side>',
    ]);
  });

  it('answers 503 when the thread of the jobs does not answer within web.timeout', async () => {
    const { status, errors } = await answerOf('/overview', {
      answers: { jobs: () => new Promise(() => {}) },
      settings: { 'web.timeout': '20 ms' },
    });

    assert.equal(status, 503);
    assert.match(errors![0]!, /^REST_TIMEOUT: .*web\.timeout/);
  });

  it('lets in who has the token, and serves the page that asks for it to all', async () => {
    const settings = { 'rest.auth.token': 's3cret' };
    const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

    const none = await answerOf('/overview', { settings });
    const wrong = await answerOf('/overview', { settings, request: withToken('s3creT') });
    const right = await answerOf('/overview', { settings, request: withToken('s3cret') });
    const page = await answerOf('/', { settings });

    assert.deepEqual([none.status, wrong.status, right.status, page.status], [401, 401, 200, 200]);
    assert.equal(none.headers['www-authenticate'], 'Bearer');
    assert.doesNotMatch(wrong.body, /s3cre/);
  });

  it('reads no file outside of the web UI', async () => {
    for (const path of [
      '/../../package.json',
      '/%2e%2e/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/%00',
    ]) {
      const { status, body } = await answerOf(path);

      assert.ok([400, 403, 404].includes(status), `${path}: ${status}`);
      assert.doesNotMatch(body, /@millrace/);
    }
  });

  it('has no file of a name that none can have, and says nothing of where its files are', async () => {
    for (const path of [
      `/jobs/${'x'.repeat(5000)}`,
      `/${'%61'.repeat(2000)}`,
      `/${'a/'.repeat(3000)}`,
      `/${'%C3%A9'.repeat(200)}`, // 200 letters, and more bytes than a name has.
      '/index.html/below-a-file',
      '/a%00b',
      '/%E0%A4%A',
      '/%c0%af',
      '/%ed%a0%80',
    ]) {
      const { status, body, errors } = await answerOf(path);

      assert.ok(status >= 400 && status < 500, `${path.slice(0, 20)}: ${status}`);
      assert.equal(errors?.length, 1);
      assert.doesNotMatch(body, /packages|node_modules|ENAMETOOLONG|ENOTDIR/);
    }
  });
});
