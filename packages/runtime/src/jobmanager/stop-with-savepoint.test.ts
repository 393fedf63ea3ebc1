import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CheckpointError } from '@millrace/core';
import type { CheckpointCoordinator } from '../checkpoint/checkpoint-coordinator.ts';
import { StopWithSavepoint } from './stop-with-savepoint.ts';

/** A stop whose savepoint the test refuses when it wants to. */
function begunStop() {
  let refuse = (): void => {};
  const coordinator = {
    pausePeriodicCheckpoints: () => {},
    resumePeriodicCheckpoints: () => {},
    triggerCheckpoint: () =>
      new Promise((_resolve, reject) => {
        refuse = () => reject(new CheckpointError('IO_EXCEPTION', 'no room'));
      }),
  } as Partial<CheckpointCoordinator> as CheckpointCoordinator;
  const stop = new StopWithSavepoint(coordinator, 'job');
  const saved = stop.takeSavepoint({
    targetDirectory: 'savepoints',
    formatType: 'CANONICAL',
    drain: false,
  });
  const refused = async (): Promise<void> => {
    refuse();
    await assert.rejects(saved, { code: 'IO_EXCEPTION' });
  };
  return { stop, refused };
}

describe('a stop with a savepoint', () => {
  it('calls back who waits for it to be given up, once it is', async () => {
    const { stop, refused } = begunStop();
    const calls: string[] = [];
    stop.whenGivenUp(() => calls.push('given up'));
    const before = [...calls];

    await refused();

    assert.deepEqual([before, calls], [[], ['given up']]);
  });

  it('calls back at once when it has been given up before', async () => {
    const { stop, refused } = begunStop();
    await refused();
    const calls: string[] = [];

    stop.whenGivenUp(() => calls.push('given up'));

    assert.deepEqual(calls, ['given up']);
  });

  it('has no savepoint when it could not be taken', async () => {
    const { stop, refused } = begunStop();

    await refused();

    assert.equal(await stop.savepointTaken(), undefined);
  });
});
