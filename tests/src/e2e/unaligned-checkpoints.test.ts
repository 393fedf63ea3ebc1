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
  const door = new Door(0);
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
  const begun = job.details().checkpoints.history[0]?.checkpointId ?? 0;
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
        door: new Door(Number.POSITIVE_INFINITY),
      }).execute('unaligned');

      assertAllOnce(seen, NUMBERS);
      assert.ok(checkpoint.checkpointedSizeBytes > 10_000, 'it holds the records in flight');
    });
  }

  it('overtakes after its timeout, and holds what waited when it began', async () => {
    const timeout = { 'execution.checkpointing.aligned-checkpoint-timeout': '30 ms' };
    const configuration = settings('timeout', timeout);

    const checkpoint = await checkpointWhileStalled(2, configuration);
    const seen: Numbered[] = [];
    const from = { 'execution.state-recovery.path': checkpoint.externalPointer! };
    const door = new Door(Number.POSITIVE_INFINITY);
    await unalignedJob({
      ...{
        configuration: { ...configuration, ...from },
        parallelism: 2,
        numbers: NUMBERS,
        seen,
        door,
      },
    }).execute('unaligned');

    assertAllOnce(seen, NUMBERS);
    assert.equal(checkpoint.unalignedCheckpoint, true);
    assert.ok(checkpoint.endToEndDurationMs >= 30);
    assert.ok(checkpoint.bytesPersistedDuringAlignment > 10_000);
  });

  it('is not taken before all that was in flight in the last one has been processed', async () => {
    const first = await checkpointWhileStalled(2, settings('first'));
    const from = { 'execution.state-recovery.path': first.externalPointer! };
    // The door is shut, so nothing that was in flight has been processed.
    const seen: Numbered[] = [];
    const shut = { ...settings('second'), ...from };

    const job = await unalignedJob({
      ...{ configuration: shut, parallelism: 2, numbers: NUMBERS, seen, door: new Door(0) },
    }).executeAsync('unaligned');
    const ended = job.jobExecutionResult().catch(() => {});
    await until(job, () => job.details().checkpoints.counts.inProgress > 0);
    const whileRecovering = job.details().checkpoints.counts.completed;
    await job.cancel();
    await ended;

    assert.equal(whileRecovering, 0);
    assert.deepEqual(seen, []);
  });

  it('can follow another one, and hold other records in flight', async () => {
    const numbers = 20_000;
    const parallelism = 2;
    const seen: Numbered[] = [];
    let from: Record<string, string> = {};
    // Enough to process what was in flight, and then some.
    for (const [run, passes] of [0, 9_000, Number.POSITIVE_INFINITY].entries()) {
      const configuration = { ...settings(`row-${run}`), ...from };
      const door = new Door(passes);
      const env = unalignedJob({ configuration, parallelism, numbers, seen, door });
      const job = await env.executeAsync('unaligned');
      if (passes === Number.POSITIVE_INFINITY) {
        await job.jobExecutionResult();
        break;
      }
      const ended = job.jobExecutionResult().catch(() => {});
      await stalled(job);
      const checkpoint = await nextCheckpoint(job);
      await job.cancel();
      await ended;
      assert.ok(checkpoint.bytesPersistedDuringAlignment > 10_000);
      from = { 'execution.state-recovery.path': checkpoint.externalPointer! };
    }

    assertAllOnce(seen, numbers);
  });

  it('is restored again when the job fails while it processes what was in flight', async () => {
    const configuration = settings('failing');
    const checkpoint = await checkpointWhileStalled(2, configuration);
    const seen: Numbered[] = [];
    let failuresLeft = 2;
    const onRecord = (): void => {
      if (failuresLeft > 0 && seen.length > 0) {
        failuresLeft--;
        seen.length = 0;
        throw new Error('fails while it recovers');
      }
    };

    const restarts = {
      'execution.state-recovery.path': checkpoint.externalPointer!,
      'execution.checkpointing.interval': '1 h',
      'restart-strategy.type': 'fixed-delay',
      'restart-strategy.fixed-delay.attempts': '2',
      'restart-strategy.fixed-delay.delay': '0 ms',
    };
    await unalignedJob({
      ...{ configuration: { ...configuration, ...restarts }, parallelism: 2, numbers: NUMBERS },
      ...{ seen, door: new Door(Number.POSITIVE_INFINITY), onRecord },
    }).execute('unaligned');

    assert.equal(failuresLeft, 0);
    assertAllOnce(seen, NUMBERS);
  });

  it('is told to need exactly once, and is not taken at least once', async () => {
    const warnings: string[] = [];
    const mode = { 'execution.checkpointing.mode': 'AT_LEAST_ONCE' };
    const env = unalignedJob({
      ...{ configuration: settings('at-least-once', mode), parallelism: 1, numbers: 10 },
      ...{ seen: [], door: new Door(Number.POSITIVE_INFINITY) },
    }).setServices({ warn: (message) => void warnings.push(message) });

    await env.execute('unaligned');

    assert.deepEqual(
      warnings.filter((each) => each.includes('unaligned')),
      [
        'execution.checkpointing.unaligned.enabled has no effect: it needs ' +
          'execution.checkpointing.mode EXACTLY_ONCE',
      ],
    );
  });
});
