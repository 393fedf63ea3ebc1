/** What becomes of a job on RocksDB whose disk is full, or cannot be written. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { FileSystems, LocalFileSystem } from '@millrace/core';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { FaultyFileSystem } from '@millrace/testing';
import { causesOf, failureOf, messagesOf } from './failures.ts';
import { isExact, longValuesProgram, rocksdbIn } from './rocksdb-program.ts';
import {
  mountSmallDisk,
  remountSmallDisk,
  unmountSmallDisk,
  whyNoSmallDisk,
} from './small-disk.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-rocksdb-disk-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const noAddon = whyNoNativeAddon();
const DISK_MB = 48;

describe('a job whose local disk is full', { skip: noAddon ?? whyNoSmallDisk() ?? false }, () => {
  const disk = join(folder, 'disk');
  afterEach(() => unmountSmallDisk(disk));

  it('fails with what to do, and leaves its checkpoint to go on from', async () => {
    mountSmallDisk(disk, DISK_MB);
    const configuration = { ...rocksdbIn(join(folder, 'fails')), ...onDisk(disk) };
    let filled = false;
    const program = longValuesProgram({
      configuration,
      onRecord: (index) => {
        if (index >= 2_500 && !filled) {
          filled = true;
          fill(disk);
        }
      },
    });
    const job = await program.env.executeAsync('full');
    const error = await job.jobExecutionResult().catch((failure: unknown) => failure);
    const { history } = job.details().checkpoints;
    const checkpoint = history.find(({ status }) => status === 'COMPLETED')?.externalPointer ?? '';
    rmSync(join(disk, 'filler'));
    const mended = longValuesProgram({
      configuration: { ...configuration, 'execution.state-recovery.path': checkpoint },
    });
    await mended.env.execute('mended');

    assert.ok(causesOf(error).includes('DISK_FULL'), messagesOf(error));
    assert.match(messagesOf(error), /localdir|make room/);
    assert.ok(isExact(mended));
  });

  it('restarts although failed checkpoints are tolerated, and loses nothing once there is room again', async () => {
    mountSmallDisk(disk, DISK_MB);
    let filled = false;
    const program = longValuesProgram({
      configuration: {
        ...rocksdbIn(join(folder, 'restarts')),
        ...onDisk(disk),
        ...RESTARTING,
        'execution.checkpointing.tolerable-failed-checkpoints': '1000',
      },
      onRecord: (index) => {
        if (index >= 2_500 && !filled) {
          filled = true;
          fill(disk);
        }
      },
    });
    const job = await program.env.executeAsync('full');
    const watch = setInterval(() => {
      if (job.details().numberOfRestarts > 0) {
        rmSync(join(disk, 'filler'), { force: true });
      }
    }, 5);
    await job.jobExecutionResult().finally(() => clearInterval(watch));

    assert.ok(job.details().numberOfRestarts > 0);
    assert.ok(isExact(program));
  });

  it('does not start in a folder of a read-only disk, and goes to the next one that is named', async () => {
    mountSmallDisk(disk, DISK_MB);
    remountSmallDisk(disk, 'ro');
    const configuration = { ...rocksdbIn(join(folder, 'next')), ...onDisk(disk) };

    const error = await failureOf(() => longValuesProgram({ configuration }).env.execute('only'));
    const other = join(folder, 'next', 'other');
    mkdirSync(other, { recursive: true });
    const second = longValuesProgram({
      configuration: { ...configuration, 'state.backend.rocksdb.localdir': `${disk},${other}` },
    });
    await second.env.execute('second');

    assert.ok(causesOf(error).includes('CONFIG_VALUE_INVALID'), messagesOf(error));
    assert.ok(messagesOf(error).includes(disk), messagesOf(error));
    assert.ok(isExact(second));
  });
});

describe('a job on RocksDB whose checkpoint directory is full', { skip: noAddon ?? false }, () => {
  it('runs on, and its next checkpoints name all that they need', async () => {
    const fileSystem = new FaultyFileSystem(new LocalFileSystem());
    let failures = 0;
    fileSystem.plan = ({ operation, path }) => {
      const due = operation === 'write' && path.includes('/shared/') && failures < 3;
      failures += due ? 1 : 0;
      return due ? { kind: 'fail', code: 'DISK_FULL' } : undefined;
    };
    let failed = false;
    const program = longValuesProgram({
      configuration: {
        ...rocksdbIn(join(folder, 'checkpoints')),
        ...RESTARTING,
        'execution.checkpointing.tolerable-failed-checkpoints': '10',
      },
      services: { fileSystems: new FileSystems([fileSystem]) },
      onRecord: (index) => {
        if (index === 3_500 && !failed) {
          failed = true;
          throw new Error('it goes on from a checkpoint after those that failed');
        }
      },
    });
    const job = await program.env.executeAsync('declined');
    await job.jobExecutionResult();

    assert.equal(failures, 3);
    assert.ok(job.details().checkpoints.counts.failed >= 1);
    assert.ok(job.details().checkpoints.counts.restored >= 1);
    assert.ok(isExact(program));
  });
});

const RESTARTING = {
  'restart-strategy.type': 'fixed-delay',
  'restart-strategy.fixed-delay.attempts': '50',
  'restart-strategy.fixed-delay.delay': '50 ms',
};

function onDisk(disk: string): Record<string, string> {
  return { 'state.backend.rocksdb.localdir': disk };
}

/** Until nothing more goes in. */
function fill(disk: string): void {
  try {
    writeFileSync(join(disk, 'filler'), Buffer.alloc(DISK_MB * 1024 * 1024));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  }
}
