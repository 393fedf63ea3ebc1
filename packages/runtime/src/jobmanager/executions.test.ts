import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { JobGraph, JobVertex } from '../graph/job-graph.ts';
import { Executions } from './executions.ts';

function graphOf(parallelism: number): JobGraph {
  const vertex = { id: 'v', parallelism } as JobVertex;
  return { jobName: 'job', batchExecution: false, vertices: [vertex] };
}

const task = (subtask: number) => ({ vertexId: 'v', subtask });
const BOTH = [task(0), task(1)];

describe('the executions of a job', () => {
  let now = 0;
  let executions = create(2);
  function create(attemptsHistorySize: number): Executions {
    now = 0;
    return new Executions({
      clock: { now: () => now++ },
      attemptsHistorySize,
      jobGraph: graphOf(2),
    });
  }
  beforeEach(() => {
    executions = create(2);
  });

  it('begin as created, and have the time of each state that they come to', () => {
    assert.equal(executions.executionOf(task(0))?.state, 'CREATED');

    executions.begin(BOTH, BOTH);
    executions.reached(task(0), 'DEPLOYING');
    executions.reached(task(0), 'INITIALIZING');
    executions.reached(task(0), 'RUNNING');
    executions.reached(task(0), 'FINISHED');

    const { state, stateTimestamps, attempt } = executions.executionOf(task(0))!;
    assert.equal(state, 'FINISHED');
    assert.equal(attempt, 0);
    assert.deepEqual(stateTimestamps, {
      CREATED: 0,
      SCHEDULED: 2,
      DEPLOYING: 4,
      INITIALIZING: 5,
      RUNNING: 6,
      FINISHED: 7,
    });
  });

  it('never go back, and to nothing from an end', () => {
    executions.begin(BOTH, BOTH);
    executions.reached(task(0), 'CANCELING');

    executions.reached(task(0), 'RUNNING');
    assert.equal(executions.executionOf(task(0))?.state, 'CANCELING');
    executions.reached(task(0), 'FAILED');
    executions.reached(task(0), 'CANCELED');

    assert.equal(executions.executionOf(task(0))?.state, 'FAILED');
    assert.equal(executions.executionOf(task(0))?.stateTimestamps.RUNNING, undefined);
  });

  it('are counted by subtask, as regions restart alone', () => {
    executions.begin([task(0)], [task(0)]);
    executions.begin([task(1)], [task(1)]);

    executions.begin([task(1)], [task(1)]);

    assert.equal(executions.executionOf(task(0))?.attempt, 0);
    assert.equal(executions.executionOf(task(1))?.attempt, 1);
    assert.equal(executions.nextAttempt([task(1)]), 2);
  });

  it('keep the earlier attempts, oldest first, no more than they may', () => {
    for (let attempt = 0; attempt < 5; attempt++) {
      executions.begin(BOTH, BOTH);
      executions.reached(task(0), 'FAILED');
    }

    assert.deepEqual(
      executions.earlierOf(task(0)).map(({ attempt, state }) => [attempt, state]),
      [
        [2, 'FAILED'],
        [3, 'FAILED'],
      ],
    );
    assert.deepEqual(
      executions.earlierOf(task(1)).map(({ state }) => state),
      ['CANCELED', 'CANCELED'],
    );
  });

  it('are finished at once where what is restored had finished', () => {
    executions.begin(BOTH, [task(1)]);

    assert.equal(executions.executionOf(task(0))?.state, 'FINISHED');
    assert.equal(executions.executionOf(task(1))?.state, 'SCHEDULED');
  });

  it('go on counting over a rescale, and forget subtasks that are gone', () => {
    executions.begin(BOTH, BOTH);

    executions.adopt(graphOf(1));
    executions.begin([task(0)], [task(0)]);

    assert.equal(executions.executionOf(task(0))?.attempt, 1);
    assert.equal(executions.executionOf(task(1)), undefined);
  });
});
