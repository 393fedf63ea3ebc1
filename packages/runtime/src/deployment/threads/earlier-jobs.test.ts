import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError } from '@millrace/core';
import { CheckpointStatsTracker } from '../../checkpoint/checkpoint-statistics.ts';
import type { JobClient } from '../../gateway/job-client.ts';
import { JobExecutionResult } from '../../gateway/job-execution-result.ts';
import type { JobGraph } from '../../graph/job-graph.ts';
import { ProgramRun, programRunOf } from './earlier-jobs.ts';
import { replayJob } from './replayed-job.ts';

const NO_GRAPH: JobGraph = { jobName: 'job', batchExecution: false, vertices: [] };

function client(end: Promise<JobExecutionResult>): JobClient {
  return {
    jobId: 'id',
    jobName: 'job',
    jobStatus: () => 'FINISHED',
    details: () => ({ numberOfRestarts: 3 }) as ReturnType<JobClient['details']>,
    checkpointStatistics: () => new CheckpointStatsTracker(0).snapshot(),
    accumulators: () => new Map([['n', 5]]),
    metrics: () => [],
    resourceRequirements: () => ({}),
    updateResourceRequirements: async () => {},
    jobExecutionResult: () => end,
    triggerCheckpoint: async () => 7,
    triggerSavepoint: async () => '/savepoints/1',
    stopWithSavepoint: async () => '/savepoints/2',
    rescale: async () => {},
    queryState: async () => Promise.reject(new Error('nobody asks')),
    cancel: async () => {},
  };
}

const finished = () =>
  Promise.resolve(
    new JobExecutionResult({ jobId: 'id', netRuntimeMs: 7, accumulators: new Map() }),
  );

describe('jobs that came before in a program', () => {
  it('say in a worker what they said in the main thread', async () => {
    const run = new ProgramRun();
    const job = await run.record(run.begin(), NO_GRAPH, Promise.resolve(client(finished())));
    await job.triggerSavepoint();
    await job.jobExecutionResult();

    const replayed = replayJob((await run.before(1))[0]!, NO_GRAPH);

    const result = await replayed.jobExecutionResult();
    assert.equal(result.netRuntimeMs, 7);
    assert.equal(result.accumulatorResult('n'), 5);
    assert.equal(replayed.jobStatus(), 'FINISHED');
    assert.equal(replayed.details().numberOfRestarts, 3);
    assert.equal(await replayed.triggerSavepoint(), '/savepoints/1');
  });

  it('fail there with the error that they failed with here', async () => {
    const run = new ProgramRun();
    const error = new ConfigError('INVALID_GRAPH', 'no such edge');
    const failed = Promise.reject(error);
    const job = await run.record(run.begin(), NO_GRAPH, Promise.resolve(client(failed)));
    await job.jobExecutionResult().catch(() => {});
    const refused = run.record(run.begin(), NO_GRAPH, Promise.reject(error));
    await refused.catch(() => {});
    const [first, second] = await run.before(2);

    const replayed = replayJob(first!, NO_GRAPH);

    await assert.rejects(replayed.jobExecutionResult(), { code: 'INVALID_GRAPH' });
    assert.throws(() => replayJob(second!, NO_GRAPH), { code: 'INVALID_GRAPH' });
  });

  it('may begin at the same time, and are known once they have started', async () => {
    const run = new ProgramRun();
    let start: (client: JobClient) => void = () => {};
    const starting = new Promise<JobClient>((resolve) => {
      start = resolve;
    });
    const first = run.record(run.begin(), NO_GRAPH, starting);
    const before = run.before(run.begin());

    start(client(new Promise(() => {})));

    assert.deepEqual(
      (await before).map((job) => job.kind === 'started' && job.jobId),
      [(await first).jobId],
    );
  });

  it('must have run on threads too', async () => {
    const run = new ProgramRun();
    run.begin();

    await assert.rejects(run.before(run.begin()), {
      code: 'UNSUPPORTED',
      message: /job 1 of the program did not run on threads, and job 2 is to/,
    });
  });

  it('are counted for each program that is named, and for the main module', () => {
    const program = { module: '/program.js' };

    assert.equal(programRunOf(program), programRunOf(program));
    assert.notEqual(programRunOf(program), programRunOf({ ...program }));
    assert.equal(programRunOf(undefined), programRunOf(undefined));
  });
});
