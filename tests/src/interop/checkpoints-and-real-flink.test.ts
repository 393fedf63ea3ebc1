import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expectedFolder, FIXTURES } from '../compatibility/flink-fixtures.ts';
import { buildFlinkProject, readWithStateProcessor, resumeInFlink, whyNoFlink } from './flink.ts';
import { NUMBER_OF_EVENTS } from './interop-events.ts';
import {
  assertNullMap,
  assertOperatorState,
  assertRules,
  expected,
  KEYED_UIDS,
  nullMap,
} from './interop-state.ts';
import {
  checkpointSettings,
  retainedCheckpoint,
  savepoint,
  temporaryFolder,
} from './retained-checkpoint.ts';
import { assertSameOperators } from './same-content.ts';
import { linesExpected, linesRead } from './state-processor-content.ts';

const missing = whyNoFlink();
if (missing !== undefined && process.env.CI === 'true') {
  throw new Error(`the comparison with real Flink must run in CI, but ${missing}`);
}
const skip = missing ?? false;

const fixture = join(FIXTURES, expectedFolder('hashmap-chk'));
const MORE_EVENTS = 500;
const folder = temporaryFolder('real-flink');
const settings = checkpointSettings(folder);

after(() => rmSync(folder, { recursive: true }));

describe('a canonical savepoint of Millrace in real Flink', { skip }, () => {
  let canonical = '';

  before(async () => {
    await buildFlinkProject();
    const options = { parallelism: 2, events: NUMBER_OF_EVENTS, configuration: settings };
    canonical = await savepoint(options, join(folder, 'savepoints'));
  });

  for (const stateBackend of ['hashmap', 'rocksdb'] as const) {
    for (const parallelism of [1, 2, 3]) {
      it(`is restored by ${stateBackend} at parallelism ${parallelism} with every key, value, pane and timer`, async () => {
        const found = await resumeInFlink({ checkpoint: canonical, parallelism, stateBackend });

        assertSameOperators(found, expected, KEYED_UIDS);
        assertNullMap(found, NUMBER_OF_EVENTS);
        assertOperatorState(found);
        assertRules(found, parallelism);
      });
    }
  }

  it('goes on in Flink on RocksDB from the event that it stopped at', async () => {
    const [resumed, undisturbed] = [
      await resumeInFlink({
        checkpoint: canonical,
        parallelism: 3,
        stateBackend: 'rocksdb',
        events: MORE_EVENTS,
      }),
      await resumeInFlink({ parallelism: 2, events: NUMBER_OF_EVENTS + MORE_EVENTS }),
    ];

    assertSameOperators(resumed, undisturbed, [...KEYED_UIDS, 'null-map']);
    assertNullMap(resumed, NUMBER_OF_EVENTS + MORE_EVENTS);
  });
});

describe('a checkpoint of Millrace in real Flink', { skip }, () => {
  let inFiles = '';
  let inline = '';

  before(async () => {
    await buildFlinkProject();
    const options = { parallelism: 2, events: NUMBER_OF_EVENTS };
    inFiles = await retainedCheckpoint({ ...options, configuration: settings });
    inline = await retainedCheckpoint({
      ...options,
      configuration: { ...settings, 'execution.checkpointing.storage': 'jobmanager' },
    });
  });

  for (const parallelism of [1, 2, 3]) {
    it(`is restored at parallelism ${parallelism} with every key, value, pane and timer`, async () => {
      const found = await resumeInFlink({ checkpoint: inFiles, parallelism });

      assertSameOperators(found, expected, KEYED_UIDS);
      assertNullMap(found, NUMBER_OF_EVENTS);
      assertOperatorState(found);
    });
  }

  it('is restored when all of its state is in the metadata', async () => {
    const found = await resumeInFlink({ checkpoint: inline, parallelism: 3 });

    assertSameOperators(found, expected, KEYED_UIDS);
    assertNullMap(found, NUMBER_OF_EVENTS);
    assertOperatorState(found);
  });

  it('is what the State Processor API reads from it', async () => {
    const found = linesRead(await readWithStateProcessor(inFiles));

    const wanted = linesExpected({ ...expected, ...nullMap(NUMBER_OF_EVENTS) });
    assert.deepEqual(Object.keys(found).sort(), Object.keys(wanted).sort());
    for (const [name, lines] of Object.entries(wanted)) {
      assert.deepEqual(found[name], lines, name);
    }
  });

  it('goes on in Flink from the event that it stopped at', async () => {
    const [resumed, undisturbed] = [
      await resumeInFlink({ checkpoint: inFiles, parallelism: 3, events: MORE_EVENTS }),
      await resumeInFlink({ parallelism: 2, events: NUMBER_OF_EVENTS + MORE_EVENTS }),
    ];

    assertSameOperators(resumed, undisturbed, [...KEYED_UIDS, 'null-map']);
    assertNullMap(resumed, NUMBER_OF_EVENTS + MORE_EVENTS);
  });

  it('holds what Flink holds, when Millrace went on from a checkpoint of Flink', async () => {
    const goOn = { from: NUMBER_OF_EVENTS, events: MORE_EVENTS };
    const continued = await retainedCheckpoint({
      ...goOn,
      parallelism: 3,
      configuration: {
        ...settings,
        'execution.state-recovery.path': fixture,
        'execution.state-recovery.ignore-unclaimed-state': 'true',
      },
    });

    const [ours, theirs] = [
      await resumeInFlink({ checkpoint: continued, parallelism: 2 }),
      await resumeInFlink({
        ...goOn,
        checkpoint: fixture,
        parallelism: 2,
        ignoreUnclaimedState: true,
      }),
    ];

    assertSameOperators(ours, theirs, [...KEYED_UIDS, 'null-map']);
  });
});
