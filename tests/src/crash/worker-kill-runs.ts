/** `npm run test:crash -- --threads`: seeded runs on worker threads, and what was met in them. */
import { describeKill, KILL_MOMENTS, KILL_WAYS, unansweredKills } from './worker-kill.ts';
import { WorkerKillTest } from './worker-kill-test.ts';

export interface WorkerKillRunsOptions {
  readonly firstSeed: number;
  readonly runs: number;
  readonly killsPerRun: number;
}

/** From so many kills on, each way and each moment must have been met. */
const KILLS_THAT_MEET_ALL = 60;

/**
 * Prints as it goes.
 *
 * @returns how many runs failed, and one more when kills of a kind never happened
 */
export async function runWorkerKills(options: WorkerKillRunsOptions): Promise<number> {
  const { firstSeed, runs, killsPerRun } = options;
  const test = new WorkerKillTest(killsPerRun);
  const met = new Map<string, number>();
  let kills = 0;
  let fromCheckpoint = 0;
  let failed = 0;
  try {
    await test.prepare();
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const run = await test.run(seed);
      const { differences, parallelism, hasAside, report } = run;
      const unanswered = unansweredKills(run.kills, report.lastAttempts);
      const isRight = differences.length === 0 && unanswered.length === 0;
      failed += isRight ? 0 : 1;
      kills += run.kills.length;
      fromCheckpoint += report.restoredCheckpointId === undefined ? 0 : 1;
      for (const { way, moment } of run.kills) {
        met.set(way, (met.get(way) ?? 0) + 1);
        met.set(moment, (met.get(moment) ?? 0) + 1);
      }
      const verdict =
        differences.length > 0
          ? `DIFFERS: ${differences.join(' ')}`
          : isRight
            ? 'identical'
            : `NO RESTART after ${unanswered.map(describeKill).join(', ')}`;
      print(
        `seed ${seed}: ${verdict}; parallelism ${parallelism}, ${hasAside ? 'several regions, ' : ''}${report.numberOfRestarts} restarts; ` +
          run.kills.map(describeKill).join(', '),
      );
    }
  } catch (error) {
    failed += 1;
    throw error;
  } finally {
    if (failed === 0) {
      test.cleanUp();
    } else {
      print(`what was left is in ${test.folder}`);
    }
  }
  print(`\n${kills} kills; ${fromCheckpoint} runs went on from a checkpoint in the end`);
  for (const kind of [...KILL_WAYS, ...KILL_MOMENTS]) {
    print(`  ${String(met.get(kind) ?? 0).padStart(4)} ${kind}`);
  }
  const unmet = [...KILL_WAYS, ...KILL_MOMENTS].filter((kind) => !met.has(kind));
  if (unmet.length > 0 && runs * killsPerRun >= KILLS_THAT_MEET_ALL) {
    print(`never met: ${unmet.join(', ')}`);
    failed += 1;
  }
  return failed;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
