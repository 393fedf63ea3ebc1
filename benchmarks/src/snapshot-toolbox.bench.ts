/**
 * Looks into a savepoint of 1 GB, each in a process of its own: what matters is that its memory does
 * not depend on the size of the snapshot, and the rate.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchSuite } from '@millrace/core/bench';
import { BYTES_PER_KEY, writeGeneratedSavepoint } from './generated-savepoint.ts';
import {
  doWork,
  TOOLBOX_WORK,
  type ToolboxWork,
  type WorkFigures,
} from './snapshot-toolbox-work.ts';

const MB = 1024 * 1024;
const CHANGED_EVERY = 1000;
const WORK_PROGRAM = fileURLToPath(new URL('./snapshot-toolbox-work.js', import.meta.url));

export async function bench(suite: BenchSuite): Promise<void> {
  const keys = suite.size(Math.round((1024 * MB) / BYTES_PER_KEY), 50);
  const directory = await mkdtemp(join(tmpdir(), 'millrace-toolbox-'));
  try {
    const first = await writeGeneratedSavepoint(directory, { keys, changedEvery: 0 });
    const changedEvery = CHANGED_EVERY;
    const second = await writeGeneratedSavepoint(directory, { keys, changedEvery });
    for (const work of TOOLBOX_WORK) {
      const figures = suite.smoke
        ? await doWork(work, first, second)
        : await inItsOwnProcess(work, first, second);
      suite.report(`${work}: time`, figures.ms, 'ms');
      if (figures.bytes > MB) {
        suite.report(`${work}: rate`, figures.bytes / MB / (figures.ms / 1000), 'MB/s');
      }
      if (!suite.smoke) {
        suite.report(`${work}: most memory of the process`, figures.rssMaxBytes / MB, 'MB');
      }
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function inItsOwnProcess(
  work: ToolboxWork,
  first: string,
  second: string,
): Promise<WorkFigures> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    WORK_PROGRAM,
    work,
    first,
    second,
  ]);
  return JSON.parse(stdout) as WorkFigures;
}
