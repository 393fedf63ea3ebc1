import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeError, encodeError, errorCode } from '@millrace/core';
import { stateMismatch } from './serializer-verdict.ts';
import { joinMismatches, StateMismatches } from './state-mismatches.ts';

function mismatchesOf(...messages: string[]): Error {
  const mismatches = new StateMismatches();
  for (const message of messages) {
    mismatches.report(stateMismatch(message));
  }
  return mismatches.end() as Error;
}

describe('the mismatches of several parts of a job', () => {
  it('are told as one, each once, also when they come from other threads', () => {
    const elsewhere = decodeError(encodeError(mismatchesOf("state 'b' is a string", "state 'c'")));

    const joined = joinMismatches([mismatchesOf("state 'a'", "state 'b' is a string"), elsewhere]);

    assert.equal(errorCode(joined), 'STATE_INCOMPATIBLE');
    assert.match(joined.message, /^3 states do not fit the snapshot;/);
    assert.deepEqual(joined.message.split('\n- ').slice(1), [
      "state 'a'",
      "state 'b' is a string",
      "state 'c'",
    ]);
  });

  it('keep one that was told without the others', () => {
    const joined = joinMismatches([mismatchesOf("state 'a'"), stateMismatch("state 'late'")]);

    assert.deepEqual(joined.message.split('\n- ').slice(1), ["state 'a'", "state 'late'"]);
  });
});
