/** Starts the big-state job, kills it, starts it again and again with another parallelism. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Configuration, managedMemoryBytes } from '@millrace/core';
import { startProgram } from '@millrace/tests/child-program';
import type {
  BigStateProgramOptions,
  BigStateReport,
  CheckpointReport,
} from './big-state-program.ts';
import { BigStateRecords, type BigStateSizes } from './big-state-records.ts';

const PROGRAM = fileURLToPath(new URL('./big-state-program.js', import.meta.url));
/** Of the run that tells what Node and the engine take under load without state: reads of the same few keys. */
const BASELINE = { entries: 1_000, touches: 10 };

export interface BigStateOptions extends BigStateSizes {
  readonly backend: string;
  readonly managedMemory: string;
  readonly checkpointInterval: string;
  /** What V8's heap may take (`--max-old-space-size`), MiB; unless given what V8 decides by itself. */
  readonly heapMiB?: number | undefined;
  /** That of the system unless given. */
  readonly folder?: string | undefined;
  readonly print?: (line: string) => void;
}

export interface BigStateRun {
  readonly title: string;
  readonly parallelism: number;
  readonly killed: boolean;
  readonly restoredCheckpointId: number | undefined;
  /** From the start of the process to the first record. */
  readonly firstRecordMs: number;
  readonly recordsPerSecond: number;
  readonly reads: number;
  readonly rssMiB: number;
  readonly peakMiB: number;
  readonly checkpoints: readonly CheckpointReport[];
}

export interface BigStateResult {
  readonly entries: number;
  readonly managedMemory: string;
  /** Peak of the same job with 1,000 entries, and how long it took to its first record. */
  readonly baselineMiB: number;
  readonly baselineFirstRecordMs: number;
  /** What the process may take: managed memory beside that peak. */
  readonly statedMiB: number;
  readonly runs: readonly BigStateRun[];
}

/** @throws Error when a process fails: a key that holds what it must not is one reason */
export async function runBigState(options: BigStateOptions): Promise<BigStateResult> {
  const folder = mkdtempSync(join(options.folder ?? tmpdir(), 'millrace-big-state-'));
  const print = options.print ?? (() => {});
  try {
    const baseline = await run('without state', {
      ...options,
      ...BASELINE,
      root: join(folder, 'baseline'),
      parallelism: 1,
      holdAt: -1,
      isEnough: () => false,
    });
    const [firstReading, secondReading] = new BigStateRecords(options).readingsBegin;
    const shared = { ...options, root: join(folder, 'job') };
    const runs: BigStateRun[] = [];
    for (const plan of plansOf(options, { firstReading, secondReading })) {
      print(plan.title);
      const result = await run(plan.title, { ...shared, ...plan });
      print(runLine(result));
      runs.push(result);
    }
    assertRead(runs, options);
    return {
      entries: options.entries,
      managedMemory: options.managedMemory,
      baselineMiB: baseline.peakMiB,
      baselineFirstRecordMs: baseline.firstRecordMs,
      statedMiB: baseline.peakMiB + managedMiB(options.managedMemory),
      runs,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function plansOf(
  sizes: BigStateSizes,
  {
    firstReading,
    secondReading,
  }: { readonly firstReading: number; readonly secondReading: number },
) {
  return [
    {
      title: 'filled, then killed while keys are touched',
      parallelism: 1,
      holdAt: firstReading,
      isEnough: afterCheckpointFrom(firstReading - Math.floor(sizes.touches / 2)),
    },
    {
      title: 'restored, then killed while keys are touched',
      parallelism: 1,
      holdAt: secondReading,
      isEnough: afterCheckpointFrom(firstReading + sizes.reads),
    },
    { title: 'rescaled to 2, to its end', parallelism: 2, holdAt: -1, isEnough: () => false },
  ];
}

/** Once a checkpoint completed after the record of that index. */
function afterCheckpointFrom(index: number): (report: BigStateReport) => boolean {
  let since: number | undefined;
  return (report) => {
    if (report.index >= index - 1) {
      since ??= report.ms;
    }
    return report.checkpoints.some(
      ({ endToEndMs }) => report.ms - endToEndMs > (since ?? Infinity),
    );
  };
}

/** Restored runs have read all that was to be read since their checkpoint. */
function assertRead(runs: readonly BigStateRun[], sizes: BigStateSizes): void {
  for (const [index, { title, reads, restoredCheckpointId }] of runs.entries()) {
    if (index > 0 && (reads < sizes.reads || restoredCheckpointId === undefined)) {
      throw new Error(`${title}: it read ${reads} keys, from checkpoint ${restoredCheckpointId}`);
    }
  }
}

type RunOptions = Omit<BigStateProgramOptions, 'root'> & {
  readonly root: string;
  readonly heapMiB?: number | undefined;
  readonly isEnough: (report: BigStateReport) => boolean;
};

async function run(title: string, options: RunOptions): Promise<BigStateRun> {
  const { isEnough, root, backend, parallelism, managedMemory, checkpointInterval } = options;
  const { entries, touches, reads, holdAt } = options;
  const given: BigStateProgramOptions = {
    root,
    backend,
    parallelism,
    managedMemory,
    checkpointInterval,
    entries,
    touches,
    reads,
    holdAt,
  };
  const { child, ended } = startProgram(PROGRAM, [JSON.stringify(given)], {
    environment: heapOption(options.heapMiB),
  });
  const checkpoints: CheckpointReport[] = [];
  let last: BigStateReport | undefined;
  let killed = false;
  if (child.stdout !== null) {
    for await (const line of createInterface({ input: child.stdout })) {
      const report = JSON.parse(line) as BigStateReport;
      last = report;
      checkpoints.push(...report.checkpoints);
      if (!killed && isEnough(report)) {
        killed = true;
        child.kill('SIGKILL');
      }
    }
  }
  const end = await ended;
  if (last === undefined || (!killed && !last.finished)) {
    throw new Error(`${title}: it ended with ${end.code ?? end.signal}: ${end.stderr.trim()}`);
  }
  return {
    title,
    parallelism,
    killed,
    restoredCheckpointId: last.restoredCheckpointId,
    firstRecordMs: last.firstRecordMs,
    recordsPerSecond: (last.records / (last.lastRecordMs - last.firstRecordMs)) * 1000,
    reads: last.reads,
    rssMiB: last.rssMiB,
    peakMiB: last.peakMiB,
    checkpoints,
  };
}

function managedMiB(managedMemory: string): number {
  const configuration = Configuration.fromMap({ 'taskmanager.memory.managed.size': managedMemory });
  return managedMemoryBytes(configuration) / (1024 * 1024);
}

function heapOption(heapMiB: number | undefined): Readonly<Record<string, string>> {
  return heapMiB === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` };
}

export function bigStateLines(result: BigStateResult): string[] {
  const { entries, managedMemory, baselineMiB, baselineFirstRecordMs, statedMiB, runs } = result;
  return [
    `${entries} entries, ${managedMemory} of managed memory; with 1,000 entries the same job takes ` +
      `${baselineMiB.toFixed(0)} MiB at most, and ${baselineFirstRecordMs.toFixed(0)} ms to its first record; ` +
      `${statedMiB.toFixed(0)} MiB are stated`,
    ...runs.map(runLine),
  ];
}

function runLine(run: BigStateRun): string {
  const checkpoints = [run.checkpoints[0], run.checkpoints.at(-1)]
    .filter((checkpoint) => checkpoint !== undefined)
    .map(
      ({ checkpointId, endToEndMs, syncMs, asyncMs, fullBytes, deltaBytes }) =>
        `${checkpointId}: ${endToEndMs.toFixed(0)} ms (sync ${syncMs.toFixed(1)}, async ${asyncMs.toFixed(0)}), ` +
        `delta ${(deltaBytes / 1e6).toFixed(1)} MB of ${(fullBytes / 1e6).toFixed(1)} MB`,
    );
  return (
    `- ${run.title}: ${run.recordsPerSecond.toFixed(0)} records/s, first record after ` +
    `${run.firstRecordMs.toFixed(0)} ms, from checkpoint ${run.restoredCheckpointId ?? 'none'}, ${run.reads} reads right, ` +
    `RSS ${run.rssMiB.toFixed(0)} MiB, at most ${run.peakMiB.toFixed(0)} MiB; ` +
    `${run.checkpoints.length} checkpoints, the first and last ${checkpoints.join('; ')}`
  );
}
