import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FileSystems } from '@millrace/core';
import { createStateHandleOpener, loadCheckpointMetadata, openKeyedState } from '@millrace/state';
import { expectedFolder, FIXTURES } from '../compatibility/flink-fixtures.ts';
import { buildFlinkProject, resumeInFlink, whyNoFlink } from './flink.ts';
import { NUMBER_OF_EVENTS } from './interop-events.ts';
import {
  assertNullMap,
  assertOperatorState,
  assertRules,
  expected,
  KEYED_UIDS,
} from './interop-state.ts';
import {
  checkpointSettings,
  retainedCheckpoint,
  savepoint,
  temporaryFolder,
} from './retained-checkpoint.ts';
import { assertSameOperators } from './same-content.ts';

const missing = whyNoFlink();
if (missing !== undefined && process.env.CI === 'true') {
  throw new Error(`the comparison with real Flink must run in CI, but ${missing}`);
}
const skip = missing ?? false;

const MORE_EVENTS = 500;
const folder = temporaryFolder('compressed');
const settings = {
  ...checkpointSettings(folder),
  'execution.checkpointing.snapshot-compression': 'true',
};
const fixture = join(FIXTURES, expectedFolder('hashmap-canonical-compressed'));

/** Else what is tested here would pass with the option off. */
async function assertCompressed(snapshot: string): Promise<void> {
  const fileSystems = new FileSystems();
  const openStateHandle = createStateHandleOpener({
    getFileSystem: (uri) => fileSystems.getFileSystem(uri),
  });
  const { metadata } = await loadCheckpointMetadata(fileSystems, snapshot);
  const found: boolean[] = [];
  for (const { maxParallelism, subtaskStates } of metadata.operatorStates) {
    for (const { managedKeyedState } of subtaskStates.values()) {
      if (managedKeyedState !== undefined) {
        const options = { numberOfKeyGroups: maxParallelism, openStateHandle };
        const reader = await openKeyedState(managedKeyedState, options);
        found.push(reader.header.compressed);
        await reader.close();
      }
    }
  }
  assert.deepEqual(new Set(found), new Set([true]));
}

after(() => rmSync(folder, { recursive: true }));

describe('a compressed snapshot of Millrace in real Flink', { skip }, () => {
  let canonical = '';
  let checkpoint = '';

  before(async () => {
    await buildFlinkProject();
    const options = { parallelism: 2, events: NUMBER_OF_EVENTS, configuration: settings };
    canonical = await savepoint(options, join(folder, 'savepoints'));
    checkpoint = await retainedCheckpoint(options);
    await assertCompressed(canonical);
    await assertCompressed(checkpoint);
  });

  for (const [stateBackend, parallelism] of [
    ['hashmap', 3],
    ['rocksdb', 2],
  ] as const) {
    it(`as a canonical savepoint is restored by ${stateBackend} at parallelism ${parallelism} with every key, value, pane and timer`, async () => {
      const found = await resumeInFlink({ checkpoint: canonical, parallelism, stateBackend });

      assertSameOperators(found, expected, KEYED_UIDS);
      assertNullMap(found, NUMBER_OF_EVENTS);
      assertOperatorState(found);
      assertRules(found, parallelism);
    });
  }

  for (const parallelism of [2, 3]) {
    it(`as a checkpoint is restored at parallelism ${parallelism} with every key, value, pane and timer`, async () => {
      const found = await resumeInFlink({ checkpoint, parallelism });

      assertSameOperators(found, expected, KEYED_UIDS);
      assertNullMap(found, NUMBER_OF_EVENTS);
      assertOperatorState(found);
      assertRules(found, parallelism);
    });
  }

  it('holds what Flink holds, when Millrace went on from a compressed savepoint of Flink', async () => {
    const goOn = { from: NUMBER_OF_EVENTS, events: MORE_EVENTS };
    const continued = await savepoint(
      {
        ...goOn,
        parallelism: 3,
        configuration: {
          ...settings,
          'execution.state-recovery.path': fixture,
          'execution.state-recovery.ignore-unclaimed-state': 'true',
        },
      },
      join(folder, 'continued'),
    );

    const [ours, theirs] = [
      await resumeInFlink({ checkpoint: continued, parallelism: 2, stateBackend: 'rocksdb' }),
      await resumeInFlink({
        ...goOn,
        checkpoint: fixture,
        parallelism: 2,
        ignoreUnclaimedState: true,
      }),
    ];

    await assertCompressed(continued);
    assertSameOperators(ours, theirs, [...KEYED_UIDS, 'null-map']);
  });
});
