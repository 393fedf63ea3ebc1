/** `npm run test:crash -- --seed N --runs N`: kills a job at seeded moments. */
import { parseArgs } from 'node:util';
import { CrashTest } from './crash-test.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '50' } },
});
const firstSeed = Number(values.seed);
const runs = Number(values.runs);
const test = new CrashTest();
let failed = 0;
let kills = 0;
try {
  await test.prepare();
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const run = await test.run(seed);
    kills += run.kills.length;
    failed += run.identical ? 0 : 1;
    const verdict = run.identical ? 'identical' : `DIFFERS in ${run.differences.join(', ')}`;
    process.stdout.write(`seed ${seed}: ${verdict}; killed ${run.kills.join(', ') || 'never'}\n`);
  }
} finally {
  if (failed === 0) {
    test.cleanUp();
  } else {
    process.stdout.write(`what was left is in ${test.folder}\n`);
  }
}
process.stdout.write(`${kills} kills\n${runs - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
