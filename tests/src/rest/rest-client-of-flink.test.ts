/** The client of `@millrace/rest-client` before a server that answers what real Flink 1.20 answered. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { MillraceClient, RestError } from '@millrace/rest-client';
import { type Recording, recording, recordingNumbers } from './recordings.ts';

const RUNNING = '30ef3b76de442b21b15f319f85d01947';
const CANCELLED = '71fb6d18ccd53b75fdb1c0475e12e028';
const UNKNOWN = '0'.repeat(32);

/** Each call is answered by its recordings in turn, and by the last of them from then on. */
function recordedServer(): Server {
  const recorded = new Map<string, Recording[]>();
  const callOf = (method: string, path: string): string => `${method} ${path.split('?', 1)[0]}`;
  for (const each of recordingNumbers().map(recording)) {
    const call = callOf(each.method, each.path);
    recorded.set(call, [...(recorded.get(call) ?? []), each]);
  }
  return createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v1(?=\/)/, '');
    const answers = recorded.get(callOf(request.method ?? '', path)) ?? [];
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    const headers = { 'content-type': 'application/json; charset=UTF-8' };
    response.writeHead(answer?.status ?? 404, headers).end(answer?.raw ?? '{"errors":["none"]}');
  });
}

describe('the client of jobs before real Flink, as recorded,', () => {
  let server: Server;
  let client: MillraceClient;
  before(async () => {
    server = recordedServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    client = new MillraceClient({ address: `http://127.0.0.1:${port}` });
  });
  after(() => server.close());

  it('lists jobs, and reads one with its vertices and checkpoints', async () => {
    const path = { jobid: RUNNING };

    const none = await client.jobs();
    const jobs = await client.jobs();
    const { vertices, state } = await client.call('get', '/jobs/{jobid}', { path });
    const { counts } = await client.call('get', '/jobs/{jobid}/checkpoints', { path });

    assert.deepEqual(none, []); // The first recording is of before the first job.
    assert.deepEqual(
      jobs.map((job) => job.state),
      ['RUNNING', 'FINISHED', 'FAILED'],
    );
    assert.equal(state, 'RUNNING');
    assert.ok(vertices.length >= 2 && vertices.every(({ parallelism }) => parallelism > 0));
    assert.deepEqual([counts.completed, counts.failed], [15, 1]);
  });

  it('waits for a savepoint that is in progress at first, and says where it is', async () => {
    const path = await client.triggerSavepoint(RUNNING);

    assert.equal(path, 'file:/opt/flink/.data/flink/savepoints/savepoint-30ef3b-dcea75c99feb');
  });

  it('takes savepoints under a trigger of its own, and tells why one fails', async () => {
    const again = await client.triggerSavepoint(RUNNING);

    assert.match(again, /savepoint-30ef3b-f11d038e075a$/);
    await assert.rejects(client.triggerSavepoint(RUNNING), (error: RestError) => {
      assert.ok(error instanceof RestError);
      assert.equal(error.code, 'REST_FAILED');
      assert.doesNotMatch(error.message, /\n\tat /);
      return true;
    });
  });

  it('takes a checkpoint, disposes of a savepoint, stops with one', async () => {
    const checkpoint = await client.triggerCheckpoint(RUNNING);
    await client.disposeSavepoint(
      'file:/opt/flink/.data/flink/savepoints/savepoint-30ef3b-dcea75c99feb',
    );
    const stopped = await client.stopWithSavepoint(RUNNING);

    assert.ok(checkpoint > 0);
    assert.match(stopped, /savepoint-30ef3b-87967ca75b1f$/);
  });

  it('cancels a job', async () => {
    await client.cancelJob(CANCELLED);
  });

  it('tells of a job that is not known by the first line of what Flink says', async () => {
    await assert.rejects(
      client.call('get', '/jobs/{jobid}', { path: { jobid: UNKNOWN } }),
      (error: RestError) => {
        assert.deepEqual([error.code, error.status], ['REST_FAILED', 404]);
        assert.match(error.message, new RegExp(`Job ${UNKNOWN} not found`));
        assert.doesNotMatch(error.message, /\n/);
        assert.match(error.errors[0] ?? '', /\n\tat org\.apache\.flink/);
        return true;
      },
    );
  });

  it('says that it has no state to show', async () => {
    await assert.rejects(client.state(RUNNING), { code: 'REST_FAILED', status: 404 });
  });
});
