/** `npm run test:rest-fuzz -- --seed 1 --runs 10000`. */
import { parseArgs } from 'node:util';
import { Configuration } from '@millrace/core';
import { dispatcherOfProcess } from '@millrace/runtime';
import { startRestServer } from '@millrace/server';
import { fuzzRest } from './rest-fuzz.ts';

const { values } = parseArgs({ options: { seed: { type: 'string' }, runs: { type: 'string' } } });
const seed = Number(values.seed ?? 1);
const requests = Number(values.runs ?? 10_000);

const server = await startRestServer(
  new Configuration({ 'rest.bind-port': '0', 'web.timeout': '2 s' }),
  dispatcherOfProcess(),
);
server.keepAlive();
const url = new URL(await server.url);
const result = await fuzzRest({ host: url.hostname, port: Number(url.port) }, { seed, requests });
const alive = (await fetch(`${url.origin}/overview`)).status === 200;
await server.close();

const statuses = [...result.statuses].sort(([a], [b]) => a - b);
console.log(`seed ${seed}: ${result.requests} requests`);
console.log(statuses.map(([status, count]) => `${status || 'closed'}: ${count}`).join(', '));
for (const fault of result.faults.slice(0, 10)) {
  console.log(`\n${fault}`);
}
console.log(`${result.faults.length} faults${alive ? '' : ', and the endpoint is gone'}`);
process.exitCode = result.faults.length === 0 && alive ? 0 : 1;
