import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UsageError } from '../usage-error.ts';
import { programArguments } from './program-settings.ts';

const DEFAULTS = [
  '-D',
  'rest.bind-port=8081-8181',
  '-D',
  'execution.shutdown-on-attached-exit=true',
];

describe('the arguments of a program that is run', () => {
  it('are its own in their places, then an endpoint and an orderly end', () => {
    assert.deepEqual(programArguments({}, [], ['one', '-i', 'x']), ['one', '-i', 'x', ...DEFAULTS]);
  });

  it('win where they set what an option sets', () => {
    const settings = ['rest.port=1', 'pipeline.name=sums'];
    const own = ['-D', 'pipeline.name=mine', '-Dparallelism.default=2'];

    const all = programArguments({ parallelism: 4, settings }, [], own);

    assert.deepEqual(
      all.filter((arg) => arg !== '-D'),
      [...own.slice(1), 'execution.shutdown-on-attached-exit=true', 'rest.port=1'],
    );
  });

  it('have the options of the command as settings, and -D after them', () => {
    const args = programArguments(
      {
        parallelism: 4,
        fromSavepoint: '/s',
        claimMode: 'CLAIM',
        allowNonRestored: true,
        settings: ['pipeline.name=sums'],
      },
      [],
      [],
    );

    assert.deepEqual(
      args.filter((arg) => arg !== '-D'),
      [
        'rest.bind-port=8081-8181',
        'execution.shutdown-on-attached-exit=true',
        'parallelism.default=4',
        'execution.state-recovery.path=/s',
        'execution.state-recovery.claim-mode=CLAIM',
        'execution.state-recovery.ignore-unclaimed-state=true',
        'pipeline.name=sums',
      ],
    );
  });

  for (const [where, options, configured, args] of [
    ['in the configuration file', {}, ['rest.port'], []],
    ['by -D', { settings: ['rest.port=9000'] }, [], []],
    ['by an older spelling', { settings: ['web.port=9000'] }, [], []],
    ["among the program's own", {}, [], ['-D', 'rest.bind-port=0']],
    ["among the program's own, in one word", {}, [], ['-Drest.bind-port=0']],
  ] as const) {
    it(`say nothing of the port where it is set ${where}`, () => {
      const all = programArguments(options, configured, args);

      assert.ok(!all.includes('rest.bind-port=8081-8181'));
      assert.ok(all.includes('execution.shutdown-on-attached-exit=true'));
    });
  }

  it('are refused with a -D that names no key', () => {
    assert.throws(() => programArguments({ settings: ['=4'] }, [], []), UsageError);
  });

  it('are refused with a -D without a value, unless the key is of a boolean', () => {
    for (const setting of ['foo', 'parallelism.default', 'pipeline.name']) {
      assert.throws(() => programArguments({ settings: [setting] }, [], []), {
        constructor: UsageError,
        message: new RegExp(`^-D ${setting} has no value; write -D ${setting}=value`),
      });
    }

    const incremental = ['execution.checkpointing.incremental'];
    assert.deepEqual(programArguments({ settings: incremental }, [], []).at(-1), incremental[0]);
  });
});
