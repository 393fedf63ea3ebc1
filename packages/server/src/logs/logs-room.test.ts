import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { LogExcerpt } from '@millrace/runtime';
import { endpointOf } from '../endpoint/gateway-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-logs-'));
after(() => rmSync(folder, { recursive: true }));

describe('the log over REST', () => {
  it('is the last of what was logged, kept in memory', async () => {
    const log = { text: '2026 INFO begun\n', lastWriteMs: 7, path: undefined };

    const list = await answerOf('/jobmanager/logs', log);
    const text = await answerOf('/jobmanager/log', log);
    const named = await answerOf('/jobmanager/logs/jobmanager.log', log);

    assert.deepEqual(list.json(), { logs: [{ name: 'jobmanager.log', size: 16, mtime: 7 }] });
    assert.deepEqual([text.headers['content-type'], text.body], ['text/plain', log.text]);
    assert.equal(named.body, log.text);
  });

  it('is the files of log.file where there is one, and no other file', async () => {
    const path = join(folder, 'job.log');
    writeFileSync(path, 'newest\n');
    writeFileSync(`${path}.1`, 'older\n');
    writeFileSync(`${path}.key`, 'secret\n');
    const log = { text: 'in memory', lastWriteMs: 7, path };

    const list = (await answerOf('/jobmanager/logs', log)).json();

    assert.deepEqual(
      list.logs.map(({ name, size }: { name: string; size: number }) => [name, size]),
      [
        ['job.log', 7],
        ['job.log.1', 6],
      ],
    );
    assert.equal((await answerOf('/jobmanager/log', log)).body, 'newest\n');
    assert.equal((await answerOf('/jobmanager/logs/job.log.1', log)).body, 'older\n');
    for (const name of [
      'job.log.key',
      '..%2F..%2Fetc%2Fpasswd',
      '%2Fetc%2Fpasswd',
      '..',
      'job.log.9',
    ]) {
      assert.equal((await answerOf(`/jobmanager/logs/${name}`, log)).statusCode, 404, name);
    }
  });

  it('is shown of task managers that there are, which are threads of the process', async () => {
    const log = { text: 'x\n', lastWriteMs: 7, path: undefined };

    assert.equal((await answerOf('/taskmanagers/local/log', log)).body, 'x\n');
    assert.equal((await answerOf('/taskmanagers/other/log', log)).statusCode, 404);
    assert.equal((await answerOf('/taskmanagers/other/logs', log)).statusCode, 404);
  });

  it('does not have what was printed: Flink answers the same without such a file', async () => {
    const { statusCode, body } = await answerOf('/jobmanager/stdout', undefined);

    assert.equal(statusCode, 404);
    assert.equal(body, '{"errors":["This file does not exist in JobManager log dir."]}');
  });

  it('explains where what a task manager printed is, as Flink does without such a file', async () => {
    const { statusCode, body } = await answerOf('/taskmanagers/local/stdout', undefined);

    assert.equal(statusCode, 200);
    assert.match(body, /^The file STDOUT does not exist on the TaskExecutor\. \n.*terminal/);
    assert.equal((await answerOf('/taskmanagers/other/stdout', undefined)).statusCode, 404);
  });
});

function answerOf(url: string, log: LogExcerpt | undefined) {
  return endpointOf({
    ...(log !== undefined && { log: async () => log }),
    taskManagers: async () => [{ id: 'local' } as never],
  }).app.inject(url);
}
