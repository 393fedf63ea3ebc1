import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { ANSWER_AGE_MS_MAX, AnswerCache } from './answer-cache.ts';
import { createRestApp } from './rest-app.ts';

describe('answers that are given again', () => {
  const clock = { at: 1000, now: () => clock.at };
  let made = 0;
  let app = create();

  function create(settings: Readonly<Record<string, string>> = {}) {
    made = 0;
    const configuration = new Configuration(settings);
    const created = createRestApp(configuration);
    const answers = new AnswerCache(created, configuration, clock);
    created.register((part, _options, done) => {
      answers.serve(part as typeof created);
      part.get('/count', () => Promise.resolve({ made: ++made }));
      part.get('/fails', () => Promise.reject(new Error(`no ${++made}`)));
      part.get('/large', () => Promise.resolve({ made: ++made, text: 'x'.repeat(3_000_000) }));
      done();
    });
    created.post('/change', () => Promise.resolve({}));
    created.get('/jobs/:jobid/yarn-cancel', () => Promise.resolve({}));
    created.get('/fresh', () => Promise.resolve({ made: ++made }));
    return created;
  }

  async function bodyOf(url: string): Promise<string> {
    return (await app.inject(url)).body;
  }

  beforeEach(() => {
    app = create();
  });

  it('are the same, with their headers, until they are too old', async () => {
    const first = await app.inject('/count');
    clock.at += ANSWER_AGE_MS_MAX - 1;
    const again = await app.inject('/v1/count');
    clock.at += 1;
    const anew = await app.inject('/count');

    assert.equal(again.body, '{"made":1}');
    const { date: _first, ...headers } = first.headers;
    const { date: _again, ...headersAgain } = again.headers;
    assert.deepEqual(headersAgain, headers);
    assert.equal(anew.body, '{"made":2}');
  });

  it('are each for one path and query, and of the routes that were meant alone', async () => {
    const bodies = [await bodyOf('/count?a=1'), await bodyOf('/count?a=2'), await bodyOf('/fresh')];

    assert.deepEqual(bodies, ['{"made":1}', '{"made":2}', '{"made":3}']);
    assert.equal(await bodyOf('/count?a=1'), '{"made":1}');
    assert.equal(await bodyOf('/fresh'), '{"made":4}');
  });

  for (const change of [
    { method: 'POST' as const, url: '/change' },
    { method: 'GET' as const, url: '/jobs/a/yarn-cancel' },
  ]) {
    it(`are none once ${change.method} ${change.url} may have changed something`, async () => {
      await bodyOf('/count');

      await app.inject(change);

      assert.equal(await bodyOf('/count'), '{"made":2}');
    });
  }

  it('are only those that went well', async () => {
    await bodyOf('/fails');
    await bodyOf('/fails');

    assert.equal(made, 2);
  });

  it('are forgotten where they would take much memory', async () => {
    await bodyOf('/large?1');
    await bodyOf('/large?2'); // Both are too much.

    await bodyOf('/large?1');

    assert.equal(made, 3);
  });

  it('are none where web.refresh-interval is 0', async () => {
    app = create({ 'web.refresh-interval': '0 ms' });
    await bodyOf('/count');

    assert.equal(await bodyOf('/count'), '{"made":2}');
  });

  it('are for nobody who may not ask', async () => {
    app = create({ 'rest.auth.token': 'secret' });
    const headers = { authorization: 'Bearer secret' };
    assert.equal((await app.inject({ url: '/count', headers })).statusCode, 200);

    assert.equal((await app.inject('/count')).statusCode, 401);
  });
});
