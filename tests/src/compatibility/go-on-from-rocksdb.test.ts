/** A job of Flink on RocksDB stopped half-way: it goes on here to where Flink came. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FileSystems } from '@millrace/core';
import { createStateHandleOpener, loadCheckpointMetadata } from '@millrace/state';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { NUMBER_OF_EVENTS } from '../interop/interop-events.ts';
import { SHARED_UIDS } from '../interop/interop-program.ts';
import {
  checkpointSettings,
  retainedCheckpoint,
  temporaryFolder,
} from '../interop/retained-checkpoint.ts';
import {
  assertSameOperators,
  type Operators,
  operatorStateItems,
} from '../interop/same-content.ts';
import { expectedFolder, FIXTURE_REBASE, FIXTURES, readExpected } from './flink-fixtures.ts';
import { snapshotContent } from './snapshot-content.ts';

const FIXTURE = 'rocksdb-incremental-chk';
/** Taken after half of the events; `expected.json` is of the checkpoint after all of them. */
const FIRST_CHECKPOINT = join(FIXTURES, dirname(expectedFolder(FIXTURE)), 'chk-1');
const HALF = NUMBER_OF_EVENTS / 2;
const { operators: expected } = readExpected(FIXTURE);
const folder = temporaryFolder('go-on-from-rocksdb');

async function contentAfterAll(parallelism: number, backend: string): Promise<Operators> {
  const checkpoint = await retainedCheckpoint({
    from: HALF,
    events: NUMBER_OF_EVENTS - HALF,
    parallelism,
    configuration: {
      ...checkpointSettings(folder),
      'state.backend.type': backend,
      'execution.checkpointing.incremental': 'true',
      'execution.state-recovery.path': FIRST_CHECKPOINT,
      'execution.state-recovery.path-rebase': `${FIXTURE_REBASE.from}=${FIXTURE_REBASE.to}`,
      // Of the source, which the program does not have.
      'execution.state-recovery.ignore-unclaimed-state': 'true',
    },
  });
  const fileSystems = new FileSystems();
  const { metadata } = await loadCheckpointMetadata(fileSystems, checkpoint);
  const openStateHandle = createStateHandleOpener({
    getFileSystem: (uri) => fileSystems.getFileSystem(uri),
  });
  const content = await snapshotContent(metadata, openStateHandle);
  return Object.fromEntries(
    SHARED_UIDS.map((uid) => [uid, content.get(expected[uid]?.operatorId ?? '') ?? {}]),
  ) as Operators;
}

after(() => rmSync(folder, { recursive: true }));

describe('an incremental checkpoint of Flink on RocksDB, taken half-way', () => {
  for (const [parallelism, backend] of [
    [1, 'hashmap'],
    [2, 'hashmap'],
    [3, 'hashmap'],
    [1, 'rocksdb'],
    [2, 'rocksdb'],
    [3, 'rocksdb'],
  ] as const) {
    const skip = (backend === 'rocksdb' && whyNoNativeAddon()) || false;
    it(`goes on at parallelism ${parallelism} in ${backend} to the state that Flink came to`, {
      skip,
    }, async () => {
      const content = await contentAfterAll(parallelism, backend);

      assertSameOperators(
        content,
        expected,
        SHARED_UIDS.filter((uid) => uid !== 'op-state'),
      );
      assert.deepEqual(
        operatorStateItems(content['op-state'], 'even-list'),
        operatorStateItems(expected['op-state'], 'even-list'),
      );
    });
  }
});
