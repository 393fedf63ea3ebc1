/**
 * `npm run test:crash -- --seed N --runs N --backend BACKEND`: kills a job at seeded moments and tells
 * what was hit. BACKEND is hashmap or rocksdb; seeds take turns unless it is given.
 *
 * With `--threads` the job runs on worker threads, and those are killed: `--kills N` of them in each
 * run, 5 unless given.
 *
 * Fails when output differs, and when no kill met an operation that makes checkpoints or results.
 */
import { parseArgs } from 'node:util';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { CrashTest, DECISIVE_KINDS, type StateBackendName } from './crash-test.ts';
import { runWorkerKills } from './worker-kill-runs.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '50' },
    backend: { type: 'string' },
    threads: { type: 'boolean', default: false },
    kills: { type: 'string', default: '5' },
  },
});
const firstSeed = Number(values.seed);
const runs = Number(values.runs);
const killsPerRun = Number(values.kills);
if (![firstSeed, runs, killsPerRun].every(Number.isSafeInteger) || runs < 1 || killsPerRun < 1) {
  throw new Error(
    `--seed ${values.seed} --runs ${values.runs} --kills ${values.kills}: give whole numbers, one ` +
      'run or more, one kill or more',
  );
}
const failures = values.threads
  ? await runWorkerKills({ firstSeed, runs, killsPerRun })
  : await runProcessKills();
process.stdout.write(`${runs - Math.min(runs, failures)} passed, ${failures} failed\n`);
process.exitCode = failures === 0 ? 0 : 1;

/** @returns how many runs failed, and one more when kills of a kind never happened */
async function runProcessKills(): Promise<number> {
  const tests = crashTests(values.backend);
  const killsByKind = new Map<string, number>();
  let failed = 0;
  let fromCheckpoint = 0;
  try {
    for (const test of tests) {
      await test.prepare();
    }
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const run = await tests[seed % tests.length]!.run(seed);
      const identical = run.differences.length === 0;
      failed += identical ? 0 : 1;
      fromCheckpoint += run.restoredCheckpointId === undefined ? 0 : 1;
      for (const kill of run.kills) {
        const kind = kill.startsWith('at ') ? kill.split(' ').slice(1, 3).join(' ') : 'some time';
        killsByKind.set(kind, (killsByKind.get(kind) ?? 0) + 1);
      }
      const verdict = identical
        ? 'identical'
        : `DIFFERS in ${run.differences.length} files: ${run.differences[0]}`;
      process.stdout.write(`seed ${seed}: ${verdict}; killed ${run.kills.join(', ')}\n`);
    }
  } finally {
    if (failed === 0) {
      for (const test of tests) {
        test.cleanUp();
      }
    } else {
      process.stdout.write(`what was left is in ${tests.map(({ folder }) => folder)}\n`);
    }
  }
  const total = [...killsByKind.values()].reduce((sum, count) => sum + count, 0);
  process.stdout.write(
    `\n${total} kills; ${fromCheckpoint} runs went on from a checkpoint in the end\n`,
  );
  for (const [kind, count] of [...killsByKind].sort(([, a], [, b]) => b - a)) {
    process.stdout.write(`  ${String(count).padStart(4)} at ${kind}\n`);
  }
  const unmet = DECISIVE_KINDS.filter((kind) => !killsByKind.has(kind));
  if (unmet.length > 0 && runs >= 3 * DECISIVE_KINDS.length) {
    process.stdout.write(`never killed at: ${unmet.join(', ')}\n`);
    failed += 1;
  }
  return failed;
}

function crashTests(name: string | undefined): CrashTest[] {
  if (name !== undefined && name !== 'hashmap' && name !== 'rocksdb') {
    throw new Error(`--backend ${name}: use hashmap or rocksdb`);
  }
  const both: StateBackendName[] =
    whyNoNativeAddon() === undefined ? ['hashmap', 'rocksdb'] : ['hashmap'];
  const chosen: StateBackendName[] = name === undefined ? both : [name];
  return chosen.map((each) => new CrashTest(each));
}
