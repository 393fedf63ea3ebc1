/**
 * Runs the compiled tests; ends with the test runner's own summary and its exit code.
 *
 *     npm test                       all of them
 *     npm test -- checkpoint         files whose path holds `checkpoint`, with dist or with src
 *     npm test -- --name 'late'      tests whose title matches
 *     npm test -- --reporter dot
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findTestFilesOf, NoTestFileMatches } from './test-files.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { name: { type: 'string' }, reporter: { type: 'string', default: 'spec' } },
});

const files = matchingFiles();

const named = values.name === undefined ? [] : [`--test-name-pattern=${values.name}`];
const args = [
  '--enable-source-maps',
  '--expose-gc',
  '--test',
  `--test-reporter=${values.reporter}`,
  '--test-concurrency=2',
  ...named,
  ...files,
];
const runner = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => runner.kill(signal));
}
runner.on('exit', (code) => {
  process.exitCode = code ?? 1;
});

function matchingFiles(): string[] {
  try {
    return findTestFilesOf(ROOT, positionals);
  } catch (error) {
    if (error instanceof NoTestFileMatches) {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    }
    throw error;
  }
}
