import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endpointOf } from '../endpoint/gateway-fixture.ts';

const JOB = 'c'.repeat(32);
const OF_PROCESS = [{ key: 'parallelism.default', value: '1' }];
const OF_JOB = [{ key: 'parallelism.default', value: '4' }];

describe('the configuration over REST', () => {
  const { app } = endpointOf({
    configuration: async () => OF_PROCESS,
    jobDetails: async () => ({ configuration: OF_JOB }) as never,
  });

  it('of a job is what that job runs with, whatever the first job of the process had', async () => {
    const ofJob = await app.inject(`/jobs/${JOB}/jobmanager/config`);
    const ofProcess = await app.inject('/jobmanager/config');

    assert.deepEqual(ofJob.json(), OF_JOB);
    assert.deepEqual(ofProcess.json(), OF_PROCESS);
  });

  it('of a job that is not known is not there', async () => {
    const { statusCode } = await endpointOf().app.inject(`/jobs/${JOB}/jobmanager/config`);

    assert.equal(statusCode, 404);
  });
});
