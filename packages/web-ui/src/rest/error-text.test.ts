import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstSentence, readErrors } from './error-text.ts';

describe('the text of an error', () => {
  it('is the message of the printed exception, without class and trace', () => {
    const body = JSON.stringify({
      errors: [
        'org.apache.flink.runtime.rest.NotFoundException: Job 00 not found\n\tat org.apache.flink.A.b(A.java:99)',
      ],
    });

    assert.equal(readErrors(body).message, 'Job 00 not found');
    assert.match(readErrors(body).details, /A\.java:99/);
  });

  it('passes over wrappers to what they wrap', () => {
    const trace =
      'java.util.concurrent.CompletionException: org.apache.flink.X\n\tat a.B.c(B.java:1)\n' +
      'Caused by: org.apache.flink.runtime.checkpoint.CheckpointException: IO-problem detected.\n\tat d.E.f(E.java:2)';

    assert.equal(firstSentence(trace), 'IO-problem detected.');
  });

  it('passes over the words that stand before an unexpected error', () => {
    const body = JSON.stringify({
      errors: [
        'Internal server error.',
        '<Exception on server side:\njava.lang.Exception: no disk\n\tat x',
      ],
    });

    assert.equal(readErrors(body).message, 'no disk');
  });

  it('keeps a class that comes without a message, and is undefined for an empty body', () => {
    assert.equal(firstSentence('java.lang.NullPointerException'), 'java.lang.NullPointerException');
    assert.equal(readErrors('').message, undefined);
    assert.equal(readErrors('{"errors":[]}').message, undefined);
    assert.equal(readErrors('Bad Gateway').message, 'Bad Gateway');
  });
});
