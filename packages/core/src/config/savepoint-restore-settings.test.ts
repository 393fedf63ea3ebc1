import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration } from './configuration.ts';
import { SavepointRestoreSettings } from './savepoint-restore-settings.ts';
import { RESTORE_MODE, SAVEPOINT_PATH } from './state-recovery-options.ts';

function written(settings: SavepointRestoreSettings, before: Record<string, string> = {}) {
  const configuration = new Configuration(before);
  SavepointRestoreSettings.toConfiguration(settings, configuration);
  return configuration.toMap();
}

describe('what a job starts from', () => {
  it('is nothing unless a path is given, and belongs to the user unless it is claimed', () => {
    const none = SavepointRestoreSettings.none();
    const { restorePath, allowNonRestoredState, restoreMode } =
      SavepointRestoreSettings.forPath('/chk-7');

    assert.equal(none.restorePath, undefined);
    assert.deepEqual(
      [restorePath, allowNonRestoredState, restoreMode],
      ['/chk-7', false, 'NO_CLAIM'],
    );
    assert.throws(() => SavepointRestoreSettings.forPath(' '), { code: 'CONFIG_VALUE_INVALID' });
  });

  it('is read back from the configuration that it was written to', () => {
    const settings = SavepointRestoreSettings.forPath('/chk-7', {
      allowNonRestoredState: true,
      restoreMode: 'CLAIM',
    });

    const back = SavepointRestoreSettings.fromConfiguration(new Configuration(written(settings)));

    assert.deepEqual(back, settings);
  });

  it('replaces what the configuration said, in its older spellings too', () => {
    const before = {
      'execution.savepoint.path': '/old',
      'execution.savepoint-restore-mode': 'LEGACY',
      'execution.savepoint.ignore-unclaimed-state': 'true',
    };

    assert.deepEqual(written(SavepointRestoreSettings.none(), before), {
      'execution.state-recovery.claim-mode': 'NO_CLAIM',
      'execution.state-recovery.ignore-unclaimed-state': 'false',
    });
  });
});

describe('the claim mode', () => {
  it('is taken in any case and by its older key, whose path and mode are deprecated', () => {
    const configuration = new Configuration({
      'execution.savepoint-restore-mode': 'no_claim',
      'execution.savepoint.path': '/chk-7',
    });

    assert.equal(configuration.get(RESTORE_MODE), 'NO_CLAIM');
    assert.equal(configuration.get(SAVEPOINT_PATH), '/chk-7');
    assert.deepEqual(
      configuration.notices.map(({ level }) => level),
      ['warn', 'warn'],
    );
  });

  for (const [misspelt, meant] of [
    ['CLAIMED', 'CLAIM'],
    ['no-claim', 'NO_CLAIM'],
    ['Legcy', 'LEGACY'],
  ] as const) {
    it(`that is misspelt as ${misspelt} is told with ${meant}`, () => {
      const configuration = new Configuration({ 'execution.state-recovery.claim-mode': misspelt });

      assert.throws(() => configuration.get(RESTORE_MODE), {
        code: 'CONFIG_VALUE_INVALID',
        message:
          `execution.state-recovery.claim-mode is "${misspelt}" (from the program); ` +
          `use CLAIM, NO_CLAIM or LEGACY; did you mean ${meant}?`,
      });
    });
  }

  it('that resembles none is told with all that there are', () => {
    const configuration = new Configuration({ 'execution.state-recovery.claim-mode': 'foo' });

    assert.throws(() => configuration.get(RESTORE_MODE), {
      message: /use CLAIM, NO_CLAIM or LEGACY$/,
    });
  });
});
