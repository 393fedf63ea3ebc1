import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CheckpointError } from '@millrace/core';
import { VerifyProblems } from './verify-problems.ts';

describe('the problems of a snapshot', () => {
  it('pass over what names a lost file, and not one whose name begins like it', () => {
    const problems = new VerifyProblems();
    problems.addLostFile('SNAPSHOT_NOT_FOUND', 'gone', { file: '/chk/shared/1' });

    for (const said of [
      '/chk/shared/1 is not there',
      '/chk/shared/12 is cut',
      'no /chk/shared/1',
    ]) {
      problems.caught(new CheckpointError('SNAPSHOT_CORRUPT', said), {});
    }

    const told = problems.found.map(({ message }) => message);
    assert.deepEqual(told.slice(1), ['/chk/shared/12 is cut']);
  });
});
