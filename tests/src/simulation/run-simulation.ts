/** `npm run test:simulation -- --seed N --runs N`: simulates the job under many seeds. */
import { parseArgs } from 'node:util';
import { addCounts, noCounts, simulate } from './simulation.ts';
import { reportOf } from './simulation-report.ts';

const PROGRESS_EVERY = 100;

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '1000' } },
});
const firstSeed = Number(values.seed);
const runs = Number(values.runs);
const began = Date.now();
const counts = noCounts();
let failed = 0;
for (let run = 0; run < runs; run++) {
  const result = await simulate(firstSeed + run);
  addCounts(counts, result.counts);
  if (result.differences.length > 0) {
    failed++;
    process.stdout.write(`${reportOf(result)}\n`);
  }
  if ((run + 1) % PROGRESS_EVERY === 0) {
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    process.stdout.write(`${run + 1} of ${runs} seeds, ${failed} failed, ${seconds} s\n`);
  }
}
const totals = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
process.stdout.write(`${totals.join(', ')}\n`);
process.stdout.write(`${runs - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
