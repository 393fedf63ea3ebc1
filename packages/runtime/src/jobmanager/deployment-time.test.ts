import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DeploymentTime } from './deployment-time.ts';

describe('the time in which a job is deploying', () => {
  it('is that in which any task of a streaming job is', () => {
    const time = new DeploymentTime(false);

    time.moved('SCHEDULED', 'DEPLOYING', 10);
    time.moved('SCHEDULED', 'DEPLOYING', 20);
    time.moved('DEPLOYING', 'INITIALIZING', 30);
    const during = [time.isDeploying, time.currentTimeMs(35), time.totalTimeMs(35)];
    time.moved('DEPLOYING', 'FAILED', 40);
    const after = [time.isDeploying, time.currentTimeMs(45), time.totalTimeMs(45)];
    time.moved('SCHEDULED', 'DEPLOYING', 100);

    assert.deepEqual(during, [true, 25, 25]);
    assert.deepEqual(after, [false, 0, 30]);
    assert.deepEqual([time.currentTimeMs(107), time.totalTimeMs(107)], [7, 37]);
  });

  it('is over for a batch job once one of its tasks is deployed, until none is', () => {
    const time = new DeploymentTime(true);

    time.moved('SCHEDULED', 'DEPLOYING', 10);
    time.moved('SCHEDULED', 'DEPLOYING', 20);
    time.moved('DEPLOYING', 'INITIALIZING', 30);
    const whileOneIs = [time.isDeploying, time.totalTimeMs(50)];
    time.moved('INITIALIZING', 'FINISHED', 60);

    assert.deepEqual(whileOneIs, [false, 20]);
    assert.deepEqual([time.isDeploying, time.totalTimeMs(65)], [true, 25]);
  });
});
