/** Who owns the snapshot that a job starts from: which files are left, once per mode. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type {
  KeyedStateBackend,
  KeyedStateBackendParameters,
  SharingFilesStrategy,
} from '@millrace/state';
import { HashMapStateBackend } from '@millrace/state-backend-heap';
import { errorCode, SavepointRestoreSettings, Types } from 'millrace';
import {
  checkpointsIn,
  completedCheckpoints,
  countingProgram,
  EXACT_COUNTS,
  lastCounts,
  NUMBER_OF_RECORDS,
  retainedCheckpoint,
} from './counting-program.ts';
import { assertError, failureOf, localPath } from './failures.ts';
import { contentsOf, SnapshotFolder } from './snapshots-to-start-from.ts';

const snapshots = new SnapshotFolder('restore-modes');
const folder = snapshots.path;
after(() => snapshots.remove());

const MODES = ['CLAIM', 'NO_CLAIM', 'LEGACY'] as const;

for (const kind of ['savepoint', 'checkpoint'] as const) {
  for (const mode of MODES) {
    describe(`a job that starts from a ${kind} with ${mode}`, () => {
      it('counts on, and the snapshot is as the mode says once checkpoints have completed', async () => {
        const path = await snapshots.snapshot(`${kind}-${mode}`, kind);
        const before = contentsOf(path);
        const warnings: string[] = [];
        const next = snapshots.counting(`${kind}-${mode}-next`, {}, warnings);
        next.env.setSavepointRestoreSettings(
          SavepointRestoreSettings.forPath(path, { restoreMode: mode }),
        );

        const job = await next.env.executeAsync('next');
        await completedCheckpoints(job, 2);
        const meanwhile = contentsOf(path);
        await job.jobExecutionResult();

        assert.ok(Object.keys(before).length > 2, 'state lies in files');
        assert.deepEqual(lastCounts(next.sink), EXACT_COUNTS);
        assert.deepEqual(meanwhile, mode === 'CLAIM' ? {} : before);
        assert.deepEqual(contentsOf(path), mode === 'CLAIM' ? {} : before);
        assert.equal(existsSync(path), mode !== 'CLAIM');
        assert.deepEqual(
          warnings.map((warning) => /LEGACY is deprecated/.test(warning)),
          mode === 'LEGACY' ? [true] : [],
        );
      });
    });
  }
}

describe('a claimed snapshot', () => {
  for (const suffix of ['/', '/_metadata', '/../'] as const) {
    it(`is deleted however its path is written: with ${suffix}`, async () => {
      const path = await snapshots.snapshot(`written${suffix.length}`, 'checkpoint');
      const [job, checkpoint] = path.split('/').slice(-2);
      const written = path + (suffix === '/../' ? `/../../${job}/${checkpoint}` : suffix);
      const next = snapshots.counting(`written${suffix.length}-next`, {
        'execution.state-recovery.path': written,
        'execution.state-recovery.claim-mode': 'CLAIM',
      });

      await next.env.execute();

      assert.equal(existsSync(path), false);
    });
  }

  it('is one of the checkpoints that are retained, and goes when there are more', async () => {
    const path = await snapshots.snapshot('counted', 'savepoint');
    const next = snapshots.counting('counted-next', {
      'execution.checkpointing.num-retained': '3',
      'execution.state-recovery.path': path,
      'execution.state-recovery.claim-mode': 'claim',
    });

    const job = await next.env.executeAsync('next');
    await completedCheckpoints(job, 2);
    const withTwo = existsSync(path);
    await completedCheckpoints(job, 4);
    await job.cancel();

    assert.equal(withTwo, true);
    assert.equal(existsSync(path), false);
    const kept = readdirSync(join(folder, 'counted-next', job.jobId));
    assert.equal(kept.filter((name) => name.startsWith('chk-')).length, 3);
  });

  it('is what a job that fails restarts from, and stays its own', async () => {
    const path = await snapshots.snapshot('restarted', 'savepoint');
    let failures = 0;
    const next = countingProgram({
      configuration: {
        ...checkpointsIn(join(folder, 'restarted-next')),
        'restart-strategy.type': 'fixed-delay',
        'restart-strategy.fixed-delay.attempts': '3',
        'restart-strategy.fixed-delay.delay': '1 ms',
        'execution.state-recovery.path': path,
        'execution.state-recovery.claim-mode': 'CLAIM',
      },
      services: { warn: () => {} },
      onRecord: () => {
        if (failures < 1) {
          failures++;
          throw new Error('at the first record');
        }
      },
    });

    const job = await next.env.executeAsync('next');
    await job.jobExecutionResult();

    assert.equal(job.details().numberOfRestarts, 1);
    assert.deepEqual(lastCounts(next.sink), EXACT_COUNTS);
    assert.equal(existsSync(path), false);
  });

  it('stays when the job fails before it has a checkpoint of its own', async () => {
    const path = await snapshots.snapshot('failing', 'savepoint');
    const before = contentsOf(path);
    const failing = countingProgram({
      configuration: {
        ...checkpointsIn(join(folder, 'failing-next')),
        'execution.checkpointing.externalized-checkpoint-retention': 'NO_EXTERNALIZED_CHECKPOINTS',
        'execution.state-recovery.path': path,
        'execution.state-recovery.claim-mode': 'CLAIM',
      },
      services: { warn: () => {} },
      onRecord: () => {
        throw new Error('at the first record');
      },
    });

    const error = await failureOf(() => failing.env.execute('failing'));

    assertError(error, 'USER_FUNCTION_FAILED', /first record/);
    assert.deepEqual(contentsOf(path), before);
  });

  for (const [retention, stays] of [
    ['RETAIN_ON_CANCELLATION', true],
    ['DELETE_ON_CANCELLATION', false],
  ] as const) {
    it(`${stays ? 'stays' : 'goes'} with a job that is cancelled, with ${retention}`, async () => {
      const path = await snapshots.snapshot(`cancelled-${retention}`, 'checkpoint');
      const next = snapshots.counting(`cancelled-${retention}-next`, {
        'execution.checkpointing.interval': '1 h',
        'execution.checkpointing.externalized-checkpoint-retention': retention,
        'execution.state-recovery.path': path,
        'execution.state-recovery.claim-mode': 'CLAIM',
      });

      const job = await next.env.executeAsync('next');
      await job.cancel();

      assert.equal(existsSync(join(path, '_metadata')), stays);
    });
  }
});

describe('a snapshot that was not claimed', () => {
  for (const mode of ['NO_CLAIM', 'LEGACY'] as const) {
    it(`stays when the job is cancelled or fails, whatever the retention: ${mode}`, async () => {
      const path = await snapshots.snapshot(`kept-${mode}`, 'checkpoint');
      const before = contentsOf(path);
      const configuration = {
        'execution.checkpointing.externalized-checkpoint-retention': 'NO_EXTERNALIZED_CHECKPOINTS',
        'execution.state-recovery.path': path,
        'execution.state-recovery.claim-mode': mode,
      };

      const cancelled = await snapshots
        .counting(`kept-${mode}-1`, configuration)
        .env.executeAsync();
      await cancelled.cancel();
      const failing = countingProgram({
        configuration: { ...checkpointsIn(join(folder, `kept-${mode}-2`)), ...configuration },
        services: { warn: () => {} },
        onRecord: () => {
          throw new Error('always');
        },
      });
      await failureOf(() => failing.env.execute());

      assert.deepEqual(contentsOf(path), before);
    });
  }
});

describe('the mode', () => {
  it('that is misspelt is told with the nearest before anything starts', async () => {
    const program = snapshots.counting('misspelt', {
      'execution.state-recovery.path': '/nowhere',
      'execution.savepoint-restore-mode': 'no-claim',
    });

    const error = await failureOf(() => program.env.executeAsync());

    assertError(
      error,
      'CONFIG_VALUE_INVALID',
      /restore-mode is "no-claim".*did you mean NO_CLAIM\?/,
    );
  });

  it('is known by its older key', async () => {
    const path = await snapshots.snapshot('older', 'savepoint');
    const next = snapshots.counting('older-next', {
      'execution.savepoint.path': path,
      'execution.savepoint-restore-mode': 'Claim',
    });

    await next.env.execute();

    assert.equal(existsSync(path), false);
  });
});

describe('a start that is refused', () => {
  const refusals = {
    'state of an operator that the program lacks': {
      program: { uid: 'renamed' },
      code: 'STATE_NOT_RESTORED',
    },
    'another max parallelism': {
      program: { maxParallelism: 64 },
      code: 'MAX_PARALLELISM_MISMATCH',
    },
    'a state of another type': {
      program: { countType: Types.STRING as never },
      code: 'STATE_INCOMPATIBLE',
    },
  } as const;
  for (const [why, { program, code }] of Object.entries(refusals)) {
    for (const mode of MODES) {
      it(`for ${why} leaves the snapshot whole, also with ${mode}`, async () => {
        const path = await snapshots.snapshot(`refused-${code}-${mode}`, 'savepoint');
        const before = contentsOf(path);
        const configuration = {
          ...checkpointsIn(join(folder, `refused-${code}-${mode}-next`)),
          'execution.checkpointing.externalized-checkpoint-retention':
            'NO_EXTERNALIZED_CHECKPOINTS',
          'execution.state-recovery.path': path,
          'execution.state-recovery.claim-mode': mode,
        };

        const refused = countingProgram({
          configuration,
          services: { warn: () => {} },
          ...program,
        });
        const error = await failureOf(() => refused.env.execute());

        assert.equal(errorCode(error), code);
        assert.deepEqual(contentsOf(path), before);
      });
    }
  }
});

describe('what a job takes up of a snapshot is the same in every mode', () => {
  for (const mode of MODES) {
    it(`drops state of an operator that it lacks where that is allowed: ${mode}`, async () => {
      const path = await snapshots.snapshot(`dropped-${mode}`, 'checkpoint');
      const next = countingProgram({
        configuration: checkpointsIn(join(folder, `dropped-${mode}-next`)),
        services: { warn: () => {} },
        uid: 'renamed',
      });
      next.env.setSavepointRestoreSettings(
        SavepointRestoreSettings.forPath(path, { allowNonRestoredState: true, restoreMode: mode }),
      );

      const job = await next.env.executeAsync('next');
      await job.jobExecutionResult();

      // The source goes on where it was, and what it gave before is not in the counts.
      const counted = lastCounts(next.sink).reduce((sum, count) => sum + count, 0);
      assert.ok(counted > 0 && counted < NUMBER_OF_RECORDS, `${counted} records`);
    });

    it(`adopts its max parallelism, and rescales: ${mode}`, async () => {
      const settings = { ...checkpointsIn(join(folder, `adopted-${mode}`)) };
      const before = countingProgram({
        configuration: settings,
        services: { warn: () => {} },
        maxParallelism: 6,
      });
      const path = localPath(await retainedCheckpoint(before));
      const next = snapshots.counting(`adopted-${mode}-next`, {
        'parallelism.default': '5',
        'execution.state-recovery.path': path,
        'execution.state-recovery.claim-mode': mode,
      });
      const tooWide = snapshots.counting(`adopted-${mode}-wide`, {
        'parallelism.default': '7',
        'execution.state-recovery.path': path,
        'execution.state-recovery.claim-mode': mode,
      });

      const error = await failureOf(() => tooWide.env.execute());
      await next.env.execute();

      assertError(error, 'PARALLELISM_OUT_OF_RANGE', /written with max parallelism 6; use 1 to 6/);
      assert.deepEqual(lastCounts(next.sink), EXACT_COUNTS);
    });
  }
});

describe('a state backend', () => {
  /** What each checkpoint may share, by the first subtask that snapshots. */
  class Watching extends HashMapStateBackend {
    readonly seen = new Map<number, SharingFilesStrategy | undefined>();

    override async createKeyedStateBackend<K>(
      parameters: KeyedStateBackendParameters<K>,
    ): Promise<KeyedStateBackend<K>> {
      const backend = await super.createKeyedStateBackend(parameters);
      const snapshot = backend.snapshot.bind(backend);
      backend.snapshot = (checkpointId, streams) => {
        this.seen.set(checkpointId, streams.sharingFilesStrategy);
        return snapshot(checkpointId, streams);
      };
      return backend;
    }
  }

  for (const mode of MODES) {
    it(`is told which checkpoints may name files of earlier ones: ${mode}`, async () => {
      const path = await snapshots.snapshot(`told-${mode}`, 'checkpoint');
      const backend = new Watching();
      const next = snapshots.counting(`told-${mode}-next`, {
        'execution.state-recovery.path': path,
        'execution.state-recovery.claim-mode': mode,
      });
      next.env.setStateBackend(backend);

      const job = await next.env.executeAsync('next');
      await completedCheckpoints(job, 3);
      await job.triggerSavepoint({ targetDirectory: join(folder, `told-${mode}-savepoints`) });
      await job.cancel();

      const seen = [...backend.seen].sort(([a], [b]) => a - b).map(([, strategy]) => strategy);
      const first = mode === 'NO_CLAIM' ? 'forward' : 'forward-backward';
      assert.deepEqual(seen.slice(0, 3), [first, 'forward-backward', 'forward-backward']);
      assert.ok(seen.includes('no-sharing'), 'the savepoint shares nothing');
    });
  }
});
