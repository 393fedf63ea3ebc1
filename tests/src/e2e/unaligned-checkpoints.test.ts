/** Unaligned checkpoints of whole jobs: taken while records wait, and gone on from. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { CheckpointStatistics } from '@millrace/runtime';
import type { JobClient } from 'millrace';
import { checkpointSettings, until } from '../interop/retained-checkpoint.ts';
import { assertAllOnce, Door, type Numbered, stalled, unalignedJob } from './unaligned-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-unaligned-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const NUMBERS = 6_000;
const UNALIGNED = { 'execution.checkpointing.unaligned.enabled': 'true' };

function settings(name: string, more: Record<string, string> = {}): Record<string, string> {
  return { ...checkpointSettings(join(folder, name)), ...UNALIGNED, ...more };
}

/** Runs until nothing moves, then takes a checkpoint, which the job does not outlive. */
async function checkpointWhileStalled(
  parallelism: number,
  configuration: Record<string, string>,
): Promise<CheckpointStatistics> {
  const seen: Numbered[] = [];
  const door = new Door(false);
  const env = unalignedJob({ configuration, parallelism, numbers: NUMBERS, seen, door });
  const job = await env.executeAsync('unaligned');
  const ended = job.jobExecutionResult().catch(() => {});
  await stalled(job);
  const last = await nextCheckpoint(job);
  await job.cancel();
  await ended;
  assert.deepEqual(seen, []);
  return last;
}

/** One that began after now. */
async function nextCheckpoint(job: JobClient): Promise<CheckpointStatistics> {
  const begun = job.details().checkpoints.counts.total;
  const latest = () =>
    job
      .details()
      .checkpoints.history.find(
        ({ status, checkpointId }) => status === 'COMPLETED' && checkpointId > begun,
      );
  await until(job, () => latest() !== undefined);
  return latest()!;
}

describe('an unaligned checkpoint', () => {
  for (const { taken, restored } of [
    { taken: 1, restored: 1 },
    { taken: 2, restored: 2 },
    { taken: 2, restored: 3 },
    { taken: 3, restored: 1 },
  ]) {
    it(`completes while no record is taken, and nothing is lost from ${taken} to ${restored}`, async () => {
      const configuration = settings(`stalled-${taken}-${restored}`);

      const checkpoint = await checkpointWhileStalled(taken, configuration);
      const seen: Numbered[] = [];
      const from = { 'execution.state-recovery.path': checkpoint.externalPointer! };
      await unalignedJob({
        configuration: { ...configuration, ...from },
        parallelism: restored,
        numbers: NUMBERS,
        seen,
        door: new Door(true),
      }).execute('unaligned');

      assertAllOnce(seen, NUMBERS);
      assert.ok(checkpoint.checkpointedSizeBytes > 10_000, 'it holds the records in flight');
    });
  }
});
