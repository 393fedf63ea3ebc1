import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ConfigError, FatalError, InvariantError, TaskError } from './errors.ts';
import { uncaughtText } from './uncaught-errors.ts';

/** With frames of ours, of a dependency and of the program. */
function withFrames<E extends Error>(error: E, ...frames: readonly string[]): E {
  error.stack = [`${error}`, ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

describe('what is told of an error of ours that ended a program', () => {
  it('is code, message and place in the program for an error of its configuration', () => {
    const error = withFrames(
      new ConfigError('CONFIG_VALUE_INVALID', 'rest.port is "abc"'),
      'parse (file:///ours/core/dist/configuration.js:1:2)',
      'new Dep (/jobs/node_modules/dep/index.js:9:9)',
      'ModuleJob.run (node:internal/modules/esm/module_job:325:25)',
      'async settings (file:///jobs/the%20settings.ts:3:5)',
      'file:///jobs/sums.ts:30:50',
    );

    assert.equal(
      uncaughtText(error, '/ours/'),
      'millrace: CONFIG_VALUE_INVALID: rest.port is "abc"\n  at /jobs/the settings.ts:3:5\n' +
        '(MILLRACE_STACK=1 shows the whole stack)',
    );
  });

  it('has no place where the error arose in a later turn', () => {
    const error = withFrames(new ConfigError('UNSUPPORTED', 'x'), 'file:///ours/core/a.js:1:2');

    const text = uncaughtText(error, '/ours/');

    assert.equal(text, 'millrace: UNSUPPORTED: x\n(MILLRACE_STACK=1 shows the whole stack)');
  });

  it('has the place where a function of the program failed, which is that of a cause', () => {
    const cause = withFrames(
      new TypeError('no field'),
      'new Dep (/jobs/node_modules/dep/index.js:9:9)',
      'F.processElement (file:///jobs/sums.ts:7:5)',
      'Operator.processElement (file:///ours/runtime/dist/operator.js:1:2)',
      'Array.<anonymous> (millrace-task:7ec5/8409/0:1:2333)',
    );
    const of = withFrames(
      new TaskError('USER_FUNCTION_FAILED', "operator 'sum' failed: no field", { cause }),
      'Operator.failed (file:///ours/runtime/dist/operator.js:3:4)',
      'F.flatMap (file:///jobs/sums.ts:2:9)', // It gave the record to the one that failed.
      'Array.<anonymous> (millrace-task:7ec5/8409/0:1:2333)',
    );

    const text = uncaughtText(of, '/ours/');

    assert.equal(
      text,
      "millrace: USER_FUNCTION_FAILED: operator 'sum' failed: no field\n  at /jobs/sums.ts:7:5\n" +
        '(MILLRACE_STACK=1 shows the whole stack)',
    );
  });

  it('has no place where a function threw what is no error: only those that gave it the record have one', () => {
    const of = withFrames(
      new TaskError('USER_FUNCTION_FAILED', "operator 'sum' failed: 'text'", { cause: 'text' }),
      'Operator.failed (file:///ours/runtime/dist/operator.js:3:4)',
      'F.flatMap (file:///jobs/sums.ts:2:9)',
    );

    const text = uncaughtText(of, '/ours/');

    assert.equal(
      text,
      "millrace: USER_FUNCTION_FAILED: operator 'sum' failed: 'text'\n(MILLRACE_STACK=1 shows the whole stack)",
    );
  });

  it('is the message of a job that was cancelled', () => {
    const text = uncaughtText(withFrames(new FatalError('JOB_CANCELED', 'job J was cancelled')));

    assert.equal(
      text,
      'millrace: JOB_CANCELED: job J was cancelled\n(MILLRACE_STACK=1 shows the whole stack)',
    );
  });

  it('is nothing for a broken promise of ours, and for what is no error of ours', () => {
    const broken = new InvariantError('INVARIANT_VIOLATED', 'broken invariant: x');

    for (const thrown of [broken, new RangeError('y'), 'text', undefined]) {
      assert.equal(uncaughtText(thrown), undefined);
    }
  });
});

describe('a process that an uncaught error of ours ends', () => {
  const FAILS = "throw new ConfigError('UNSUPPORTED', 'not that');";

  it('shows no stack of ours, and its place, whether it is thrown or a promise is rejected', () => {
    for (const throwing of [
      FAILS,
      `setTimeout(() => { ${FAILS} });`,
      `(async () => { ${FAILS} })();`,
    ]) {
      const { status, stderr } = run(throwing);

      assert.equal(status, 1);
      assert.match(
        stderr,
        /^millrace: UNSUPPORTED: not that\n {2}at .*:\d+:\d+\n\(MILLRACE_STACK=1 .*\n$/,
      );
    }
  });

  it('has its place however deep our code was called from there', () => {
    const { stderr } = run(
      `function ours(depth) { return depth === 0 ? new ConfigError('UNSUPPORTED', 'x') : ours(depth - 1); }
      throw ours(30);`,
    );

    assert.match(stderr, /\n {2}at .*\n/);
  });

  it('shows the whole stack where that is asked for', () => {
    const { status, stderr } = run(FAILS, { MILLRACE_STACK: '1' });

    assert.equal(status, 1);
    assert.match(stderr, /ConfigError: not that\n {4}at /);
  });

  it('is left to a listener of its own', () => {
    const { status, stdout, stderr } = run(
      `process.on('uncaughtException', ({ code }) => console.log('mine', code)); ${FAILS}`,
    );

    assert.deepEqual([status, stdout, stderr], [0, 'mine UNSUPPORTED\n', '']);
  });

  it('is told by Node where the error is not ours', () => {
    const { status, stderr } = run(
      "new ConfigError('UNSUPPORTED', ''); throw new RangeError('y');",
    );

    assert.equal(status, 1);
    assert.match(stderr, /RangeError: y\n {4}at /);
  });
});

function run(program: string, env: Readonly<Record<string, string>> = {}) {
  const errors = fileURLToPath(new URL('./errors.js', import.meta.url));
  const script = `import { ConfigError } from '${errors}'; ${program}`;
  const { MILLRACE_STACK: _, ...own } = process.env;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...own, ...env },
  });
}
