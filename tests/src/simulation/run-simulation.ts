/**
 * `npm run test:simulation -- --seed N --runs N --backend hashmap|rocksdb --slots N`: simulates the job
 * under many seeds. Unless the backend is named, every twelfth seed is one of RocksDB; unless the slots
 * are given, every other one has several. One in four, with `--adaptive` each, has the adaptive scheduler,
 * with slots that come and go.
 */
import { parseArgs } from 'node:util';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { addCounts, noCounts, simulate } from './simulation.ts';
import type { SimulatedBackend } from './simulation-plan.ts';
import { reportOf } from './simulation-report.ts';

const PROGRESS_EVERY = 100;
/** These take twelve times as long, so a run of both takes twice as long as one on heap. */
const ROCKSDB_EVERY = 12;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1000' },
    backend: { type: 'string' },
    slots: { type: 'string' },
    adaptive: { type: 'boolean', default: false },
  },
});
const firstSeed = Number(values.seed);
const runs = Number(values.runs);
const slots = chooseSlots(values.slots);
const backendOf = chooseBackend(values.backend);
const began = Date.now();
const counts = noCounts();
const backends: Record<SimulatedBackend, number> = { hashmap: 0, rocksdb: 0 };
let severalSlots = 0;
let adaptive = 0;
let failed = 0;
for (let run = 0; run < runs; run++) {
  const seed = firstSeed + run;
  const backend = backendOf(seed);
  const result = await simulate(seed, { backend, slots, isAdaptive: values.adaptive || undefined });
  backends[backend]++;
  severalSlots += result.plan.slots === undefined ? 0 : 1;
  adaptive += result.plan.adaptive === undefined ? 0 : 1;
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
const totals = Object.entries({ ...backends, severalSlots, adaptive, ...counts }).map(
  ([name, count]) => `${name} ${count}`,
);
process.stdout.write(`${totals.join(', ')}\n`);
process.stdout.write(`${runs - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

/** @throws for what is no number of slots */
function chooseSlots(named: string | undefined): number | undefined {
  const slots = named === undefined ? undefined : Number(named);
  if (slots !== undefined && !(Number.isInteger(slots) && slots >= 1)) {
    throw new Error(`--slots is '${named}'; use a whole number from 1 on`);
  }
  return slots;
}

/** @throws when RocksDB is asked for and not built, and with `CI=true` whenever it is not built */
function chooseBackend(named: string | undefined): (seed: number) => SimulatedBackend {
  if (named !== undefined && named !== 'hashmap' && named !== 'rocksdb') {
    throw new Error(`--backend is '${named}'; use hashmap or rocksdb`);
  }
  if (named === 'hashmap') {
    return () => 'hashmap';
  }
  const reason = whyNoNativeAddon();
  if (reason === undefined) {
    return (seed) => (named === 'rocksdb' || seed % ROCKSDB_EVERY === 0 ? 'rocksdb' : 'hashmap');
  }
  if (named === 'rocksdb') {
    throw new Error(reason);
  }
  process.stdout.write(`no seed is run on RocksDB: ${reason}\n`);
  return () => 'hashmap';
}
