import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CheckpointStorageLocation } from '@millrace/state';
import { AbortedCheckpoints } from './aborted-checkpoints.ts';

/** Tells how many removals run at once; each takes some turns. */
class SlowLocation implements Pick<CheckpointStorageLocation, 'disposeOnFailure'> {
  removals = 0;
  atOnceMax = 0;
  failure: Error | undefined;
  private atOnce = 0;

  async disposeOnFailure(): Promise<void> {
    this.removals++;
    this.atOnceMax = Math.max(this.atOnceMax, ++this.atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    this.atOnce--;
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }
}

function aborted(location: SlowLocation, warnings: string[] = []): AbortedCheckpoints {
  const checkpoints = new AbortedCheckpoints((message) => warnings.push(message));
  checkpoints.add({
    checkpointId: 1,
    location: Promise.resolve(location as unknown as CheckpointStorageLocation),
    failure: undefined,
  });
  return checkpoints;
}

describe('files of a checkpoint that failed', () => {
  it('are removed by one at a time, however many tasks tell that they have written late', async () => {
    const location = new SlowLocation();
    const checkpoints = aborted(location);

    await Promise.all([1, 2, 3].map(() => checkpoints.discard(1)));

    assert.equal(location.removals, 3);
    assert.equal(location.atOnceMax, 1);
  });

  it('that cannot be removed are a warning, and are tried again when a task tells of more', async () => {
    const warnings: string[] = [];
    const location = new SlowLocation();
    location.failure = new Error('no right to');
    const checkpoints = aborted(location, warnings);

    await checkpoints.discard(1);
    location.failure = undefined;
    await checkpoints.discard(1);

    assert.equal(location.removals, 2);
    assert.deepEqual(
      warnings.map((warning) =>
        /failed checkpoint 1 could not be deleted.*no right to/.test(warning),
      ),
      [true],
    );
  });
});
