/** What a process that is started again knows of the snapshot that its job started from. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FileSystems, LocalFileSystem } from '@millrace/core';
import { loadCheckpointMetadata } from '@millrace/state';
import { FaultyFileSystem } from '@millrace/testing';
import { checkpointsIn, completedCheckpoints, countingProgram } from './counting-program.ts';
import { failureOf } from './failures.ts';
import { contentsOf, SnapshotFolder } from './snapshots-to-start-from.ts';

const snapshots = new SnapshotFolder('claimed');
const folder = snapshots.path;
after(() => snapshots.remove());

describe('with high availability', () => {
  const highlyAvailable = (name: string): Record<string, string> => ({
    ...checkpointsIn(join(folder, name)),
    'high-availability.type': 'filesystem',
    'high-availability.storageDir': join(folder, `${name}-ha`),
  });

  it('a job that has finished before does not take a claimed snapshot away', async () => {
    const path = await snapshots.snapshot('taken-away', 'savepoint');
    const before = contentsOf(path);
    const configuration = {
      ...highlyAvailable('taken-away-next'),
      'job-result-store.delete-on-commit': 'false',
    };
    await countingProgram({ configuration }).env.execute('next');

    const again = countingProgram({
      configuration: {
        ...configuration,
        'execution.state-recovery.path': path,
        'execution.state-recovery.claim-mode': 'CLAIM',
      },
      services: { warn: () => {} },
    });
    await again.env.execute('next');

    assert.deepEqual(again.sink.results, []);
    assert.deepEqual(contentsOf(path), before);
  });

  it('a job that has finished does not ask for the snapshot that it claimed and deleted', async () => {
    const path = await snapshots.snapshot('asked-again', 'savepoint');
    const configuration = {
      ...highlyAvailable('asked-again-next'),
      'job-result-store.delete-on-commit': 'false',
      'execution.state-recovery.path': path,
      'execution.state-recovery.claim-mode': 'CLAIM',
    };
    await countingProgram({ configuration }).env.execute('next');
    const warnings: string[] = [];

    const again = countingProgram({
      configuration,
      services: { warn: (message) => void warnings.push(message) },
    });
    await again.env.execute('next');

    assert.equal(existsSync(path), false);
    assert.deepEqual(again.sink.results, []);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /has finished in an earlier process/);
  });

  it('a job that came to no checkpoint may begin with another snapshot; else it goes on', async () => {
    const wrong = await snapshots.snapshot('wrong', 'savepoint');
    const right = await snapshots.snapshot('right', 'savepoint');
    const wrongBefore = contentsOf(wrong);
    const startedFrom = (path: string, onRecord: () => void = () => {}) =>
      countingProgram({
        configuration: {
          ...highlyAvailable('corrected'),
          'execution.state-recovery.path': path,
          'execution.state-recovery.claim-mode': 'CLAIM',
        },
        services: { warn: () => {} },
        onRecord,
      });
    await failureOf(() =>
      startedFrom(wrong, () => {
        throw new Error('at the first record');
      }).env.execute('corrected'),
    );

    const corrected = await startedFrom(right).env.executeAsync('corrected');
    await completedCheckpoints(corrected, 2);

    assert.deepEqual(contentsOf(wrong), wrongBefore);
    assert.deepEqual(contentsOf(right), {});
    await corrected.jobExecutionResult();
  });

  it('a job whose process died at the stop goes on from the savepoint that it stopped with', async () => {
    const files = new FaultyFileSystem(new LocalFileSystem());
    const configuration = highlyAvailable('stopping');
    const first = countingProgram({
      configuration,
      services: { fileSystems: new FileSystems([files]), warn: () => {} },
    });
    const died = await first.env.executeAsync('stopping');
    const ended = died.jobExecutionResult().catch(() => {});
    await completedCheckpoints(died, 2);
    let recorded = false;
    files.plan = ({ operation, path }) => {
      // After the list of checkpoints has the savepoint, and before the job is marked finished.
      recorded ||= operation === 'rename' && path.includes('checkpoints.json');
      return recorded && path.includes('_DIRTY.json') ? { kind: 'crash' } : undefined;
    };
    const savepoint = died
      .stopWithSavepoint({ targetDirectory: join(folder, 'stopping-savepoints') })
      .catch(() => {});
    await Promise.all([ended, savepoint]);
    const [name] = readdirSync(join(folder, 'stopping-savepoints'));

    const next = await countingProgram({ configuration }).env.executeAsync('stopping');
    await next.jobExecutionResult();

    const restored = next.details().restoredCheckpointId;
    const fileSystems = new FileSystems();
    const path = join(folder, 'stopping-savepoints', name ?? '');
    const { metadata } = await loadCheckpointMetadata(fileSystems, path);
    assert.ok(files.crashed);
    assert.equal(restored, metadata.checkpointId);
    assert.ok(existsSync(join(path, '_metadata')), 'it stays the user’s');
  });
});
