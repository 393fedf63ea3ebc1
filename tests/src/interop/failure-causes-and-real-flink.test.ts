/** What failed here, as Flink's own clients read it of REST answers. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Configuration, encodeError, TaskError } from '@millrace/core';
import type { DispatcherGateway, RestServer } from '@millrace/runtime';
import { startRestServer } from '@millrace/server';
import { buildFlinkProject, readFailureCausesInFlink, whyNoFlink } from './flink.ts';

const skip = whyNoFlink() ?? false;
const CAUSE = new RangeError('index 7 is out of it');
const LOST = new TaskError('TASK_MANAGER_LOST', 'worker thread 2 died', { cause: CAUSE });
const ODD = `\0 Größe 𝄞 ${'x'.repeat(70_000)}`; // More than a short string of Java holds.
const ERRORS = [LOST, new Error(ODD)];

describe('a failure cause of a REST answer', { skip }, () => {
  let folder = '';
  let server: RestServer;

  before(async () => {
    await buildFlinkProject();
    folder = mkdtempSync(join(tmpdir(), 'failure-causes-'));
    const gateway = {
      jobExecutionResult: async (jobId: string) => ({
        ...{ kind: 'ended', status: 'FAILED', netRuntimeMs: 1, accumulators: [] },
        error: encodeError(ERRORS[Number(jobId)]),
      }),
    } as unknown as DispatcherGateway;
    server = await startRestServer(new Configuration({ 'rest.port': '0' }), gateway);
    server.keepAlive();
  });

  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is shown by the client of Flink with class, message and causes', async () => {
    const file = join(folder, 'causes.json');
    const answers = ERRORS.map((_, index) => failureCauseOf(index));
    writeFileSync(file, JSON.stringify(await Promise.all(answers)));

    const shown = await readFailureCausesInFlink(file);

    assert.deepEqual(shown, [
      [
        'TaskError',
        'TASK_MANAGER_LOST: worker thread 2 died',
        'TaskError: TASK_MANAGER_LOST: worker thread 2 died\nCaused by: RangeError: index 7 is out of it',
        'index 7 is out of it',
      ],
      ['Error', ODD, `Error: ${ODD}`, null],
    ]);
  });

  async function failureCauseOf(index: number): Promise<unknown> {
    const jobId = String(index).padStart(32, '0');
    const answer = await fetch(`${await server.url}/jobs/${jobId}/execution-result`);
    const { 'job-execution-result': result } = (await answer.json()) as {
      'job-execution-result': { 'failure-cause': unknown };
    };
    return result['failure-cause'];
  }
});
