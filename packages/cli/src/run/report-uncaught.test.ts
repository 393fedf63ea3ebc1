import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError, TaskError } from '@millrace/core';
import { uncaughtText } from './report-uncaught.ts';

const PROGRAM = '/jobs/sums.ts';

describe('what is told of the error that ended a program', () => {
  it('is code, message and place in the program for an error of its configuration', () => {
    const error = new ConfigError('CONFIG_VALUE_INVALID', 'rest.port is "abc"');
    error.stack = `${error.stack?.split('\n')[0]}\n    at parse (file:///x/configuration.js:1:2)\n    at file://${PROGRAM}:3:5`;

    const text = uncaughtText(error, PROGRAM, false);

    assert.equal(
      text,
      'millrace: CONFIG_VALUE_INVALID: rest.port is "abc"\n  at /jobs/sums.ts:3:5\n' +
        '(millrace run --stack shows the whole stack)',
    );
  });

  it('is the whole stack where that is asked for', () => {
    const error = new ConfigError('CONFIG_VALUE_INVALID', 'rest.port is "abc"');

    assert.match(uncaughtText(error, PROGRAM, true), /^Uncaught ConfigError: rest[\s\S]*\n {4}at /);
  });

  it('is the whole stack, with causes, of a failed function and of what is no error of ours', () => {
    const failed = new TaskError('IO_EXCEPTION', 'the job failed', { cause: new TypeError('x') });

    assert.match(
      uncaughtText(failed, PROGRAM, false),
      /TaskError[\s\S]*\n {4}at [\s\S]*TypeError: x/,
    );
    assert.match(uncaughtText(new RangeError('y'), PROGRAM, false), /RangeError: y\n {4}at /);
    assert.match(uncaughtText('text', PROGRAM, false), /^Uncaught 'text'/);
  });
});
