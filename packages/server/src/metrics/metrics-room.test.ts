import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endpointOf } from '../endpoint/gateway-fixture.ts';
import { dumpsOfJob, JOB_ID, VERTEX_ID } from './metrics-fixture.ts';

const VERTEX = `/jobs/${JOB_ID}/vertices/${VERTEX_ID}`;

describe('metrics over REST', () => {
  it('are names, and with get the values of those that are known, as text', async () => {
    assert.deepEqual(await bodyOf(`/jobs/${JOB_ID}/metrics`), [
      { id: 'lastCheckpointExternalPath' },
      { id: 'lastCheckpointSize' },
    ]);
    assert.deepEqual(await bodyOf(`/jobs/${JOB_ID}/metrics?get=lastCheckpointSize,nope`), [
      { id: 'lastCheckpointSize', value: '-1' },
    ]);
    assert.deepEqual(await bodyOf('/jobmanager/metrics?get=numRunningJobs'), [
      { id: 'numRunningJobs', value: '1' },
    ]);
    assert.deepEqual(await bodyOf('/taskmanagers/local/metrics'), [{ id: 'Status.JVM.Threads' }]);
  });

  it('have the subtask and the operator in front below a vertex', async () => {
    const names = (await bodyOf(`${VERTEX}/metrics`)).map(({ id }: { id: string }) => id);

    assert.ok(names.includes('0.numRecordsOut'));
    assert.ok(names.includes('1.Shuffle.Netty.outPoolUsage'));
    assert.ok(names.includes('1.Source__numbers.seen'));
    assert.ok(names.includes('1.Source__numbers.key.a_value.hits'));
    assert.deepEqual(await bodyOf(`${VERTEX}/metrics?get=1.Source__numbers.seen`), [
      { id: '1.Source__numbers.seen', value: '5' },
    ]);
    assert.deepEqual(await bodyOf(`${VERTEX}/subtasks/1/metrics?get=Source__numbers.seen`), [
      { id: 'Source__numbers.seen', value: '5' },
    ]);
  });

  it('are texts as Java prints the values', async () => {
    const get = [
      ...['isBackPressured', 'busyTimeMsPerSecond', 'Shuffle.Netty.outPoolUsage'],
      ...['mailboxLatencyMs_min', 'mailboxLatencyMs_p99', 'mailboxLatencyMs_median'],
    ];
    const answer = await bodyOf(`${VERTEX}/subtasks/0/metrics?get=${get}`);

    assert.deepEqual(
      answer.map(({ value }: { value: string }) => value),
      ['false', '0.0', '0.5', '1', '3.0', '2.0'],
    );
  });

  it('of watermarks are those of all subtasks, with the ends of a long before the first', async () => {
    assert.deepEqual(await bodyOf(`${VERTEX}/watermarks`), [
      { id: '0.currentInputWatermark', value: '-9223372036854775808' },
      { id: '1.currentInputWatermark', value: '1795255628353' },
    ]);
  });

  it('are aggregated over the subtasks that are asked for, with the figures of real Flink', async () => {
    const all = await textOf(
      `${VERTEX}/subtasks/metrics?get=numRecordsOut&agg=min,max,sum,avg,skew`,
    );
    const one = await textOf(`${VERTEX}/subtasks/metrics?get=numRecordsOut&subtasks=0`);

    // Both as they were recorded of Flink 1.20.5 with these values.
    assert.equal(
      all,
      '[{"id":"numRecordsOut","min":7506.0,"max":7510.0,"avg":7508.0,"sum":15016.0,"skew":0.02663825253063399}]',
    );
    assert.equal(
      one,
      '[{"id":"numRecordsOut","min":7506.0,"max":7506.0,"avg":7506.0,"sum":7506.0,"skew":0.0}]',
    );
    assert.deepEqual(await bodyOf('/jobs/metrics?get=lastCheckpointSize&agg=max'), [
      { id: 'lastCheckpointSize', max: -1 },
    ]);
    assert.deepEqual(await bodyOf(`/jobs/metrics?get=lastCheckpointExternalPath`), []);
    assert.equal((await bodyOf(`/taskmanagers/metrics?taskmanagers=other`)).length, 0);
  });

  it('refuse aggregations and ranges that are none', async () => {
    for (const query of [
      'get=a&agg=most',
      'subtasks=9-1',
      'subtasks=1-',
      'subtasks=a',
      'subtasks=0-9999999',
    ]) {
      assert.equal((await answerOf(`${VERTEX}/subtasks/metrics?${query}`)).statusCode, 400, query);
    }
  });

  it('are of jobs and vertices by ids in either case', async () => {
    const upper = `/jobs/${JOB_ID.toUpperCase()}/vertices/${VERTEX_ID.toUpperCase()}`;
    const query = 'get=lastCheckpointSize';

    for (const path of [`${upper}/metrics`, `${upper}/watermarks`, `${upper}/subtasks/metrics`]) {
      assert.ok((await bodyOf(path)).length > 0, path);
    }
    const ofJob = await bodyOf(`/jobs/${JOB_ID.toUpperCase()}/metrics?${query}`);
    assert.deepEqual(ofJob, [{ id: 'lastCheckpointSize', value: '-1' }]);
    const ofJobs = await bodyOf(`/jobs/metrics?jobs=${JOB_ID.toUpperCase()}&${query}`);
    assert.equal(ofJobs.length, 1);
  });

  it('are asked for once by many who scrape at once', async () => {
    let fetched = 0;
    const metrics = async () => {
      fetched++;
      return dumpsOfJob();
    };
    const { app } = endpointOf({ metrics });

    const answers = await Promise.all([1, 2, 3].map(() => app.inject('/metrics')));

    assert.equal(fetched, 1);
    assert.ok(answers.every(({ body }) => /numRecordsOut/.test(body)));
  });

  it('are empty for what is not known', async () => {
    const unknown = `/jobs/${JOB_ID}/vertices/${'0'.repeat(32)}`;
    const paths = [
      ...[`/jobs/${'0'.repeat(32)}/metrics`, '/taskmanagers/x/metrics'],
      ...[`${unknown}/metrics`, `${unknown}/watermarks`, `${unknown}/subtasks/metrics`],
      ...[`${unknown}/jm-operator-metrics`, `${VERTEX}/subtasks/9/metrics`],
    ];
    for (const path of paths) {
      assert.equal(await textOf(path), '[]', path);
    }
  });

  it('are fetched once within metrics.fetcher.update-interval, and not at all with 0', async () => {
    let fetched = 0;
    const metrics = async () => {
      fetched++;
      return dumpsOfJob();
    };
    const { app } = endpointOf({ metrics });
    const off = endpointOf({ metrics }, { 'metrics.fetcher.update-interval': '0' }).app;

    await app.inject('/jobmanager/metrics');
    await app.inject(`${VERTEX}/metrics`);
    await app.inject('/taskmanagers/local'); // Its room has metrics too.
    const none = await off.inject('/jobmanager/metrics');

    assert.equal(fetched, 1);
    assert.equal(none.body, '[]');
  });
});

function answerOf(url: string) {
  return endpointOf({ metrics: async () => dumpsOfJob() }).app.inject(url);
}

async function textOf(url: string): Promise<string> {
  const answer = await answerOf(url);
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.body;
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of any route.
async function bodyOf(url: string): Promise<any> {
  return JSON.parse(await textOf(url));
}
