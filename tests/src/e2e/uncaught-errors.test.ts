/** What is told of a job when an error that nothing catches ends its process. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProgram } from '../child-program.ts';

const PROGRAM = fileURLToPath(new URL('./uncaught-program.js', import.meta.url));
const TOO_LONG = { timeout: 120_000 };

describe('an error that nothing catches', TOO_LONG, () => {
  for (const how of ['timer', 'rejection']) {
    it(`ends the process as Node does, which names the job first (${how})`, async () => {
      const { code, stderr } = await startProgram(PROGRAM, [how]).ended;

      assert.equal(code, 1);
      assert.match(
        stderr,
        /^millrace: UNCAUGHT_ERROR: job sums ends with its process, .*: TypeError: planted in two lines \(at .*uncaught-program\.[jt]s:\d+:\d+\); await the promise or catch the error .*\n/,
      );
      assert.match(stderr, /\nTypeError: planted\nin two lines\n {4}at /);
    });
  }

  it('is left to a listener of the program, and the job goes on', async () => {
    const { code, stdout, stderr } = await startProgram(PROGRAM, ['listener']).ended;

    assert.deepEqual([code, stdout, stderr], [0, 'mine: TypeError\n', '']);
  });

  it('is told alone when it comes after the job', async () => {
    const { code, stderr } = await startProgram(PROGRAM, ['after']).ended;

    assert.equal(code, 1);
    assert.match(stderr, /\nTypeError: planted\nin two lines\n {4}at /);
    assert.doesNotMatch(stderr, /millrace:/);
  });

  it('is told once when it is that of the job', async () => {
    const { code, stderr } = await startProgram(PROGRAM, ['job']).ended;

    assert.equal(code, 1);
    assert.match(
      stderr,
      /^millrace: USER_FUNCTION_FAILED: .*: TypeError: planted in two lines\n {2}at .*uncaught-program\.[jt]s:\d+:\d+\n\(MILLRACE_STACK=1 .*\n$/,
    );
  });
});
