/**
 * From the start of a process to the first line that the flights job writes: `examples/flights` on one side, on the
 * other a job of the same windows on Flink's MiniCluster, over flights that are made up.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CompareContext } from '../compare-sections.ts';
import { bySide } from '../report/access-lines.ts';
import type { SideProgram } from '../side.ts';
import { flinkProgram } from '../side-programs.ts';

const FLIGHTS = fileURLToPath(
  new URL('../../../../examples/flights/dist/flights.js', import.meta.url),
);
const POLL_MS = 2;
const LIMIT_MS = 120_000;

export async function compareStartUp(context: CompareContext): Promise<void> {
  const programs: SideProgram[] = [
    { name: 'Millrace', command: process.execPath, args: [FLIGHTS] },
    ...(context.withFlink
      ? [flinkProgram('lab.FlightsStart', { name: 'Flink', jvm: ['-Xmx1g'], args: [] })]
      : []),
  ];
  const figures = programs.map(({ name }) => ({ name, samples: [] as number[] }));
  const folder = mkdtempSync(join(tmpdir(), 'millrace-start-'));
  try {
    for (let turn = 0; turn < (context.quick ? 1 : 5); turn++) {
      for (const [index, program] of programs.entries()) {
        const own = join(folder, `${turn}-${index}`);
        mkdirSync(own);
        figures[index]?.samples.push(await msToFirstResult(program, own));
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
  context.report({
    kind: 'memory',
    work: 'start of the process to the first result of the flights job',
    backend: 'heap',
    unit: 'ms',
    better: 'less',
    ...bySide(figures),
    aim: { atMost: 1000 },
  });
}

/** @param folder - where it runs, empty, and below which it writes its results, in a folder `output` */
async function msToFirstResult({ name, command, args }: SideProgram, folder: string) {
  const began = performance.now();
  const child = spawn(command, args, { cwd: folder, stdio: 'ignore' });
  let failure: string | undefined;
  child.once('error', ({ message }) => {
    failure = message;
  });
  try {
    while (!hasOutput(folder)) {
      const ms = performance.now() - began;
      failure ??= child.exitCode === null ? undefined : `it ended with exit code ${child.exitCode}`;
      if (failure !== undefined || ms > LIMIT_MS) {
        throw new Error(`${name} gave no result of the flights job: ${failure ?? 'not in time'}`);
      }
      await wait(POLL_MS);
    }
    return performance.now() - began;
  } finally {
    const ended = new Promise((resolve) => child.once('close', resolve));
    if (child.exitCode === null && failure === undefined) {
      child.kill('SIGKILL');
      await ended;
    }
  }
}

function hasOutput(folder: string): boolean {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).some((entry) => {
    const path = join(entry.parentPath, entry.name);
    return entry.isFile() && path.includes('/output/') && sizeOf(path) > 0;
  });
}

/** 0 of a file that has gone, or got its name, meanwhile. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
