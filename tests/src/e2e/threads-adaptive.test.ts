/** Jobs on worker threads that go on with as many as there can be. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CollectSink, JobClient } from 'millrace';
import { following, RECORDS } from './threads-adaptive.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-thread-slots-'));
after(() => rmSync(root, { recursive: true, force: true }));

const TOO_LONG = { timeout: 600_000 };

async function started(
  name: string,
  slots: number,
  more: {
    readonly stuckWorker?: number;
    readonly configuration?: Readonly<Record<string, string>>;
  } = {},
) {
  const folder = join(root, name);
  mkdirSync(folder);
  const program = await following({
    folder,
    slots,
    stuckWorker: more.stuckWorker ?? 0,
    configuration: {
      'execution.checkpointing.dir': join(root, `${name}-checkpoints`),
      ...more.configuration,
    },
  });
  return { ...program, workersStarted: () => readdirSync(folder).length };
}

async function runsAt(job: JobClient, parallelism: number): Promise<void> {
  const isThere = (): boolean =>
    job.jobStatus() === 'RUNNING' &&
    job.details().vertices.every((vertex) => vertex.parallelism === parallelism);
  while (!isThere()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function checkExactlyOnce(sink: CollectSink<number>): void {
  assert.deepEqual(
    [...sink.results].sort((a, b) => a - b),
    Array.from({ length: RECORDS }, (_, n) => n),
  );
}

describe('a job on threads with the adaptive scheduler', TOO_LONG, () => {
  it('starts as many workers as there are slots, and follows them', async () => {
    const { job, sink, slots, workersStarted } = await started('follows', 2);
    await runsAt(job, 2);
    const first = workersStarted();

    slots.resize(3);
    await runsAt(job, 3);
    const second = workersStarted();
    slots.resize(1);
    await runsAt(job, 1);
    await job.jobExecutionResult();

    assert.deepEqual([first, second], [2, 3]);
    assert.equal(job.details().numberOfRestarts, 0);
    checkExactlyOnce(sink);
  });

  it('goes on with fewer where a worker cannot be had', async () => {
    const { job, sink, warnings } = await started('fewer', 3, {
      stuckWorker: 3,
      configuration: { 'taskmanager.registration.timeout': '15 s' },
    });

    await job.jobExecutionResult();

    assert.deepEqual(
      job.details().vertices.map(({ parallelism }) => parallelism),
      [2, 2],
    );
    assert.match(warnings.join('\n'), /did not come to execute\(\) number 1 of it within 15000 ms/);
    checkExactlyOnce(sink);
  });

  it('leaves nothing behind that keeps the process alive where it is refused', () => {
    const program = fileURLToPath(new URL('./threads-refused-program.js', import.meta.url));

    const run = spawnSync(process.execPath, [program], { encoding: 'utf8', timeout: 120_000 });

    assert.deepEqual(
      { end: run.status, told: run.stdout.trim() },
      { end: 0, told: 'CONFIG_VALUE_INVALID' },
      run.stderr,
    );
  });
});
