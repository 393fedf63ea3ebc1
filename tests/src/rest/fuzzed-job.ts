/** The REST endpoint beside a job that runs, whose ids requests at random may name. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Configuration } from '@millrace/core';
import { dispatcherOfProcess } from '@millrace/runtime';
import { startRestServer } from '@millrace/server';
import { completedCheckpoints } from '../e2e/counting-program.ts';
import { liveCounts } from '../e2e/live-state-program.ts';
import { type FuzzResult, fuzzRest } from './rest-fuzz.ts';

/** @returns also whether endpoint and job were there afterwards */
export async function fuzzBesideJob(options: {
  readonly seed: number;
  readonly requests: number;
}): Promise<FuzzResult & { readonly isAlive: boolean }> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-rest-fuzz-'));
  const job = await liveCounts({
    'parallelism.default': '2',
    'jobmanager.scheduler': 'Adaptive',
    'execution.checkpointing.interval': '300 ms',
    'execution.checkpointing.dir': join(folder, 'checkpoints'),
  });
  await completedCheckpoints(job, 2);
  const settings = new Configuration({ 'rest.bind-port': '0', 'web.timeout': '10 s' });
  const server = await startRestServer(settings, dispatcherOfProcess());
  const { hostname: host, port, origin } = new URL(await server.url);
  const state = await (await fetch(`${origin}/jobs/${job.jobId}/state`)).json();
  const { operators } = state as { operators: { uid: string; operatorId: string }[] };
  const { operatorId } = operators.find(({ uid }) => uid === 'counts')!;
  const vertexId = job.details().vertices[1]!.id;

  const result = await fuzzRest(
    { host, port: Number(port) },
    { ...options, job: { jobId: job.jobId, vertexId, operatorId } },
  );

  const { status } = await fetch(`${origin}/overview`);
  const isAlive = status === 200 && job.jobStatus() === 'RUNNING';
  await job.cancel();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
  return { ...result, isAlive };
}
