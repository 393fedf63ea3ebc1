/** What becomes of a job on worker threads when something of one of them goes wrong. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { committedFiles } from './committed-files.ts';
import {
  blockingJob,
  counts,
  countsToFiles,
  exactCounts,
  type Settings,
  type Trouble,
  tooMuchMemory,
} from './threads-jobs.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-threads-'));
after(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;

/** On two threads, with checkpoints and one restart. */
function settings(more: Settings = {}): Settings {
  folders++;
  return {
    'execution.target': 'threads',
    'parallelism.default': '2',
    'execution.checkpointing.interval': '20 ms',
    'execution.checkpointing.dir': join(root, `checkpoints-${folders}`),
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.attempts': '1',
    'restart-strategy.fixed-delay.delay': '1 ms',
    ...more,
  };
}

describe('a job on threads goes on from its last checkpoint', () => {
  const cases: readonly [Trouble, RegExp, Settings?][] = [
    ['throws', /'count keys'.*planted/],
    ['exits', /worker thread \d, which ran .*count keys.*process\.exit\(7\)/],
    ['rejects', /worker thread \d, which ran .*nothing caught: planted rejection; await/],
    ['throws later', /worker thread \d, which ran .*nothing caught: planted later; await/],
    [
      'throws no error',
      /worker thread \d, which ran .*nothing caught: undefined, which is no Error/,
    ],
    [
      'hangs',
      /gave no sign of life for 3000 ms while it ran a function of .*count keys/,
      { 'heartbeat.interval': '100 ms', 'heartbeat.timeout': '3 s' },
    ],
  ];
  for (const [trouble, message, more] of cases) {
    it(`when a function ${trouble}`, async () => {
      const { job, sink, warnings } = await counts(settings(more), trouble);
      await job.jobExecutionResult();

      assert.deepEqual(sink.results.toSorted(), exactCounts());
      assert.equal(job.details().numberOfRestarts, 1);
      assert.match(warnings.join('\n'), message);
    });
  }

  it('with all that a sink of files commits, once', async () => {
    const folder = join(root, 'files');
    const { job } = await countsToFiles(settings(), 'exits', folder);
    await job.jobExecutionResult();

    const lines = committedFiles(folder).flatMap((file) =>
      readFileSync(file, 'utf8').trimEnd().split('\n'),
    );
    assert.deepEqual(lines.sort(), exactCounts());
    assert.ok(readdirSync(folder).length > 0);
  });
});

describe('a job on threads fails', () => {
  it('naming the heap of a worker that ran out of it', async () => {
    const heap = { 'taskmanager.memory.task.heap.size': '32 mb', 'restart-strategy.type': 'none' };

    await assert.rejects(tooMuchMemory(settings(heap)), {
      code: 'TASK_MANAGER_LOST',
      message: /ran out of its heap of 32 mb while it ran .*taskmanager\.memory\.task\.heap\.size/,
    });
  });

  it('not when a function blocks its thread for a while, of which it warns by name', async () => {
    const warnings = await blockingJob(settings());

    assert.match(
      warnings.join('\n'),
      /TASK_BLOCKS_THREAD: a function of .*slow function.* blocks the loop of worker thread \d/,
    );
  });
});
