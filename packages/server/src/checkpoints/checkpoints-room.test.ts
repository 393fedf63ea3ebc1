import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endpointOf } from '../endpoint/gateway-fixture.ts';

const JOB = 'a'.repeat(32);

describe('the configuration of checkpoints over REST', () => {
  it('has the longest interval of Flink, with all its digits, where none are taken periodically', async () => {
    const checkpointConfiguration = {
      ...{ mode: 'EXACTLY_ONCE', intervalMs: undefined, timeoutMs: 600_000, minPauseMs: 0 },
      ...{ maxConcurrentCheckpoints: 1, tolerableFailedCheckpoints: 0, alignedTimeoutMs: 0 },
      ...{ retention: 'NO_EXTERNALIZED_CHECKPOINTS', unalignedCheckpoints: false },
      ...{ checkpointsAfterTasksFinish: true, stateBackend: 'HashMapStateBackend' },
      checkpointStorage: 'JobManagerCheckpointStorage',
    };
    const { app } = endpointOf({ jobDetails: async () => ({ checkpointConfiguration }) as never });

    const { statusCode, body } = await app.inject(`/jobs/${JOB}/checkpoints/config`);

    assert.equal(statusCode, 200);
    assert.match(body, /^\{"mode":"exactly_once","interval":9223372036854775807,"timeout":600000,/);
  });
});
