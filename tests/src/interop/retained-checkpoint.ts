/** Runs the interop program until it has processed its events, and keeps its last checkpoint. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobClient } from 'millrace';
import { type InteropOptions, interopProgram } from './interop-program.ts';

/** Checkpoints outlive the cancelled job; state of any size is in files unless told otherwise. */
export function checkpointSettings(folder: string): Record<string, string> {
  return {
    'execution.checkpointing.interval': '10 ms',
    'execution.checkpointing.dir': `file://${folder}`,
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    'execution.checkpointing.data-inline-threshold': '0 b',
    'restart-strategy.type': 'none',
  };
}

/** @returns the folder of a savepoint that holds all `events`; the job stopped with it */
export async function savepoint(
  options: InteropOptions,
  folder: string,
  formatType: 'CANONICAL' | 'NATIVE' = 'CANONICAL',
): Promise<string> {
  const job = await interopProgram(options).executeAsync('interop');
  await until(job, () => job.jobStatus() === 'RUNNING' && recordsOut(job) >= options.events);
  const path = await job.stopWithSavepoint({ targetDirectory: folder, formatType });
  return path.replace(/^file:/, '');
}

/** @returns the folder of a checkpoint that holds all `events` */
export async function retainedCheckpoint(options: InteropOptions): Promise<string> {
  const job = await interopProgram(options).executeAsync('interop');
  const ended = job.jobExecutionResult().catch((error: unknown) => error);
  await until(job, () => recordsOut(job) >= options.events);
  // One may be under way already; the next one begins after the last event.
  const wanted = job.details().checkpoints.counts.completed + 2;
  await until(job, () => job.details().checkpoints.counts.completed >= wanted);
  await job.cancel();
  await ended;
  const last = job
    .details()
    .checkpoints.history.find(({ status }) => status === 'COMPLETED')?.externalPointer;
  if (last === undefined) {
    throw new Error('the job kept no checkpoint');
  }
  return last.replace(/^file:/, '');
}

export function temporaryFolder(name: string): string {
  const parent = join(tmpdir(), 'millrace-interop');
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, `${name}-`));
}

/** Of the source. */
function recordsOut(job: JobClient): number {
  const operators = job.details().vertices.flatMap((vertex) => vertex.operators);
  return operators.find(({ name }) => name === 'Source: events')?.numRecordsOut ?? 0;
}

export async function until(job: JobClient, holds: () => boolean): Promise<void> {
  while (!holds()) {
    if (job.jobStatus() === 'FAILED') {
      await job.jobExecutionResult();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
