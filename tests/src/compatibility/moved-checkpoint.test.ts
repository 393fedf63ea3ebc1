/**
 * A retained checkpoint of real Flink, RocksDB incremental: it names its files in `shared/` by the path
 * that they had where it was taken. Moved, restored by a whole job, once per mode.
 */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { assertError, failureOf } from '../e2e/failures.ts';
import { NUMBER_OF_EVENTS } from '../interop/interop-events.ts';
import { SHARED_UIDS } from '../interop/interop-program.ts';
import {
  checkpointSettings,
  retainedCheckpoint,
  temporaryFolder,
} from '../interop/retained-checkpoint.ts';
import { expectedFolder, FIXTURE_REBASE, FIXTURES, readExpected } from './flink-fixtures.ts';
import { toJson } from './snapshot-content.ts';

const FIXTURE = 'rocksdb-incremental-chk';
const folder = temporaryFolder('moved');
after(() => rmSync(folder, { recursive: true }));

/** A copy of the fixture at another place. */
function moved(name: string): { place: string; checkpoint: string } {
  const place = join(folder, name);
  cpSync(join(FIXTURES, FIXTURE), join(place, FIXTURE), { recursive: true });
  return { place, checkpoint: join(place, expectedFolder(FIXTURE)) };
}

function settings(checkpoint: string, configuration: Record<string, string>) {
  return {
    ...checkpointSettings(join(folder, 'next')),
    'execution.state-recovery.path': checkpoint,
    'execution.state-recovery.ignore-unclaimed-state': 'true', // of the fixture's own source
    ...configuration,
  };
}

function rebasedTo(place: string): Record<string, string> {
  return { 'execution.state-recovery.path-rebase': `${FIXTURE_REBASE.from}=${place}` };
}

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(path, name)).isFile())
    .sort();
}

describe('a checkpoint that was moved', () => {
  for (const mode of ['NO_CLAIM', 'LEGACY', 'CLAIM'] as const) {
    it(`is restored from where it is now, and its files are as ${mode} says`, async () => {
      const { place, checkpoint } = moved(mode);
      const before = filesBelow(place);
      const configuration = settings(checkpoint, {
        ...rebasedTo(place),
        'execution.state-recovery.claim-mode': mode,
      });

      await retainedCheckpoint({ configuration, parallelism: 2, events: 0 });

      const left = filesBelow(place);
      if (mode === 'CLAIM') {
        const gone = before.filter((name) => !left.includes(name));
        assert.ok(gone.some((name) => name.endsWith('chk-2/_metadata')));
        assert.equal(gone.filter((name) => name.includes('/shared/')).length, 15);
        // chk-1 was retained beside it, and nobody claimed that.
        assert.equal(left.filter((name) => name.includes('/shared/')).length, 13);
        assert.ok(left.some((name) => name.endsWith('chk-1/_metadata')));
      } else {
        assert.deepEqual(left, before);
      }
    });
  }

  it('of a changelog is deleted with its log, and what was materialized, once it is claimed', async () => {
    const fixture = 'hashmap-changelog-materialized-chk';
    const place = join(folder, 'changelog');
    cpSync(join(FIXTURES, fixture), join(place, fixture), { recursive: true });
    const before = filesBelow(place);
    const configuration = settings(join(place, expectedFolder(fixture)), {
      ...rebasedTo(place),
      'execution.state-recovery.claim-mode': 'CLAIM',
    });

    await retainedCheckpoint({ configuration, parallelism: 2, events: 0 });

    assert.ok(before.some((name) => name.includes('/taskowned/')));
    assert.ok(before.some((name) => name.includes('/dstl/')));
    assert.deepEqual(filesBelow(place), [join(fixture, 'expected.json')]);
  });

  it('gives every key its state', async () => {
    const { place, checkpoint } = moved('read');
    const keys = new Map<string, Set<string>>();
    await retainedCheckpoint({
      configuration: settings(checkpoint, rebasedTo(place)),
      parallelism: 2,
      events: NUMBER_OF_EVENTS,
      onRead: (uid, key) => {
        keys.set(uid, (keys.get(uid) ?? new Set()).add(JSON.stringify(toJson(key))));
      },
    });

    const { operators } = readExpected(FIXTURE);
    for (const uid of SHARED_UIDS.filter((each) => keys.has(each))) {
      const expected = Object.values(operators[uid]?.keyedStates ?? {})[0]?.entries as {
        key: unknown;
      }[];
      for (const { key } of expected) {
        assert.ok(keys.get(uid)?.has(JSON.stringify(key)), `${JSON.stringify(key)} of ${uid}`);
      }
    }
    assert.ok(keys.size >= 4);
  });

  it('without a word of it names the file, its operator and the option', async () => {
    const { checkpoint } = moved('silent');

    const error = await failureOf(() =>
      retainedCheckpoint({ configuration: settings(checkpoint, {}), parallelism: 2, events: 0 }),
    );

    assertError(
      error,
      'SNAPSHOT_NOT_FOUND',
      /operator '.*' \(uid '.*'\): .*\/fixtures\/flink-1\.20\.5\/all\/.*\/shared\/.*execution\.state-recovery\.path-rebase: FROM=TO/,
    );
  });

  for (const text of ['/only/one', '=/to', '/from=']) {
    it(`is refused with the pair ${text}, which is none`, async () => {
      const { checkpoint } = moved(`pair${text.length}`);
      const configuration = settings(checkpoint, { 'execution.state-recovery.path-rebase': text });

      const error = await failureOf(() =>
        retainedCheckpoint({ configuration, parallelism: 2, events: 0 }),
      );

      assertError(error, 'CONFIG_VALUE_INVALID', /path-rebase is '.*'; use FROM=TO/);
    });
  }
});
