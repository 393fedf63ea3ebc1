import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serverMessage } from './server-message.ts';

describe("what is told of a server's error", () => {
  it("is the message of Flink's exception, without its class and stack", () => {
    const full =
      'org.apache.flink.runtime.rest.NotFoundException: Job 00 not found\n' +
      '\tat org.apache.flink.runtime.rest.handler.Handler.run(Handler.java:99)';

    assert.deepEqual(serverMessage(full), { code: undefined, text: 'Job 00 not found' });
  });

  it('is the first message and the cause at the root', () => {
    const full = [
      'java.util.concurrent.CompletionException: org.apache.flink.CheckpointException: It failed.',
      '\tat java.base/java.util.concurrent.CompletableFuture.postComplete(CompletableFuture.java:510)',
      'Caused by: org.apache.flink.CheckpointException: It failed.',
      '\t... 3 more',
      'Caused by: java.io.FileNotFoundException: /nope (Permission denied)',
    ].join('\n');

    assert.equal(serverMessage(full).text, 'It failed. Cause: /nope (Permission denied)');
  });

  it('has the code that a server of ours tells, plain, of a class, or as what failed on its side', () => {
    for (const full of [
      'JOB_NOT_RUNNING: it has ended',
      'TaskError: JOB_NOT_RUNNING: it has ended',
      '<Exception on server side:\nJOB_NOT_RUNNING: it has ended\nEnd of exception on server side>',
    ]) {
      assert.deepEqual(serverMessage(full), { code: 'JOB_NOT_RUNNING', text: 'it has ended' });
    }
  });

  it('says so where there is none', () => {
    assert.equal(serverMessage('').text, 'it gives no reason');
  });

  it('is the class where it comes without a message', () => {
    const full = 'java.lang.NullPointerException\n\tat a.B.c(B.java:1)';

    assert.equal(serverMessage(full).text, 'java.lang.NullPointerException');
  });

  it('is the whole of our own error, without class and cause', () => {
    const full =
      'CheckpointError: IO_EXCEPTION: no savepoint in /f/x: a part of the path is a file; check the path\n' +
      "Caused by: Error: ENOTDIR: not a directory, mkdir '/f/x'";

    assert.deepEqual(serverMessage(full), {
      code: 'IO_EXCEPTION',
      text: 'no savepoint in /f/x: a part of the path is a file; check the path',
    });
  });

  it("has no code where one of Java's classes stands before what looks like one", () => {
    assert.deepEqual(serverMessage('java.sql.SQLException: ERROR: no such relation'), {
      code: undefined,
      text: 'ERROR: no such relation',
    });
  });

  it('says a code once, also where what refused it is told within', () => {
    const { code, text } = serverMessage(
      'CheckpointError: IO_EXCEPTION: the checkpoint was not taken: IO_EXCEPTION: no file system is known',
    );

    assert.deepEqual(
      [code, text],
      ['IO_EXCEPTION', 'the checkpoint was not taken: no file system is known'],
    );
  });
});
