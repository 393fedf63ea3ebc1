/**
 * Runs the compiled tests; ends with the test runner's own summary and its exit code.
 *
 *     npm test                       all of them
 *     npm test -- checkpoint         files whose path holds `checkpoint`
 *     npm test -- --name 'late'      tests whose title matches
 *     npm test -- --reporter dot
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findTestFiles } from './test-files.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { name: { type: 'string' }, reporter: { type: 'string', default: 'spec' } },
});

const patterns = positionals.length === 0 ? [''] : positionals;
const files = [...new Set(patterns.flatMap((pattern) => findTestFiles(ROOT, pattern)))];
if (files.length === 0) {
  process.stderr.write(`no test file matches ${positionals.join(', ') || 'anything'}\n`);
  process.exit(1);
}

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
