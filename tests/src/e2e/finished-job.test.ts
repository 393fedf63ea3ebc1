/** A job that finished is not run a second time by a process that was told too little. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { FileSystems, LocalFileSystem } from '@millrace/core';
import { FaultyFileSystem } from '@millrace/testing';
import {
  type CountingProgram,
  checkpointsIn,
  countingProgram,
  EXACT_COUNTS,
  lastCounts,
} from './counting-program.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-finished-'));
after(() => rmSync(root, { recursive: true, force: true }));

describe('a job that has finished', () => {
  let folder: string;
  let warnings: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(root, 'run-'));
    warnings = [];
  });

  const program = (
    options: { settings?: Record<string, string>; files?: FaultyFileSystem } = {},
  ): CountingProgram =>
    countingProgram({
      configuration: {
        ...checkpointsIn(join(folder, 'checkpoints')),
        'high-availability.type': 'filesystem',
        'high-availability.storageDir': join(folder, 'high-availability'),
        ...options.settings,
      },
      services: {
        warn: (message) => warnings.push(message),
        ...(options.files === undefined ? {} : { fileSystems: new FileSystems([options.files]) }),
      },
    });
  const filesLeft = (): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);

  it('leaves no file behind, and may be run anew', async () => {
    await program().env.execute('counting');
    const left = filesLeft();
    const again = program();
    await again.env.execute('counting');

    assert.deepEqual(left, []);
    assert.deepEqual(lastCounts(again.sink), EXACT_COUNTS);
  });

  it('and died before it was cleaned up is cleaned up, and not run again', async () => {
    let marked = false;
    const files = new FaultyFileSystem(new LocalFileSystem(), ({ operation, path }) => {
      marked ||= operation === 'rename' && path.includes('_DIRTY.json');
      return marked && operation === 'delete' ? { kind: 'crash' } : undefined;
    });
    await program({ files })
      .env.execute('counting')
      .catch(() => {});
    const leftByFirst = filesLeft();
    const again = program();

    await again.env.execute('counting');

    assert.ok(files.crashed);
    assert.ok(leftByFirst.includes('checkpoints.json') && leftByFirst.includes('_metadata'));
    assert.deepEqual(again.sink.results, []);
    assert.match(warnings.join('\n'), /has finished in an earlier process.*_DIRTY\.json/);
    assert.deepEqual(filesLeft(), []);
  });

  it('is not run again for as long as its mark is kept', async () => {
    const settings = { 'job-result-store.delete-on-commit': 'false' };
    await program({ settings }).env.execute('counting');
    const left = filesLeft();
    const again = program({ settings });

    const job = await again.env.executeAsync('counting');
    await job.jobExecutionResult();

    assert.equal(left.length, 1);
    assert.match(left[0] ?? '', /^[0-9a-f]{32}\.json$/);
    assert.equal(job.jobStatus(), 'FINISHED');
    assert.deepEqual(again.sink.results, []);
  });

  it('keeps its mark where it is told to', async () => {
    const storagePath = join(folder, 'marks');
    const settings = {
      'job-result-store.delete-on-commit': 'false',
      'job-result-store.storage-path': storagePath,
    };

    await program({ settings }).env.execute('counting');

    assert.ok(existsSync(storagePath));
    assert.equal(readdirSync(storagePath).length, 1);
  });
});
