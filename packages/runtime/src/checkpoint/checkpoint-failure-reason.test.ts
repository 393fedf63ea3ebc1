import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { notTaken } from './checkpoint-failure-reason.ts';

describe('a checkpoint that was not taken', () => {
  const message =
    'the checkpoint was not taken: CHECKPOINT_DECLINED_TASK_CLOSING: ' +
    'A task ended before it took part in a checkpoint.';

  it('says why, in the words of its reason where nothing else led to it', () => {
    const error = notTaken('CHECKPOINT_DECLINED_TASK_CLOSING', undefined);

    assert.equal(error.message, message);
  });

  it('says once what the error of another one that led to it says already', () => {
    const led = notTaken('CHECKPOINT_DECLINED_TASK_CLOSING', undefined);
    const error = notTaken('CHECKPOINT_DECLINED_TASK_CLOSING', led);

    assert.equal(error.message, message);
    assert.equal(error.cause, led);
  });
});
