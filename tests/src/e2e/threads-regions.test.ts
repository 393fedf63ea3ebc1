/** Jobs of several regions on worker threads: what fails restarts, what does not goes on. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { CollectSink, JobClient } from 'millrace';
import { expectedCounts, RECORDS, type RegionTrouble, regions, starts } from './threads-regions.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-thread-regions-'));
after(() => rmSync(root, { recursive: true, force: true }));

const TOO_LONG = { timeout: 600_000 };
const LONE_STARTS = ['lone 0 0', 'lone 1 0', 'lone 2 0'];
const KEYED_STARTS = ['keyed 0 0', 'keyed 1 0', 'keyed 2 0'];

async function started(
  name: string,
  trouble: RegionTrouble,
  configuration: Readonly<Record<string, string>> = {},
) {
  const folder = join(root, name);
  mkdirSync(folder);
  const program = await regions({
    trouble,
    folder,
    configuration: {
      'execution.checkpointing.dir': join(root, `${name}-checkpoints`),
      ...configuration,
    },
  });
  return { ...program, starts: () => starts(folder) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function checkExactlyOnce(results: {
  readonly lone: CollectSink<number>;
  readonly keyed: CollectSink<string>;
}): void {
  assert.deepEqual(
    [...results.lone.results].sort((a, b) => a - b),
    Array.from({ length: RECORDS }, (_, n) => n),
  );
  assert.deepEqual([...results.keyed.results].sort(), expectedCounts());
}

async function restarted(job: JobClient, times: number): Promise<void> {
  await until(() => job.details().numberOfRestarts >= times && job.jobStatus() === 'RUNNING');
}

describe('of a job of several regions on threads', TOO_LONG, () => {
  it('the region of a task that throws restarts alone from the last checkpoint', async () => {
    const program = await started('throws', 'throws');
    const { job, warnings } = program;

    await job.jobExecutionResult();

    assert.deepEqual(program.starts(), [
      ...KEYED_STARTS,
      'lone 0 0',
      'lone 1 0',
      'lone 1 1',
      'lone 2 0',
    ]);
    assert.equal(job.details().numberOfRestarts, 1);
    assert.ok((job.details().restoredCheckpointId ?? 0) >= 2);
    assert.match(warnings.join('\n'), /3 of its tasks failed and restart in 10 ms/);
    checkExactlyOnce(program);
  });

  for (const [trouble, settings] of [
    ['exits', {}],
    ['hangs', { 'heartbeat.interval': '100 ms', 'heartbeat.timeout': '3 s' }],
  ] as const) {
    it(`all that had tasks in a worker that ${trouble} restart, and the others go on`, async () => {
      const program = await started(trouble, trouble, settings);

      await program.job.jobExecutionResult();

      const again = program.starts().filter((start) => !start.endsWith(' 0'));
      assert.deepEqual(
        again.map((start) => start.slice(0, -2)),
        ['keyed 0', 'keyed 1', 'keyed 2', 'lone 1'],
      );
      assert.equal(program.job.details().numberOfRestarts, 2);
      checkExactlyOnce(program);
    });
  }

  it('all restart where the strategy is full', async () => {
    const strategy = { 'jobmanager.execution.failover-strategy': 'full' };
    const program = await started('full', 'exits', strategy);

    await program.job.jobExecutionResult();

    const again = [...KEYED_STARTS, ...LONE_STARTS].map((start) => start.replace(/0$/, '1'));
    assert.deepEqual(program.starts(), [...KEYED_STARTS, ...LONE_STARTS, ...again].sort());
    checkExactlyOnce(program);
  });

  it('one that is waited for does not keep the job from being cancelled', async () => {
    const delay = { 'restart-strategy.fixed-delay.delay': '1 h' };
    const { job } = await started('cancelled', 'throws', delay);
    await until(() => job.jobStatus() === 'RESTARTING');

    await job.cancel();

    assert.equal(job.jobStatus(), 'CANCELED');
  });

  it('a savepoint and a rescale follow the restart of one', async () => {
    const program = await started('rescaled', 'exits');
    const { job } = program;
    await restarted(job, 2);

    const savepoint = await job.triggerSavepoint({ targetDirectory: join(root, 'savepoints') });
    await job.rescale({ parallelism: 2 });
    await job.jobExecutionResult();

    assert.match(savepoint, /savepoint/);
    assert.equal(job.details().numberOfRescales, 1);
    assert.ok(program.starts().filter((start) => start.startsWith('lone 0')).length === 2);
    checkExactlyOnce(program);
  });

  it('metrics are told once for each slot', async () => {
    const { job } = await started('metrics', 'none');
    await until(() => job.metrics().length > 0);
    await job.jobExecutionResult();

    const identifiers = job.metrics().map(({ identifier }) => identifier);

    for (const subtask of [0, 1, 2]) {
      const own = identifiers.filter((each) =>
        each.endsWith(`.lone.${subtask}.busyTimeMsPerSecond`),
      );
      assert.equal(own.length, 1, `subtask ${subtask}`);
    }
  });
});
