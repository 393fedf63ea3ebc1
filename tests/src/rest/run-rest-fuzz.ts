/** `npm run test:rest-fuzz -- --seed 1 --runs 10000`. */
import { parseArgs } from 'node:util';
import { fuzzBesideJob } from './fuzzed-job.ts';

const { values } = parseArgs({ options: { seed: { type: 'string' }, runs: { type: 'string' } } });
const seed = Number(values.seed ?? 1);
const requests = Number(values.runs ?? 10_000);

const result = await fuzzBesideJob({ seed, requests });

const statuses = [...result.statuses].sort(([a], [b]) => a - b);
console.log(`seed ${seed}: ${result.requests} requests`);
console.log(statuses.map(([status, count]) => `${status || 'closed'}: ${count}`).join(', '));
for (const fault of result.faults.slice(0, 10)) {
  console.log(`\n${fault}`);
}
console.log(
  `${result.faults.length} faults${result.isAlive ? '' : ', and the endpoint or the job is gone'}`,
);
process.exitCode = result.faults.length === 0 && result.isAlive ? 0 : 1;
