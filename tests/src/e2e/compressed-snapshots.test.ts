/** Jobs whose snapshots are compressed. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FileSystems } from '@millrace/core';
import { createStateHandleOpener, loadCheckpointMetadata, openKeyedState } from '@millrace/state';
import {
  checkpointsIn,
  completedCheckpoints,
  countingProgram,
  EXACT_COUNTS,
  lastCounts,
  NUMBER_OF_RECORDS,
} from './counting-program.ts';
import { localPath } from './failures.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-compressed-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const fileSystems = new FileSystems();
const openStateHandle = createStateHandleOpener({
  getFileSystem: (uri) => fileSystems.getFileSystem(uri),
});

function counting(name: string, settings: Record<string, string>) {
  const configuration = { ...checkpointsIn(join(folder, name)), ...settings };
  return countingProgram({ configuration, services: { warn: () => {} } });
}

/** Of all keyed and operator state of a snapshot, whether it is compressed. */
async function compressedStates(
  pointer: string,
): Promise<{ keyed: boolean[]; operator: boolean[] }> {
  const { metadata } = await loadCheckpointMetadata(fileSystems, pointer);
  const keyed: boolean[] = [];
  const operator: boolean[] = [];
  for (const { maxParallelism, subtaskStates } of metadata.operatorStates) {
    for (const { managedKeyedState, managedOperatorState } of subtaskStates.values()) {
      if (managedKeyedState !== undefined) {
        const options = { numberOfKeyGroups: maxParallelism, openStateHandle };
        const reader = await openKeyedState(managedKeyedState, options);
        keyed.push(reader.header.compressed);
        await reader.close();
      }
      if (managedOperatorState !== undefined) {
        const { delegate } = managedOperatorState;
        const bytes =
          delegate.kind === 'byte-stream'
            ? delegate.data
            : readFileSync(localPath((delegate as { path: string }).path));
        operator.push(bytes[4] === 1); // after the version
      }
    }
  }
  return { keyed, operator };
}

describe('a job with execution.checkpointing.snapshot-compression', () => {
  for (const formatType of ['CANONICAL', 'NATIVE'] as const) {
    it(`compresses all state of a savepoint, and jobs with and without it start from it: ${formatType}`, async () => {
      const { env } = counting(formatType, { 'parallelism.default': '2' });
      env.config.setUseSnapshotCompression(true);
      const job = await env.executeAsync(formatType);
      await completedCheckpoints(job, 2);
      const savepoint = await job.triggerSavepoint({
        targetDirectory: join(folder, `${formatType}-savepoints`),
        formatType,
      });
      await job.cancel();

      const { keyed, operator } = await compressedStates(localPath(savepoint));
      assert.ok(keyed.length >= 2 && keyed.every((compressed) => compressed));
      assert.ok(operator.length >= 1 && operator.every((compressed) => compressed));
      for (const compression of ['true', 'false']) {
        const next = counting(`${formatType}-${compression}`, {
          'execution.state-recovery.path': savepoint,
          'execution.checkpointing.snapshot-compression': compression,
          'parallelism.default': '3',
        });
        await next.env.execute();

        assert.deepEqual(lastCounts(next.sink), EXACT_COUNTS);
        assert.ok(next.sink.results.length < NUMBER_OF_RECORDS);
      }
    });
  }

  it('compresses checkpoints too', async () => {
    const { env } = counting('checkpoints', {
      'execution.checkpointing.snapshot-compression': 'true',
      'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    });
    const job = await env.executeAsync('checkpoints');
    await completedCheckpoints(job, 2);
    await job.cancel();

    const { history } = job.details().checkpoints;
    const last = history.find(({ status }) => status === 'COMPLETED')?.externalPointer;
    const { keyed, operator } = await compressedStates(localPath(last ?? ''));
    assert.deepEqual(new Set([...keyed, ...operator]), new Set([true]));
  });
});
