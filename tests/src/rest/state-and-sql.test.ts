/** The state browser, queryable state and SQL over REST, against a job that runs. */
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
import { KEYS, liveCounts } from '../e2e/live-state-program.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a server says is looked at field by field.
type Answer = any;

const folder = mkdtempSync(join(tmpdir(), 'millrace-rest-state-'));
let job: JobClient;
let server: RestServer;
let base: string;
let operatorId: string;

before(async () => {
  job = await liveCounts({
    'parallelism.default': '2',
    'execution.checkpointing.interval': '100 ms',
    'execution.checkpointing.dir': join(folder, 'checkpoints'),
    'execution.checkpointing.savepoint-dir': join(folder, 'savepoints'),
    'execution.checkpointing.num-retained': '1000',
    'web.checkpoints.history': '1000',
  });
  const settings = new Configuration({ 'rest.bind-port': '0' });
  server = await startRestServer(settings, dispatcherOfProcess());
  base = `${await server.url}/jobs/${job.jobId}`;
  await completedCheckpoints(job, 2);
  const { operators } = await get('/state');
  operatorId = operators.find(({ uid }: Answer) => uid === 'counts').operatorId;
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

function sql(query: string, more: object = {}): Promise<{ status: number; body: Answer }> {
  return ask('/sql', { method: 'POST', body: JSON.stringify({ query, ...more }) });
}

describe('state over REST', () => {
  it('lists the states of a running job with kinds and types, live and in a savepoint', async () => {
    await job.triggerSavepoint();

    const live = await get('/state?source=live');
    const { snapshots } = await get('/snapshots');
    const savepoint = snapshots.find(({ kind }: Answer) => kind === 'savepoint');
    const stored = await get(`/state?source=${savepoint.id}`);

    for (const { operators } of [live, stored]) {
      const { states } = operators.find(({ uid }: Answer) => uid === 'counts');
      const kinds = states.map(({ name, kind, keyType, valueType }: Answer) =>
        [name, kind, keyType, valueType].join(' '),
      );
      assert.ok(kinds.includes('count value Long Long'), `${kinds}`);
      assert.ok(kinds.includes('parts map Long Map<String, Long>'), `${kinds}`);
    }
    const { states } = live.operators.find(({ uid }: Answer) => uid === 'counts');
    assert.equal(states.find(({ name }: Answer) => name === 'count').queryableName, 'counts');
  });

  it('lists the savepoint that a job was restored from as the job that took it does', async () => {
    const path = await job.triggerSavepoint();
    const takenBy = Date.now();
    const taken = (await get('/snapshots')).snapshots.find((each: Answer) => each.path === path);
    const next = await liveCounts({
      'execution.state-recovery.path': path,
      'execution.checkpointing.interval': '100 ms',
      'execution.checkpointing.dir': join(folder, 'next'),
    });
    try {
      await completedCheckpoints(next, 1);

      const answer = await fetch(`${await server.url}/jobs/${next.jobId}/snapshots`);

      const { snapshots } = (await answer.json()) as Answer;
      const restored = snapshots.find((each: Answer) => each.path === path);
      assert.deepEqual({ ...restored, timestamp: taken.timestamp }, taken);
      assert.ok(restored.timestamp >= taken.timestamp && restored.timestamp <= takenBy);
    } finally {
      await next.cancel();
    }
  });

  it('pages through one view of a state, and says when a cursor is over', async () => {
    const path = `/state/${operatorId}/count/entries`;
    const seen = new Map<number, number>();
    let page = await get(`${path}?limit=70`);
    const first = page.view;
    const again = await get(`${path}?limit=70&cursor=${page.cursor}`);
    assert.deepEqual(await get(`${path}?limit=70&cursor=${page.cursor}`), again);
    for (;;) {
      for (const { key, value } of page.entries) {
        seen.set(key, value);
      }
      assert.equal(page.view.id, first.id);
      if (page.cursor === null) {
        break;
      }
      page = await get(`${path}?limit=70&cursor=${page.cursor}`);
    }

    assert.equal(seen.size, KEYS);
    const old = await ask(`${path}?limit=70&cursor=${first.id}.1`);
    assert.equal(old.status, 410);
    assert.match(old.body.errors[0], /^STATE_VIEW_EXPIRED: /);
  });

  it('keeps nobody out by first pages, and closes a cursor when it is told to', async () => {
    const path = `/state/${operatorId}/count/entries`;
    let page: Answer;
    for (let i = 0; i < 12; i++) {
      page = await get(`${path}?limit=1`);
    }
    const selected = await sql('SELECT count(*) FROM counts.count');
    const closed = await ask(`${path}?cursor=${page.cursor}`, { method: 'DELETE' });
    const gone = await ask(`${path}?cursor=${page.cursor}`);

    assert.equal(selected.status, 200, JSON.stringify(selected.body));
    assert.equal(closed.status, 200);
    assert.equal(gone.status, 410);
  });

  it('says of each page where it is from, and takes a cursor for no other source', async () => {
    const { snapshots } = await get('/snapshots');
    const { id } = snapshots[0];
    const path = `/state/${operatorId.toUpperCase()}/count/entries?limit=70`;

    const first = await get(`${path}&source=${id}`);
    const second = await get(`${path}&cursor=${first.cursor}`);
    const other = await ask(`${path}&cursor=${first.cursor}&source=live`);

    assert.deepEqual([first.source, second.source, other.status], [id, id, 410]);
  });

  it('takes a cursor for no other keys than it began with', async () => {
    const path = `/state/${operatorId}/count/entries?limit=1`;
    const { cursor } = await get(`${path}&prefix=2`);

    const asked = [];
    for (const keys of ['prefix=2', 'prefix=3', 'prefix=2&key=2', '']) {
      asked.push((await ask(`${path}&cursor=${cursor}&${keys}`)).status);
    }

    assert.deepEqual(asked, [200, 410, 410, 200]);
  });

  it('finds keys by the beginning of their text', async () => {
    const { entries, cursor } = await get(`/state/${operatorId}/count/entries?prefix=29&limit=20`);

    const keys = entries.map(({ key }: Answer) => key).sort((a: number, b: number) => a - b);
    assert.deepEqual(keys, [29, 290, 291, 292, 293, 294, 295, 296, 297, 298, 299]);
    assert.equal(cursor, null);
  });

  it('looks a key up, live and in a checkpoint', async () => {
    const live = await get(`/state/${operatorId}/parts?key=7`);
    const { snapshots } = await get('/snapshots');
    const stored = await get(`/state/${operatorId}/parts?key=7&source=${snapshots[0].id}`);

    for (const { entries, key } of [live, stored]) {
      assert.equal(key, 7);
      const mapKeys = entries.map(({ mapKey }: Answer) => mapKey).sort();
      assert.deepEqual(mapKeys, ['p0', 'p1', 'p2']);
    }
    assert.equal(live.subtask === 0 || live.subtask === 1, true);
    assert.equal((await ask(`/state/${operatorId}/count?key=100000`)).status, 404);
    assert.equal((await ask(`/state/${operatorId}/count?key=seven`)).status, 400);
    assert.equal((await ask(`/state/${operatorId}/counter?key=7`)).status, 404);
    assert.equal((await ask(`/state/${operatorId}/count?key=7&source=../../etc`)).status, 404);
  });

  it('measures states, finds the largest keys, and the hottest from the second request on', async () => {
    const sizes = await get(`/state/${operatorId}/sizes`);
    const largest = await get(`/state/${operatorId}/parts/keys/largest?limit=3`);
    await get(`/state/${operatorId}/keys/hottest`);
    let hottest = await get(`/state/${operatorId}/keys/hottest?limit=5`);
    while (hottest.sampledAccesses < 500) {
      hottest = await get(`/state/${operatorId}/keys/hottest?limit=5`);
    }

    const parts = sizes.states.find(({ name }: Answer) => name === 'parts');
    assert.deepEqual([parts.entries, parts.exact], [3 * KEYS, true]);
    assert.equal(sizes.keyGroups.length, 128);
    assert.deepEqual([largest.keys.length, largest.exact, largest.scanned], [3, true, 3 * KEYS]);
    assert.equal(largest.keys[0].entries, 3);
    assert.equal(hottest.keys.length, 5);
    assert.ok(hottest.keys.every(({ share }: Answer) => share > 0 && share < 0.1));
  });

  it('gives what is queryable by its name', async () => {
    const { queryableStates } = await get('/queryable-states');
    const counts = await get('/queryable-states/counts?key=7');
    const parts = await get('/queryable-states/parts?key=7');

    const described = queryableStates.map(({ name, kind, keyType }: Answer) =>
      [name, kind, keyType].join(' '),
    );
    assert.deepEqual(described.sort(), ['counts value Long', 'parts map Long']);
    assert.ok(counts.value > 0);
    assert.deepEqual(Object.keys(parts.value).sort(), ['p0', 'p1', 'p2']);
    assert.equal((await ask('/queryable-states/nothing?key=7')).status, 404);
  });
});

describe('SQL over REST', () => {
  it('selects from live state and from a snapshot, in the types of the state', async () => {
    const { snapshots } = await get('/snapshots');
    const query =
      'SELECT c.key, c.value AS n, count(*) AS parts FROM counts.count c JOIN counts.parts p USING (key) ' +
      'GROUP BY ALL ORDER BY n DESC, key LIMIT 2';

    for (const source of ['live', snapshots[0].id]) {
      const { status, body } = await sql(query, { source });
      assert.equal(status, 200, JSON.stringify(body));
      assert.deepEqual(
        body.columns.map(({ name, type }: Answer) => `${name} ${type}`),
        ['key BIGINT', 'n BIGINT', 'parts BIGINT'],
      );
      assert.equal(body.rows.length, 2);
      assert.equal(body.rows[0][2], 3);
      assert.equal(typeof body.rows[0][1], 'number');
    }
    const all = await sql('SELECT key FROM count', { limit: 10 });
    assert.deepEqual([all.body.rows.length, all.body.truncated], [10, true]);
  });

  it('says what is wrong and where, and reads and writes nothing else', async () => {
    for (const [query, message] of [
      ['SELEC 1', /syntax error.*line 1, column 1/],
      ['SELECT key\nFROM counts.nothing', /no state 'nothing'.*line 2, column 6/],
      ['SELECT key FROM nobody.count', /no operator 'nobody'/],
      ['SELECT\n  foo FROM counts.count', /"foo" not found.*line 2, column 3/],
      ["COPY (SELECT 1) TO '/tmp/millrace.csv'", /only read: use SELECT/],
      ['SELECT 1; SELECT 2', /2 statements/],
      ["SELECT * FROM read_csv('/etc/passwd')", /file system operations are disabled/],
      ["SELECT * FROM '/etc/passwd'", /\/etc\/passwd/],
      ["SET memory_limit = '1 TB'", /only read: use SELECT/],
    ] as const) {
      const { status, body } = await sql(query);
      assert.equal(status, 400, query);
      assert.match(body.errors[0], message);
      assert.match(body.errors[0], /^SQL_INVALID: /);
    }
  });

  it('has a table for each name that a query gives a state', async () => {
    for (const tables of [
      'counts.count a JOIN count b',
      `counts.count a JOIN "${operatorId}".count b`,
      'counts.count a JOIN counts.count b',
      'count a JOIN counts.again b',
    ]) {
      const { status, body } = await sql(`SELECT count(*) FROM ${tables} USING (key)`);

      assert.equal(status, 200, `${tables}: ${JSON.stringify(body)}`);
      assert.deepEqual(body.rows, [[KEYS]], tables);
    }
  });

  it('gives no more of a large result than has room in an answer', async () => {
    const query = "SELECT repeat('x', 10000) || i AS text FROM range(100000) t(i)";

    const { status, body } = await sql(query, { limit: 100_000 });
    const row = await sql("SELECT repeat('x', 10000000)");

    assert.equal(status, 200, JSON.stringify(body).slice(0, 200));
    assert.equal(body.truncated, true);
    const bytes = JSON.stringify(body.rows).length;
    assert.ok(bytes <= 8 * 1024 * 1024 && bytes > 8_000_000, `${bytes} bytes`);
    assert.equal(row.status, 413);
    assert.match(row.body.errors[0], /^SQL_LIMIT_EXCEEDED: the first row/);
  });

  it('runs beside the job, one query at a time, refuses what may not wait, and ends with its client', async () => {
    const query = 'SELECT sum(a.i * b.i) FROM range(3000000) a(i), range(3000000) b(i)';
    const clients = new AbortController();
    const init = { method: 'POST', body: JSON.stringify({ query }), signal: clients.signal };
    const statuses: number[] = [];
    let givenUp = 0;
    let refuse = (): void => {};
    const refused = new Promise<void>((resolve) => {
      refuse = resolve;
    });
    const asked = Array.from({ length: 6 }, async () => {
      try {
        const { status, body } = await ask('/sql', init);
        statuses.push(status);
        assert.match(body.errors[0], /^TOO_MANY_SQL_QUERIES: /);
      } catch (error) {
        assert.equal((error as Error).name, 'AbortError');
        givenUp++;
      }
      refuse();
    });

    await refused;
    const { counts } = job.details().checkpoints;
    await completedCheckpoints(job, counts.completed + 5);
    clients.abort();
    await Promise.all(asked);
    let after = await sql('SELECT 1 AS one');
    while (after.status === 429) {
      after = await sql('SELECT 1 AS one'); // The server has yet to see that the clients are gone.
    }

    assert.deepEqual(statuses, [429]);
    assert.equal(givenUp, 5);
    assert.equal(job.details().checkpoints.counts.failed, counts.failed);
    assert.deepEqual(after.body.rows, [[1]]);
  });
});

describe('live state over REST after a rescale', () => {
  it('is whole at once, however it is asked for', async () => {
    for (const parallelism of [1, 2]) {
      await get('/state'); // Described before.
      await job.rescale({ parallelism });
      await completedCheckpoints(job, 1);

      const { entries } = await get(`/state/${operatorId}/count/entries?limit=1000`);
      const keys = new Set(entries.map(({ key }: Answer) => key));
      const statuses: number[] = [];
      for (let key = 0; key < 20; key++) {
        statuses.push((await ask(`/state/${operatorId}/count?key=${key}`)).status);
      }

      assert.equal(keys.size, KEYS);
      assert.deepEqual([...new Set(statuses)], [200]);
    }
  });
});
