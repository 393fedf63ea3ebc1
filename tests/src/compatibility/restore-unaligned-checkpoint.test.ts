import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FileSystems } from '@millrace/core';
import { createStateHandleOpener, loadCheckpointMetadata } from '@millrace/state';
import { type JobClient, Types } from 'millrace';
import { type FixtureProgramOptions, fixtureProgram } from '../interop/fixture-program.ts';
import { FINAL_WATERMARK } from '../interop/interop-events.ts';
import { SHARED_UIDS } from '../interop/interop-program.ts';
import { checkpointSettings, temporaryFolder, until } from '../interop/retained-checkpoint.ts';
import {
  assertSameOperators,
  type Operators,
  operatorStateItems,
} from '../interop/same-content.ts';
import { expectedFolder, FIXTURES, readExpected } from './flink-fixtures.ts';
import { snapshotContent } from './snapshot-content.ts';

const FIXTURE = join(FIXTURES, expectedFolder('hashmap-unaligned-chk'));
/** What Flink held when all that was in flight had been processed. */
const { operators: expected } = readExpected('hashmap-unaligned-chk');
const folder = temporaryFolder('restore-unaligned');

function settings(path: string): Record<string, string> {
  return {
    ...checkpointSettings(folder),
    'execution.checkpointing.interval': '1 h',
    'execution.state-recovery.ignore-unclaimed-state': 'true',
    'pipeline.auto-watermark-interval': '1 ms',
    'execution.state-recovery.path': path,
  };
}

/** @returns a savepoint that holds all that was in flight */
async function continued(
  path: string,
  options: Omit<FixtureProgramOptions, 'configuration'>,
): Promise<string> {
  const program = fixtureProgram({ ...options, configuration: settings(path) });
  const job = await program.executeAsync('unaligned');
  await until(job, () => finalWatermarkReached(job));
  return job.stopWithSavepoint({ targetDirectory: folder });
}

/** The broadcast's other source has no watermarks. */
function finalWatermarkReached(job: JobClient): boolean {
  const behindSource = job
    .details()
    .vertices.filter(({ name }) => !name.startsWith('Source') && !name.includes('Broadcast'));
  return (
    behindSource.length > 0 &&
    behindSource.every(({ currentInputWatermark }) => currentInputWatermark === FINAL_WATERMARK)
  );
}

/** By uid. */
async function contentOf(savepoint: string): Promise<Operators> {
  const fileSystems = new FileSystems();
  const { metadata } = await loadCheckpointMetadata(fileSystems, savepoint);
  const openStateHandle = createStateHandleOpener({
    getFileSystem: (uri) => fileSystems.getFileSystem(uri),
  });
  const content = await snapshotContent(metadata, openStateHandle);
  return Object.fromEntries(
    SHARED_UIDS.map((uid) => [uid, content.get(expected[uid]?.operatorId ?? '') ?? {}]),
  ) as Operators;
}

/** @returns what the job fails with */
async function failure(
  path: string,
  options: Omit<FixtureProgramOptions, 'configuration'> = {},
): Promise<unknown> {
  try {
    await continued(path, options);
  } catch (error) {
    return error;
  }
  return assert.fail('the job ran');
}

/** A copy of the fixture whose file of channel state is another. */
function withChannelFile(name: string, change: (path: string) => void): string {
  const copy = join(folder, name);
  cpSync(FIXTURE, copy, { recursive: true });
  for (const file of readdirSync(copy).map((each) => join(copy, each))) {
    // Of the two other files, which hold keyed state, the first bytes are another version.
    if (!file.endsWith('_metadata') && readFileSync(file).readInt32BE(0) === 0) {
      change(file);
    }
  }
  return copy;
}

const PARALLELISMS = [1, 2, 3];
const contents = new Map<number, Operators>();

before(async () => {
  for (const parallelism of PARALLELISMS) {
    contents.set(parallelism, await contentOf(await continued(FIXTURE, { parallelism })));
  }
});
after(() => rmSync(folder, { recursive: true }));

describe('an unaligned checkpoint of Flink', () => {
  for (const parallelism of PARALLELISMS) {
    it(`goes on at parallelism ${parallelism} to the same state, nothing lost and nothing doubled`, () => {
      const content = contents.get(parallelism)!;

      assertSameOperators(
        content,
        expected,
        SHARED_UIDS.filter((uid) => uid !== 'op-state'),
      );
      assert.deepEqual(
        operatorStateItems(content['op-state'], 'even-list'),
        operatorStateItems(expected['op-state'], 'even-list'),
      );
      const copies = content['broadcast-op']?.operatorStates?.rules?.perSubtask ?? {};
      assert.equal(Object.keys(copies).length, parallelism);
      for (const rules of Object.values(copies)) {
        assert.deepEqual(rules, expected['broadcast-op']?.operatorStates?.rules?.perSubtask['0']);
      }
    });
  }

  it('needs the types of the records that were in flight', async () => {
    const error = await failure(FIXTURE, { eventType: Types.GENERIC });

    assertFailure(error, 'UNSUPPORTED', /to 'KeyedProcess', whose type is not declared; call ret/);
  });

  it('needs the operators of the job that took it, also where state may be dropped', async () => {
    const error = await failure(FIXTURE, { renamed: 'by-long' });

    assertFailure(
      error,
      'CHANNEL_STATE_MISMATCH',
      /operator 3ffb\S+ is gone, operator 'KeyedProcess' \(\S+\) is new; restore it with that pr/,
    );
  });

  it('is refused when it is cut off', async () => {
    const cut = withChannelFile('cut', (path) => truncateSync(path, 100_000));

    assertFailure(await failure(cut), 'SNAPSHOT_CORRUPT', /truncated: it has 100000 bytes/);
  });

  it('is refused with the file, the byte and the channel where it is corrupt', async () => {
    const corrupt = withChannelFile('corrupt', (path) => {
      const bytes = readFileSync(path);
      bytes.fill(0xff, 16, 20); // The length of the first element of the first full chunk.
      writeFileSync(path, bytes);
    });

    assertFailure(
      await failure(corrupt),
      'SNAPSHOT_CORRUPT',
      /corrupt\/2142\S+ is corrupt at byte 16, in the length .* from 'Source: source -> Map' \(1\/1\) to 'KeyedProcess' \(1\/2\), declared as POJO<lab.Types0\$Event>/,
    );
  });
});

function assertFailure(error: unknown, code: string, message: RegExp): void {
  assert.equal((error as { code?: string }).code, code, String(error));
  assert.match((error as Error).message, message);
}
