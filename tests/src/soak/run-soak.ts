/**
 * `npm run test:soak -- --minutes N`: a job on threads at full load for so long, with a checkpoint each
 * second, while random workers are killed; then the job is drained and judged.
 *
 * Fails when a record was lost or came twice, when memory grew, when something failed that nobody killed,
 * and when no checkpoints or no kills happened. Also `--parallelism 2 --keys 100000 --seed 1
 * --kill-every 15` (seconds, on average; 0 for never) and `--set KEY=VALUE`, as often as wanted. `--plant
 * FAULT` plants one of `SOAK_FAULTS`, to see it found.
 *
 * Each worker runs this module too, up to the start of the job.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { StreamExecutionEnvironment } from 'millrace';
import { memoryTrend } from './memory-samples.ts';
import { soakFault } from './planted-soak-faults.ts';
import { buildSoak, type SoakJob, windowSizeOf } from './soak-job.ts';
import { judge } from './soak-records.ts';
import { SoakRun } from './soak-run.ts';
import { recordsSent } from './soak-savepoint.ts';
import { faultsOf } from './soak-verdict.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    parallelism: { type: 'string', default: '2' },
    keys: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    'kill-every': { type: 'string', default: '15' },
    plant: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
  },
});
const [minutes, parallelism, keys, seed, killEvery] = [
  values.minutes,
  values.parallelism,
  values.keys,
  values.seed,
  values['kill-every'],
].map(Number) as [number, number, number, number, number];
if (![minutes, parallelism, keys, seed, killEvery].every((n) => n >= 0) || minutes === 0) {
  throw new Error('give --minutes and the others as numbers');
}

// The same in each worker.
const folder = join(tmpdir(), `millrace-soak-${process.pid}`);
const soak: SoakJob = {
  channel: `soak-${process.pid}`,
  output: join(folder, 'output'),
  parallelism,
  keys,
  fault: soakFault(values.plant),
};
const env = StreamExecutionEnvironment.createLocalEnvironment({
  'execution.target': 'threads',
  'parallelism.default': values.parallelism,
  'execution.checkpointing.interval': '1 s',
  'execution.checkpointing.dir': join(folder, 'checkpoints'),
  'execution.checkpointing.savepoint-dir': join(folder, 'savepoints'),
  'restart-strategy.type': 'fixed-delay',
  'restart-strategy.fixed-delay.attempts': '1000000',
  'restart-strategy.fixed-delay.delay': '10 ms',
  'taskmanager.memory.task.heap.size': '512 mb',
  'heartbeat.interval': '500 ms',
  'heartbeat.timeout': '3 s',
  ...Object.fromEntries(values.set.map((pair) => pair.split(/=(.*)/s).slice(0, 2))),
});
const run = new SoakRun({
  channel: soak.channel,
  parallelism,
  seed,
  killEveryMs: killEvery * 1000,
  fault: soak.fault,
});
buildSoak(env, soak);
const job = await env.executeAsync('soak');

const end = await run.watch(job, minutes * 60_000);
const sent = end.savepoint === undefined ? [] : await recordsSent(end.savepoint, soak);
const verdict = judge(committedLines(soak.output), windowSizeOf(soak), sent);
const faults = faultsOf(end, verdict, { kills: killEvery > 0 });
const perSecond = Math.round(verdict.records / (end.elapsedMs / 1000));
print(
  `${verdict.records} records in ${verdict.windows} windows, ${perSecond} a second; ` +
    `${end.restarts} restarts, ${end.checkpoints} checkpoints`,
);
print(`kills: ${[...end.killsByWay].map(([way, count]) => `${count} ${way}`).join(', ')}`);
for (const measure of ['rss', 'mainHeap', 'workerHeaps'] as const) {
  const { secondQuarter, lastQuarter, slopePerMinute, isFlat } = memoryTrend(end.memory, measure);
  print(
    `${measure}: ${mb(secondQuarter)} in the second quarter, ${mb(lastQuarter)} in the last, ` +
      `${mb(slopePerMinute)} a minute${isFlat ? '' : ': GROWS'}`,
  );
}
for (const fault of faults.slice(0, 20)) {
  print(`FAULT ${fault}`);
}
if (faults.length === 0) {
  rmSync(folder, { recursive: true });
} else {
  print(`what was left is in ${folder}`);
}
print(`${faults.length === 0 ? 1 : 0} passed, ${faults.length === 0 ? 0 : 1} failed`);
process.exit(faults.length === 0 ? 0 : 1);

function committedLines(output: string): string[] {
  return readdirSync(output, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !basename(entry.name).startsWith('.'))
    .flatMap((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').split('\n'))
    .filter((line) => line !== '');
}

function mb(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
