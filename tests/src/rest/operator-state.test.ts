/** Lists and broadcast maps over REST, of a job that runs on worker threads. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { dispatcherOfProcess, type RestServer } from '@millrace/runtime';
import { startRestServer } from '@millrace/server';
import type { JobClient } from 'millrace';
import { completedCheckpoints } from '../e2e/counting-program.ts';
import { KEYS, liveRules, RECENT, RULED, RULES } from '../e2e/live-operator-state-program.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a server says is looked at field by field.
type Answer = any;

const folder = mkdtempSync(join(tmpdir(), 'millrace-rest-operator-state-'));
let job: JobClient;
let server: RestServer;
let base: string;
let ruled: Answer;
/** `live`, and a savepoint. */
let sources: readonly string[];

before(async () => {
  job = await liveRules({
    'execution.target': 'threads',
    'parallelism.default': '2',
    'execution.checkpointing.interval': '100 ms',
    'execution.checkpointing.dir': join(folder, 'checkpoints'),
    'execution.checkpointing.savepoint-dir': join(folder, 'savepoints'),
  });
  const settings = new Configuration({ 'rest.bind-port': '0' });
  server = await startRestServer(settings, dispatcherOfProcess());
  base = `${await server.url}/jobs/${job.jobId}`;
  await completedCheckpoints(job, 1);
  ruled = operatorOf(await get('/state'));
  while ((await entriesOf('rules', 'live')).length < 2 * RULES) {
    // Until each rule has come to each subtask.
  }
  await job.triggerSavepoint();
  const { snapshots } = await get('/snapshots');
  sources = ['live', snapshots.find(({ kind }: Answer) => kind === 'savepoint').id];
});

after(async () => {
  await job.cancel();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(path: string, init?: RequestInit): Promise<{ status: number; body: Answer }> {
  const answer = await fetch(base + path, init);
  return { status: answer.status, body: await answer.json() };
}

async function get(path: string): Promise<Answer> {
  const { status, body } = await ask(path);
  assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`);
  return body;
}

function operatorOf({ operators }: Answer): Answer {
  return operators.find(({ uid }: Answer) => uid === RULED);
}

/** Page by page. */
async function entriesOf(state: string, source: string, limit = 7): Promise<Answer[]> {
  const path = `/state/${ruled.operatorId}/${state}/entries?limit=${limit}&source=${source}`;
  const entries: Answer[] = [];
  let page = await get(path);
  for (; page.cursor !== null; page = await get(`${path}&cursor=${page.cursor}`)) {
    entries.push(...page.entries);
  }
  return [...entries, ...page.entries];
}

describe('lists and broadcast maps over REST', () => {
  it('are named with kinds and types, live as in a savepoint', async () => {
    for (const source of sources) {
      const { states } = operatorOf(await get(`/state?source=${source}`));

      const described = states
        .filter(({ kind }: Answer) => kind !== 'timers')
        .map(({ name, kind, keyType, valueType }: Answer) =>
          [name, kind, keyType, valueType].join(' '),
        );
      assert.deepEqual(
        described,
        [
          'count value Long Tuple2<Int, Long>',
          'recent operator  Long',
          'rules broadcast String Pojo Rule',
          'seen operator  Tuple3<Int, Int, Long>',
        ],
        source,
      );
    }
  });

  it('are paged through, each entry with its subtask, and of a list with its place', async () => {
    for (const source of sources) {
      const recent = await entriesOf('recent', source, 3);
      const rules = await entriesOf('rules', source);

      const places = recent.map(({ subtask, element, key, keyGroup }: Answer) => [
        ...[subtask, element, key, keyGroup],
      ]);
      assert.deepEqual(
        places,
        [0, 1].flatMap((subtask) =>
          Array.from({ length: RECENT }, (_, element) => [subtask, element, null, null]),
        ),
        source,
      );
      const copies = [0, 1].map((subtask) => rules.filter((rule) => rule.subtask === subtask));
      assert.deepEqual(
        copies.map((copy) => new Set(copy.map(({ key }: Answer) => key)).size),
        [RULES, RULES],
      );
      assert.ok(rules.every(({ key, value }) => key === `rule ${value.since % RULES}`));
    }
  });

  it('are looked up: the copies of a key of a broadcast map, and of a list nothing', async () => {
    for (const source of sources) {
      const path = (state: string, key: string) =>
        `/state/${ruled.operatorId}/${state}?source=${source}&key=${key}`;

      const { entries, subtask, keyGroup, key } = await get(path('rules', 'rule 7'));
      const nothing = await ask(path('rules', 'none'));
      const list = await ask(path('recent', '7'));

      assert.deepEqual([key, subtask, keyGroup], ['rule 7', null, null]);
      assert.deepEqual(
        entries.map((entry: Answer) => [entry.subtask, entry.value.since % RULES]),
        [
          [0, 7],
          [1, 7],
        ],
      );
      assert.deepEqual([nothing.status, list.status], [404, 400]);
      const [told] = list.body.errors;
      assert.match(
        told,
        /^UNSUPPORTED: 'recent' is a list of operator state, whose items have no keys/,
      );
      const [advised = ''] = /\/jobs\/\S+/.exec(told) ?? [];
      const { entries: items } = await get(
        `${advised.slice(`/jobs/${job.jobId}`.length)}?source=${source}`,
      );
      assert.equal(items.length, 2 * RECENT);
    }
  });

  it('are paged through by key too, but for lists, whose items have none', async () => {
    for (const source of sources) {
      const path = (state: string) =>
        `/state/${ruled.operatorId}/${state}/entries?source=${source}&key=`;

      const rules = await get(`${path('rules')}rule%207`);
      const counts = await get(`${path('count')}7`);
      const list = await ask(`${path('recent')}7`);

      assert.deepEqual(
        rules.entries.map(({ key, subtask }: Answer) => [key, subtask]),
        [
          ['rule 7', 0],
          ['rule 7', 1],
        ],
      );
      assert.deepEqual(
        counts.entries.map(({ key }: Answer) => key),
        [7],
      );
      assert.equal(list.status, 400);
      assert.match(list.body.errors[0], /'recent' is operator state, .* leave the key out$/);
    }
  });

  it('have no largest keys: what tells their size is named', async () => {
    for (const source of sources) {
      const largest = (state: string) =>
        ask(`/state/${ruled.operatorId}/${state}/keys/largest?source=${source}`);
      const told = async (state: string) => {
        const { status, body } = await largest(state);
        return `${status} ${body.errors[0].replaceAll(ruled.operatorId, 'ID')}`;
      };
      const base = `/jobs/${job.jobId}/state/ID`;

      assert.equal((await largest('count')).status, 200);
      assert.equal(
        await told('recent'),
        `400 UNSUPPORTED: 'recent' is a list of operator state, whose items have no keys; ${base}/recent/entries gives them all`,
      );
      assert.equal(
        await told('rules'),
        `400 UNSUPPORTED: 'rules' is a broadcast map, whose keys are not compared by size; ${base}/sizes tells how large it is`,
      );
      assert.match(await told('recnt'), /^404 STATE_NOT_IN_SNAPSHOT: .* did you mean 'recent'/);
    }
  });

  it('are measured beside keyed state, and have no hot keys of their own', async () => {
    const { operators } = await get('/state');
    const source = operators.find(({ uid }: Answer) => uid === 'numbers');
    const { states, keyGroups } = await get(`/state/${ruled.operatorId}/sizes`);
    const ofSource = await get(`/state/${source.operatorId}/sizes`);
    const hottest = await ask(`/state/${source.operatorId}/keys/hottest`);

    const entries = new Map(states.map((each: Answer) => [each.name, each.entries]));
    assert.deepEqual(
      ['count', 'recent', 'rules', 'seen'].map((name) => entries.get(name)),
      [KEYS, 2 * RECENT, 2, 2],
    );
    assert.equal(keyGroups.length, 128);
    assert.deepEqual(ofSource.keyGroups, []);
    assert.deepEqual(
      ofSource.states.map(({ name, exact }: Answer) => [name, exact]),
      [['SourceReaderState', true]],
    );
    assert.equal(hottest.status, 400);
    assert.match(hottest.body.errors[0], /^UNSUPPORTED: .* has no keyed state/);
  });

  it('are tables of SQL, beside those of keyed state', async () => {
    const query =
      'SELECT r.subtask, count(DISTINCT r.key) AS rules, any_value(f2) > 0 AS has_records ' +
      'FROM ruled.rules r JOIN ruled.seen s USING (subtask) ' +
      'WHERE (SELECT count(*) FROM ruled.count) > 0 GROUP BY ALL ORDER BY 1';
    for (const source of sources) {
      const { status, body } = await ask('/sql', {
        method: 'POST',
        body: JSON.stringify({ query, source }),
      });

      assert.equal(status, 200, JSON.stringify(body));
      assert.deepEqual(
        body.columns.map(({ name, type }: Answer) => `${name} ${type}`),
        ['subtask INTEGER', 'rules BIGINT', 'has_records BOOLEAN'],
      );
      assert.deepEqual(body.rows, [
        [0, RULES, true],
        [1, RULES, true],
      ]);
    }
  });
});
