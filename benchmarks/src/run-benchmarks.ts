/**
 * Runs the benches whose path holds the given pattern, one after the other.
 *
 *     npm run bench -- state-access --json results.jsonl
 *
 * `--smoke` runs each with its tiny sizes; `--json FILE` appends one line for the run.
 */
import { appendFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Bench } from '@millrace/core/bench';
import { findBenchFiles } from './bench-files.ts';
import { BenchHarness } from './harness.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { smoke: { type: 'boolean', default: false }, json: { type: 'string' } },
});

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const files = findBenchFiles(ROOT, positionals[0]);
if (files.length === 0) {
  print(`no bench matches ${positionals[0] ?? 'anything'}`);
  process.exitCode = 1;
}
const harness = new BenchHarness({ smoke: values.smoke, print });
for (const file of files) {
  print(`\n${relative(ROOT, file).replace('/dist/', '/src/').replace(/\.js$/, '.ts')}`);
  const { bench } = (await import(pathToFileURL(file).href)) as { bench: Bench };
  await bench(harness);
}
if (values.json !== undefined) {
  const { comparisons, figures } = harness;
  const machine = { node: process.version, cpus: availableParallelism(), smoke: values.smoke };
  appendFileSync(values.json, `${JSON.stringify({ ...machine, comparisons, figures })}\n`);
}
