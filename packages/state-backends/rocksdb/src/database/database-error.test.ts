import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError, TaskError } from '@millrace/core';
import { databaseError, optionsError } from './database-error.ts';

function failure(code: string): Error {
  return Object.assign(new Error(`it says ${code}`), { code });
}

describe('an error of the database', () => {
  it('is of the configuration where RocksDB refuses options', () => {
    const error = optionsError(failure('INVALID_ARGUMENT'), 'it cannot be opened');

    assert.ok(error instanceof ConfigError);
    assert.equal(error.code, 'CONFIG_VALUE_INVALID');
    assert.equal(error.message, 'it cannot be opened: it says INVALID_ARGUMENT');
  });

  it('is of the task where RocksDB refuses a read or a write: nothing is there to be edited', () => {
    for (const error of [
      databaseError(failure('INVALID_ARGUMENT'), 'it cannot be read'),
      optionsError(failure('IO_ERROR'), 'it cannot be opened'),
    ]) {
      assert.ok(error instanceof TaskError);
      assert.equal(error.code, 'ROCKSDB_FAILED');
      assert.match(error.message, /the job goes on from its last checkpoint$/);
    }
  });

  it('of a closed database tells that its task has ended, and speaks of no checkpoint', () => {
    const error = databaseError(failure('CLOSED'), 'it cannot be read') as TaskError;

    assert.equal(error.code, 'ROCKSDB_FAILED');
    assert.match(error.message, /its task has ended/);
    assert.doesNotMatch(error.message, /checkpoint/);
  });

  it('of a full disk tells to make room', () => {
    const error = databaseError(failure('NO_SPACE'), 'it cannot be written') as TaskError;

    assert.equal(error.code, 'DISK_FULL');
    assert.match(error.message, /make room/);
  });

  it('of a full disk is known by its text too', () => {
    const text = 'Result incomplete: IO error: No space left on device: While appending to file';
    const cause = Object.assign(new Error(text), { code: 'INCOMPLETE' });

    const error = databaseError(cause, 'it cannot be written') as TaskError;

    assert.equal(error.code, 'DISK_FULL');
    assert.match(error.message, /make room/);
  });

  it('of a damaged file tells to check the snapshot, and promises nothing of a restart', () => {
    const error = databaseError(failure('CORRUPTION'), 'it cannot be read') as TaskError;

    assert.equal(error.code, 'ROCKSDB_FAILED');
    assert.match(error.message, /file of the database is damaged.*millrace snapshot verify/);
    assert.match(error.message, /restore another/);
    assert.doesNotMatch(error.message, /goes on from its last checkpoint/);
  });
});
