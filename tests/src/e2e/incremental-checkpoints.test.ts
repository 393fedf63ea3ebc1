/** Jobs with RocksDB and incremental checkpoints: which files they write, name and leave. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FileSystems, LocalFileSystem, toFileUri } from '@millrace/core';
import { loadCheckpointMetadata, snapshotFiles } from '@millrace/state';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { FaultyFileSystem, failRandomly, SeededRandom } from '@millrace/testing';
import { SavepointRestoreSettings } from 'millrace';
import {
  type CountingProgram,
  checkpointsIn,
  completedCheckpoints,
  countingProgram,
  EXACT_COUNTS,
  lastCounts,
  retainedCheckpoint,
} from './counting-program.ts';
import { localPath } from './failures.ts';

const skip = whyNoNativeAddon() ?? false;
const folder = mkdtempSync(join(tmpdir(), 'millrace-incremental-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const RESTARTS = {
  'restart-strategy.type': 'fixed-delay',
  'restart-strategy.fixed-delay.attempts': '100',
  'restart-strategy.fixed-delay.delay': '1 ms',
};

function settings(name: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    ...checkpointsIn(join(folder, name)),
    'parallelism.default': '2',
    'state.backend.type': 'rocksdb',
    'state.backend.rocksdb.localdir': join(folder, 'local'),
    'execution.checkpointing.incremental': 'true',
    'execution.checkpointing.data-inline-threshold': '0 b',
    ...more,
  };
}

function counting(
  configuration: Record<string, string>,
  options: Parameters<typeof countingProgram>[0] = {},
): CountingProgram {
  return countingProgram({ configuration, services: { warn: () => {} }, ...options });
}

/** Paths of the files in `shared/` of the one job that has checkpoints in the folder. */
function sharedFiles(name: string): string[] {
  const [job = ''] = readdirSync(join(folder, name));
  const shared = join(folder, name, job, 'shared');
  return existsSync(shared)
    ? readdirSync(shared)
        .map((file) => toFileUri(join(shared, file)))
        .sort()
    : [];
}

/** The shared files that a checkpoint names. */
async function namedBy(checkpoint: string): Promise<string[]> {
  const { metadata } = await loadCheckpointMetadata(new FileSystems(), checkpoint);
  return [...snapshotFiles(metadata)]
    .filter(([, scope]) => scope === 'shared')
    .map(([path]) => path)
    .sort();
}

/** Nothing of a database is left on the local disk. */
function assertNoLocalFiles(): void {
  assert.deepEqual(existsSync(join(folder, 'local')) ? readdirSync(join(folder, 'local')) : [], []);
}

describe('a job with incremental checkpoints', { skip }, () => {
  it('leaves the files that its last checkpoint names, and no other', async () => {
    const program = counting(settings('retained'));

    const last = await retainedCheckpoint(program, 9);

    const named = await namedBy(last);
    assert.ok(named.length > 2, `${named.length} files`);
    assert.deepEqual(sharedFiles('retained'), named);
    assertNoLocalFiles();
  });

  it('leaves none when none of its checkpoints is retained', async () => {
    const program = counting(
      settings('finished', {
        'execution.checkpointing.externalized-checkpoint-retention': 'NO_EXTERNALIZED_CHECKPOINTS',
      }),
    );

    await program.env.execute();

    assert.deepEqual(lastCounts(program.sink), EXACT_COUNTS);
    assert.deepEqual(sharedFiles('finished'), []);
    assertNoLocalFiles();
  });

  it('tells how much each checkpoint wrote, and how much it holds', async () => {
    const program = counting(settings('sizes'));

    const job = await program.env.executeAsync('sizes');
    await completedCheckpoints(job, 3);
    await job.cancel();

    const completed = job
      .details()
      .checkpoints.history.filter(({ status }) => status === 'COMPLETED')
      .reverse();
    const [first, second, third] = completed;
    assert.equal(first?.checkpointedSizeBytes, first?.stateSizeBytes);
    for (const later of [second, third]) {
      assert.ok((later?.checkpointedSizeBytes ?? 0) > 0);
      assert.ok((later?.checkpointedSizeBytes ?? 0) < (later?.stateSizeBytes ?? 0));
    }
  });

  /** A job whose writes fail until it has 4 checkpoints, and whose tasks fail all along. */
  const troubled = async (name: string, seed: number) => {
    const random = new SeededRandom(seed);
    const plan = failRandomly({ seed, probability: 0.02 });
    const files = new FaultyFileSystem(new LocalFileSystem(), plan);
    const program = countingProgram({
      configuration: settings(name, {
        ...RESTARTS,
        'execution.checkpointing.tolerable-failed-checkpoints': '1000',
        // With several at once a task may begin one before it hears that another has completed.
        'execution.checkpointing.max-concurrent-checkpoints': String(seed),
      }),
      services: { warn: () => {}, fileSystems: new FileSystems([files]) },
      onRecord: () => {
        if (random.next() < 0.0005) {
          throw new Error('failed on demand');
        }
      },
    });
    const job = await program.env.executeAsync(name);
    await completedCheckpoints(job, 4);
    files.plan = () => undefined;
    return { job, program };
  };

  for (const seed of [1, 2, 3]) {
    it(`leaves no file too many when it is cancelled, though writes and tasks failed: seed ${seed}`, async () => {
      const name = `cancelled-${seed}`;

      const { job } = await troubled(name, seed);
      await completedCheckpoints(job, 6);
      await job.cancel();

      const { checkpoints, numberOfRestarts } = job.details();
      const last = checkpoints.history.find(({ status }) => status === 'COMPLETED');
      assert.deepEqual(sharedFiles(name), await namedBy(last?.externalPointer ?? ''));
      assert.ok(checkpoints.counts.failed + numberOfRestarts > 0, 'something failed');
      assertNoLocalFiles();
    });

    it(`counts exactly and leaves no file, though writes and tasks failed: seed ${seed}`, async () => {
      const name = `ended-${seed}`;

      const { job, program } = await troubled(name, seed);
      await job.jobExecutionResult();

      assert.deepEqual(lastCounts(program.sink), EXACT_COUNTS);
      assert.deepEqual(sharedFiles(name), []);
      assertNoLocalFiles();
    });
  }

  /** Full for the files that checkpoints share while a test says so. */
  const fullDisk = (isFull: () => boolean) =>
    new FaultyFileSystem(new LocalFileSystem(), ({ operation, path }) =>
      operation === 'write' && path.includes('/shared/') && isFull()
        ? { kind: 'fail', code: 'DISK_FULL' }
        : undefined,
    );

  it('goes on while its storage is full, where failed checkpoints are tolerated, and says so', async () => {
    let isFull = false;
    const name = 'full';
    const files = fullDisk(() => isFull);
    const program = counting(
      settings(name, { 'execution.checkpointing.tolerable-failed-checkpoints': '1000000' }),
      { services: { warn: () => {}, fileSystems: new FileSystems([files]) } },
    );

    const job = await program.env.executeAsync(name);
    await completedCheckpoints(job, 2);
    isFull = true;
    while (job.details().checkpoints.counts.failed < 2) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    isFull = false;
    await completedCheckpoints(job, 4);
    await job.cancel();

    const { history } = job.details().checkpoints;
    const failed = history.filter(({ status }) => status === 'FAILED');
    assert.ok(
      failed.some(({ failureMessage = '' }) => /DISK_FULL|failed as planned/.test(failureMessage)),
    );
    assert.equal(job.details().numberOfRestarts, 0);
    const last = history.find(({ status }) => status === 'COMPLETED');
    assert.deepEqual(sharedFiles(name), await namedBy(last?.externalPointer ?? ''));
  });

  it('restarts when its storage is full, where failed checkpoints are not tolerated', async () => {
    let isFull = true;
    const name = 'full-restarts';
    const files = fullDisk(() => isFull);
    const program = counting(settings(name, RESTARTS), {
      services: { warn: () => {}, fileSystems: new FileSystems([files]) },
    });

    const job = await program.env.executeAsync(name);
    while (job.details().numberOfRestarts === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    isFull = false;
    await job.jobExecutionResult();

    assert.deepEqual(lastCounts(program.sink), EXACT_COUNTS);
    assert.deepEqual(sharedFiles(name), []);
    assertNoLocalFiles();
  });

  it('counts exactly over restarts', async () => {
    let left = 3;
    const program = counting(settings('restarts', RESTARTS), {
      onRecord: (value) => {
        if (value % 1000 === 900 && left > 0) {
          left--;
          throw new Error('failed on demand');
        }
      },
    });

    await program.env.execute();

    assert.equal(left, 0);
    assert.deepEqual(lastCounts(program.sink), EXACT_COUNTS);
    assertNoLocalFiles();
  });
});

describe('a job that starts from an incremental checkpoint', { skip }, () => {
  const next = (name: string, from: string, restoreMode: 'CLAIM' | 'NO_CLAIM' | 'LEGACY') => {
    const program = counting(settings(name));
    program.env.setSavepointRestoreSettings(
      SavepointRestoreSettings.forPath(from, { restoreMode }),
    );
    return program;
  };

  /** The shared files of the checkpoints that were seen, by checkpoint, and the job's end. */
  const namedWhile = async (program: CountingProgram): Promise<string[][]> => {
    const job = await program.env.executeAsync('next');
    const named: string[][] = [];
    for (const wanted of [1, 2, 3, 4]) {
      await completedCheckpoints(job, wanted);
      const { history } = job.details().checkpoints;
      const completed = history.filter(({ status }) => status === 'COMPLETED').reverse();
      named.push(await namedBy(completed[wanted - 1]?.externalPointer ?? ''));
    }
    await job.jobExecutionResult();
    assert.deepEqual(lastCounts(program.sink), EXACT_COUNTS);
    return named;
  };

  const isIn = (name: string) => (path: string) => path.includes(`/${name}/`);
  const retained = {
    'execution.checkpointing.num-retained': '9',
  };

  for (const mode of ['CLAIM', 'LEGACY'] as const) {
    it(`with ${mode} names its files`, async () => {
      const name = `from-${mode}`;
      const from = await retainedCheckpoint(counting(settings(name)), 3);
      const before = await namedBy(from);
      const program = next(`${name}-next`, from, mode);
      program.env.configure(retained);

      const [first = []] = await namedWhile(program);

      assert.ok(
        first.some((path) => before.includes(path)),
        'it names files of the snapshot',
      );
      const left = sharedFiles(name).filter((path) => before.includes(path));
      assert.deepEqual(left, mode === 'LEGACY' ? before : []);
      assert.equal(existsSync(localPath(from)), mode === 'LEGACY');
    });
  }

  it('with NO_CLAIM writes all files again, and names those later', async () => {
    const from = await retainedCheckpoint(counting(settings('from-NO_CLAIM')), 3);
    const before = await namedBy(from);
    const program = next('from-NO_CLAIM-next', from, 'NO_CLAIM');
    program.env.configure(retained);

    const named = await namedWhile(program);

    assert.deepEqual(named.flat().filter(isIn('from-NO_CLAIM')), []);
    // Two in a row may have no file in common: a compaction leaves none.
    const namesAgain = named.some((paths, index) =>
      paths.some((path) => named[index - 1]?.includes(path)),
    );
    assert.ok(namesAgain, 'later ones name files of earlier ones');
    assert.deepEqual(sharedFiles('from-NO_CLAIM'), before);
  });
});

describe('a native savepoint of a job with incremental checkpoints', { skip }, () => {
  it('has all its files in its folder, and is restored when the job and its files are gone', async () => {
    const program = counting(settings('savepoint'));
    const job = await program.env.executeAsync('savepoint');
    await completedCheckpoints(job, 2);
    const savepoint = await job.triggerSavepoint({
      formatType: 'NATIVE',
      targetDirectory: join(folder, 'savepoints'),
    });
    await completedCheckpoints(job, 4);
    await job.cancel();
    rmSync(join(folder, 'savepoint'), { recursive: true });
    const continued = counting(settings('savepoint-next'));
    continued.env.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(savepoint));

    await continued.env.execute();

    const { metadata } = await loadCheckpointMetadata(new FileSystems(), savepoint);
    const files = [...snapshotFiles(metadata).keys()];
    assert.ok(files.length > 0);
    assert.deepEqual(
      files.filter((path) => !path.startsWith(toFileUri(localPath(savepoint)))),
      [],
    );
    assert.deepEqual(lastCounts(continued.sink), EXACT_COUNTS);
  });
});
