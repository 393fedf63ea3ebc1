import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorMessage, SystemClock, TaskError } from '@millrace/core';
import type { CheckpointResponder } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import { CHECKPOINT } from '../checkpoint/checkpoint-types.ts';
import type { JobGraph, JobVertex } from '../graph/job-graph.ts';
import type {
  JobMasterGateway,
  TaskExecutorGateway,
} from '../taskmanager/task-executor-gateway.ts';
import { ExecutionGraph } from './execution-graph.ts';

const VERTEX: JobVertex = {
  id: 'vertex',
  name: 'vertex',
  parallelism: 2,
  maxParallelism: 128,
  maxParallelismExplicit: false,
  slotSharingGroup: 'default',
  batchInputs: undefined,
  operators: [
    {
      operatorId: 'operator',
      userProvidedHash: undefined,
      uid: undefined,
      name: 'operator',
      factory: {
        kind: 'one-input',
        createOperator: () => assert.fail('no slot runs anything'),
      },
      chainedInput: -1,
      sideOutputId: undefined,
    },
  ],
  inputs: [],
};
const JOB: JobGraph = { jobName: 'job', batchExecution: false, vertices: [VERTEX] };

/** One attempt in two slots that do what the test says; what it does is in `seen`. */
function attempt() {
  const seen: string[] = [];
  const ends: (() => void)[] = [];
  let jobMaster!: JobMasterGateway;
  const slot = (index: number): TaskExecutorGateway => ({
    ...({} as TaskExecutorGateway),
    initialize: async () => {},
    queryableStates: () => [],
    accumulators: () => [],
    taskDetails: () => [],
    run: () =>
      new Promise((resolve) => {
        ends[index] = resolve;
      }),
    cancel: async () => {
      seen.push(`slot ${index} has ended`);
    },
    triggerCheckpoint: () => {},
    stop: () => {
      seen.push(`slot ${index} is stopped`);
      ends[index]?.();
    },
  });
  const responder = {
    ...({} as CheckpointResponder),
    acknowledgeCheckpoint: ({ checkpointId }) => seen.push(`${checkpointId} is acknowledged`),
    lateStateWritten: (checkpointId) => seen.push(`late state of ${checkpointId}`),
  } as CheckpointResponder;
  const graph = new ExecutionGraph(
    {
      clock: new SystemClock(),
      startsSources: true,
      cancellationTimeoutMs: 0,
      metrics: () => [],
      warn: () => {},
    },
    {
      jobInfo: { jobId: '0', jobName: 'job' },
      jobGraph: JOB,
      attemptNumber: 0,
      restored: undefined,
      responder,
      listener: {
        attemptFails: (error) => seen.push(`it fails: ${errorMessage(error)}`),
        taskFinished: ({ subtask }) => seen.push(`task ${subtask} has finished`),
        allDataEnded: () => seen.push('all data has ended'),
        regionFailed: () => assert.fail('the job is one region'),
      },
    },
    (gateway) => {
      jobMaster = gateway;
      const executors = [slot(0), slot(1)];
      return { executors, executorOf: ({ subtask }) => executors[subtask]! };
    },
  );
  return { graph, jobMaster, seen };
}

const task = (subtask: number) => ({ vertexId: VERTEX.id, subtask });

describe('an attempt of a job over several slots', () => {
  it('ends the slots once all tasks have finished, whatever they have not sent yet', async () => {
    const { graph, jobMaster, seen } = attempt();
    await graph.initialize();
    const run = graph.run();

    jobMaster.taskFinished(task(0));
    seen.push('-');
    jobMaster.taskFinished(task(1));
    await run;

    assert.deepEqual(seen, [
      'task 0 has finished',
      '-',
      'task 1 has finished',
      'slot 0 is stopped',
      'slot 1 is stopped',
    ]);
  });

  it('that is over does not hear what a slot that was taken for lost says of its tasks', async () => {
    const { graph, jobMaster, seen } = attempt();
    await graph.initialize();
    graph.fail(new TaskError('TASK_FAILED', 'slot 1 gave no sign of life'));
    await graph.cancel();
    seen.length = 0;

    jobMaster.taskReachedEndOfData(task(0));
    jobMaster.taskReachedEndOfData(task(1));
    jobMaster.taskFinished(task(1));

    assert.deepEqual(seen, []);
  });

  it('removes what a lost slot was writing, once the slot has ended', async () => {
    const { graph, seen } = attempt();
    await graph.initialize();
    const snapshotType = CHECKPOINT;
    graph.targets.triggerCheckpoint(task(0), { checkpointId: 3, timestamp: 0, snapshotType });
    graph.fail(new TaskError('TASK_MANAGER_LOST', 'slot 1 gave no sign of life'));
    seen.length = 0;

    await graph.cancel();

    assert.deepEqual(seen.slice(-3), ['slot 0 has ended', 'slot 1 has ended', 'late state of 3']);
  });

  it('that fails says so once, before its slots have ended', async () => {
    const { graph, seen } = attempt();
    await graph.initialize();
    graph.fail(new TaskError('TASK_FAILED', 'slot 1 gave no sign of life'));
    graph.fail(new TaskError('TASK_FAILED', 'nor did slot 0'));

    await graph.cancel();
    graph.fail(new TaskError('TASK_FAILED', 'slot 0 was lost later'));

    const told = seen.filter((each) => !each.endsWith('is stopped'));
    assert.deepEqual(told, [
      'it fails: slot 1 gave no sign of life',
      'slot 0 has ended',
      'slot 1 has ended',
    ]);
  });

  it('that is cancelled does not fail any more', async () => {
    const { graph, seen } = attempt();
    await graph.initialize();
    await graph.cancel();
    seen.length = 0;

    graph.fail(new TaskError('TASK_FAILED', 'slot 1 gave no sign of life'));

    assert.ok(!seen.some((each) => each.startsWith('it fails')));
  });

  it('that is over has the state removed that comes late', async () => {
    const { graph, jobMaster, seen } = attempt();
    await graph.initialize();
    graph.fail(new TaskError('TASK_FAILED', 'slot 1 gave no sign of life'));
    await graph.cancel();
    seen.length = 0;

    jobMaster.lateStateWritten(7);

    assert.deepEqual(seen, ['late state of 7']);
  });
});
