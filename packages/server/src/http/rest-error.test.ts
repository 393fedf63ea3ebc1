import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError, TaskError } from '@millrace/core';
import { errorAnswer } from './rest-error.ts';

describe('an error over REST', () => {
  it('has a status by its code where the client can mend it, and 500 else', () => {
    for (const [error, status] of [
      [new ConfigError('RESOURCE_REQUIREMENTS_INVALID', 'bounds 5..2'), 400],
      [new ConfigError('NO_RESOURCE_AVAILABLE', 'two slots'), 409],
      [new TaskError('JOB_NOT_RUNNING', 'it ended'), 409],
      [new TaskError('REST_TIMEOUT', 'too long'), 503],
      [new Error('planted'), 500],
    ] as const) {
      assert.equal(errorAnswer(error).status, status, error.message);
    }
    const { errors } = errorAnswer(new ConfigError('UNSUPPORTED', 'in reactive mode')).body;
    assert.deepEqual(errors, ['UNSUPPORTED: in reactive mode']);
  });

  it('shows of a failure of ours neither a stack nor a file of the machine', () => {
    const failed = new Error('it broke\n    at read (/home/me/reader.js:1:2)\nin the middle');
    const absent = new Error("ENOENT: no such file or directory, open '/home/me/x'");

    const shown = (error: unknown) => errorAnswer(error).body.errors[1];

    const all = (text: string) =>
      `<Exception on server side:\n${text}\nEnd of exception on server side>`;
    assert.equal(shown(failed), all('it broke\nin the middle'));
    assert.equal(shown(absent), all('ENOENT: no such file or directory, open'));
  });
});
