/** Programs that run on threads as users run them: in a process of their own, unchanged. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = mkdtempSync(join(tmpdir(), 'millrace-threads-'));
after(() => rmSync(root, { recursive: true, force: true }));

const PROGRAM = fileURLToPath(new URL('./threads-program.js', import.meta.url));
const TYPESCRIPT = fileURLToPath(new URL('../../src/e2e/typescript-program.ts', import.meta.url));
const ON_THREADS = ['-D', 'execution.target=threads'];
const ON_TWO = [...ON_THREADS, '-D', 'parallelism.default=2'];

function run(
  args: readonly string[],
  options: { env?: Record<string, string>; input?: string } = {},
) {
  const { env = {}, input } = options;
  return spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, ...env },
    ...(input === undefined ? {} : { input }),
  });
}

function numbersIn(stdout: string): number[] {
  return [...stdout.matchAll(/number (\d)/g)].map(([, digit]) => Number(digit)).sort();
}

describe('a program in a process of its own', () => {
  it('runs on threads by its command line, and what it says comes once', () => {
    const { status, stdout, stderr } = run([PROGRAM, ...ON_TWO]);

    assert.equal(status, 0, stderr);
    assert.deepEqual(numbersIn(stdout), [1, 2, 3, 4, 5, 6]);
    assert.equal(stdout.match(/the program begins/g)?.length, 1);
    assert.equal(stdout.match(/the program ends at parallelism 2/g)?.length, 1);
    assert.match(stdout, /^[12]> number/m);
    // The main thread says it, and all workers together once more.
    assert.equal(stderr.match(/a word on standard error/g)?.length, 2);
  });

  it('runs on threads by its configuration file, at the parallelism of the machine', () => {
    writeFileSync(join(root, 'config.yaml'), 'execution:\n  target: threads\n');

    const { status, stdout, stderr } = run([PROGRAM], { env: { MILLRACE_CONF_DIR: root } });

    assert.equal(status, 0, stderr);
    assert.deepEqual(numbersIn(stdout), [1, 2, 3, 4, 5, 6]);
    assert.match(stdout, new RegExp(`ends at parallelism ${availableParallelism()}\n`));
  });

  it('may have options of Node that are for the whole process', () => {
    const { status, stdout, stderr } = run(['--max-old-space-size=200', PROGRAM, ...ON_TWO]);

    assert.equal(status, 0, stderr);
    assert.deepEqual(numbersIn(stdout), [1, 2, 3, 4, 5, 6]);
  });

  it('may be TypeScript that tsx loads', () => {
    const { status, stdout, stderr } = run(['--import', 'tsx', TYPESCRIPT, ...ON_TWO]);

    assert.equal(status, 0, stderr);
    assert.equal(stdout, '[["be",2],["not",1],["or",1],["to",2]]\n');
  });

  for (const [what, args, input] of [
    ['an argument of node', ['--input-type=module', '--eval'], undefined],
    ['standard input', ['--input-type=module', '-'], ''],
  ] as const) {
    it(`is told to be a file when it is ${what}`, () => {
      const program = `
        import { StreamExecutionEnvironment } from 'millrace';
        const env = StreamExecutionEnvironment.createLocalEnvironment({ 'execution.target': 'threads' });
        env.fromSequence(1, 2).print();
        await env.execute();`;

      const { status, stderr } =
        input === undefined ? run([...args, program]) : run([...args], { input: program });

      assert.equal(status, 1);
      assert.match(stderr, /PROGRAM_MODULE_UNKNOWN/);
      assert.match(stderr, /put the program into a file and run that with node/);
    });
  }
});
