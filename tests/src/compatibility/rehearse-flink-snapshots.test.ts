/** What a program with the operators of Flink's job would take up of each snapshot of it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { type RehearsalReport, rehearseInsteadOfExecuting } from '@millrace/runtime';
import { fixtureProgram } from '../interop/fixture-program.ts';
import { SHARED_UIDS } from '../interop/interop-program.ts';
import { expectedFolder, FIXTURE_REBASE, FIXTURES } from './flink-fixtures.ts';

afterEach(() => rehearseInsteadOfExecuting(undefined));

function rehearse(fixture: string, renamed?: 'by-long'): Promise<RehearsalReport> {
  return new Promise((resolve, reject) => {
    rehearseInsteadOfExecuting({
      from: join(FIXTURES, expectedFolder(fixture)),
      pathRebase: [FIXTURE_REBASE],
      allowNonRestoredState: true,
      end: (report) => {
        resolve(report);
        return new Promise<never>(() => {});
      },
    });
    const change = renamed === undefined ? {} : { renamed };
    fixtureProgram({ configuration: {}, ...change })
      .execute()
      .then(reject, reject);
  });
}

describe('a rehearsal with a snapshot of Flink', () => {
  for (const fixture of [
    'hashmap-canonical',
    'hashmap-canonical-compressed',
    'hashmap-native',
    'hashmap-chk',
    'hashmap-changelog-chk',
    'rocksdb-canonical',
    'rocksdb-full-chk',
    'rocksdb-incremental-chk',
    'rocksdb-native',
  ]) {
    it(`finds every operator by its uid, and takes up every state: ${fixture}`, async () => {
      const { operators, failures } = await rehearse(fixture);

      assert.deepEqual(failures, []);
      const shared = operators.filter(({ uid }) => SHARED_UIDS.includes(uid as never));
      assert.equal(shared.length, SHARED_UIDS.length);
      for (const { uid, match, refusal, states } of shared) {
        assert.equal(match?.by, 'uid', uid);
        assert.equal(refusal, undefined);
        // A changelog does not name timers that there never were.
        const misfits = states.filter(
          ({ kind, verdict }) =>
            verdict === 'migrates' ||
            verdict === 'incompatible' ||
            (verdict === 'new' && kind !== 'timers'),
        );
        assert.deepEqual(misfits, [], uid);
        assert.ok(
          states.some(({ verdict }) => verdict === 'as-is'),
          uid,
        );
      }
    });
  }

  it('takes up records in flight where the operators are the same', async () => {
    const { operators, failures } = await rehearse('hashmap-unaligned-chk');

    assert.deepEqual(
      failures.map(({ code }) => code),
      [],
    );
    assert.deepEqual(operators.map(({ refusal }) => refusal?.code).filter(Boolean), []);
  });

  it('refuses records in flight where an operator is another', async () => {
    const { failures } = await rehearse('hashmap-unaligned-chk', 'by-long');

    assert.deepEqual(
      failures.map(({ code }) => code),
      ['CHANNEL_STATE_MISMATCH'],
    );
  });
});
