/** Snapshots of Millrace on RocksDB in real Flink, on its RocksDB and on the heap. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { loadCheckpointMetadata } from '@millrace/state';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { FileSystems } from 'millrace';
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

const skip = whyNoFlink() ?? whyNoNativeAddon() ?? false;
const folder = temporaryFolder('rocksdb-real-flink');
after(() => rmSync(folder, { recursive: true }));

const MORE_EVENTS = 500;
const SETTINGS = {
  ...checkpointSettings(folder),
  'state.backend.type': 'rocksdb',
  'state.backend.rocksdb.localdir': join(folder, 'local'),
};
const INCREMENTAL = { 'execution.checkpointing.incremental': 'true' };
const HEAP_TIMERS = { 'state.backend.rocksdb.timer-service.factory': 'HEAP' };

type Kind = 'checkpoint' | 'NATIVE' | 'CANONICAL';

const SNAPSHOTS: readonly [name: string, kind: Kind, configuration: Record<string, string>][] = [
  ['an incremental checkpoint', 'checkpoint', INCREMENTAL],
  [
    'an incremental checkpoint with timers on the heap',
    'checkpoint',
    { ...INCREMENTAL, ...HEAP_TIMERS },
  ],
  ['a full checkpoint', 'checkpoint', {}],
  ['a native savepoint', 'NATIVE', INCREMENTAL],
  ['a native savepoint with timers on the heap', 'NATIVE', { ...INCREMENTAL, ...HEAP_TIMERS }],
  ['a canonical savepoint', 'CANONICAL', {}],
  ['a canonical savepoint with timers on the heap', 'CANONICAL', HEAP_TIMERS],
];

/** Whether any subtask has timers beside its database. */
async function hasRawTimers(snapshot: string): Promise<boolean> {
  const { metadata } = await loadCheckpointMetadata(new FileSystems(), snapshot);
  return metadata.operatorStates.some(({ subtaskStates }) =>
    [...subtaskStates.values()].some(({ rawKeyedState }) => rawKeyedState !== undefined),
  );
}

for (const [name, kind, configuration] of SNAPSHOTS) {
  describe(`${name} of Millrace on RocksDB in real Flink`, { skip }, () => {
    let snapshot = '';

    before(async () => {
      await buildFlinkProject();
      const options = {
        parallelism: 2,
        events: NUMBER_OF_EVENTS,
        configuration: { ...SETTINGS, ...configuration },
      };
      snapshot =
        kind === 'checkpoint'
          ? await retainedCheckpoint(options)
          : await savepoint(options, join(folder, 'savepoints'), kind);
    });

    // At the same parallelism Flink takes the files as they are, at another it cuts them.
    for (const parallelism of kind === 'checkpoint' ? [2, 3] : [3]) {
      it(`is restored by its RocksDB at parallelism ${parallelism} with every key, value, pane and timer`, async () => {
        const found = await resumeInFlink({
          checkpoint: snapshot,
          parallelism,
          stateBackend: 'rocksdb',
        });

        assertSameOperators(found, expected, KEYED_UIDS);
        assertNullMap(found, NUMBER_OF_EVENTS);
        assertOperatorState(found);
        assertRules(found, parallelism);
        const isApart =
          configuration === SNAPSHOTS[1]?.[2] || name.includes('native savepoint with');
        assert.equal(await hasRawTimers(snapshot), isApart);
      });
    }
  });
}

describe('an incremental checkpoint that goes on', { skip }, () => {
  it('in Flink from the event that it stopped at comes to the same state', async () => {
    const snapshot = await retainedCheckpoint({
      parallelism: 2,
      events: NUMBER_OF_EVENTS,
      configuration: { ...SETTINGS, ...INCREMENTAL, ...HEAP_TIMERS },
    });

    const resumed = await resumeInFlink({
      checkpoint: snapshot,
      parallelism: 3,
      stateBackend: 'rocksdb',
      events: MORE_EVENTS,
    });

    const undisturbed = await resumeInFlink({
      parallelism: 2,
      events: NUMBER_OF_EVENTS + MORE_EVENTS,
    });
    assertSameOperators(resumed, undisturbed, [...KEYED_UIDS, 'null-map']);
  });
});
