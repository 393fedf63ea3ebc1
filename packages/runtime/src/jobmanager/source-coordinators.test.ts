import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OperatorRestore } from '@millrace/state';
import type { SubtaskAddress } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import type { JobVertex, StreamOperatorFactory } from '../graph/job-graph.ts';
import type { TaskExecutorGateway } from '../taskmanager/task-executor-gateway.ts';
import { SourceCoordinators, type SourceCoordinatorsOptions } from './source-coordinators.ts';
import { StepClock, splitSource } from './source-fixture.ts';

const notRun = () => assert.fail('no slot runs anything');
const MAP: StreamOperatorFactory = { kind: 'one-input', createOperator: notRun };
const ALIGNED = {
  watermarkGroup: 'aligned',
  maxAllowedWatermarkDriftMs: 100,
  updateIntervalMs: 1000,
};

function sourceOf(splits: readonly string[]): StreamOperatorFactory {
  const source = splitSource(splits);
  return { kind: 'source', source, watermarkAlignment: ALIGNED, createOperator: notRun };
}

/** Of two subtasks, with one operator, which has the vertex' name. */
function vertexOf(name: string, factory: StreamOperatorFactory): JobVertex {
  const operator = {
    operatorId: name,
    userProvidedHash: undefined,
    uid: undefined,
    name,
    factory,
    chainedInput: -1,
    sideOutputId: undefined,
  };
  return {
    id: name,
    name,
    parallelism: 2,
    maxParallelism: 128,
    maxParallelismExplicit: false,
    slotSharingGroup: 'default',
    batchInputs: undefined,
    operators: [operator],
    inputs: [],
  };
}

function restoreOf(coordinatorState: Uint8Array): OperatorRestore {
  return {
    restoredMaxParallelism: 128,
    fullyFinished: false,
    coordinatorState: { kind: 'byte-stream', handleName: 'coordinator', data: coordinatorState },
    channelState: { parallelism: 2, inputChannels: [], resultSubpartitions: [] },
    subtasks: [],
  };
}

/** Subtasks of a source run in slots of their own; what slots are told is in `seen`. */
function coordinatorsOf(
  vertices: readonly JobVertex[],
  options: Partial<SourceCoordinatorsOptions> = {},
) {
  const seen: string[] = [];
  const clock = new StepClock();
  const told = (slot: string, task: SubtaskAddress, what: string) =>
    seen.push(`${slot}, ${task.vertexId} ${task.subtask}: ${what}`);
  const slotOf = (slot: string): TaskExecutorGateway => ({
    ...({} as TaskExecutorGateway),
    addSplits: (task, splits) => told(slot, task, `${splits.map((each) => Buffer.from(each))}`),
    noMoreSplits: (task) => told(slot, task, 'no more'),
    alignWatermark: (task, maxDesired) => told(slot, task, `up to ${maxDesired}`),
  });
  const slots = ['slot 0', 'slot 1'];
  const coordinators = new SourceCoordinators(vertices, {
    clock,
    request: { jobInfo: { jobId: '0', jobName: 'job' }, restored: undefined },
    tracksAssignments: false,
    executorOf: ({ subtask }) => slotOf(slots[subtask] ?? 'no slot'),
    fail: (error) => assert.fail(String(error)),
    ...options,
  });
  const reader = (vertexId: string, subtask: number) => ({
    asks: () => {
      coordinators.of({ vertexId, subtask })?.registerReader(subtask);
      coordinators.of({ vertexId, subtask })?.sendSplitRequest(subtask);
    },
    reports: (watermark: number) =>
      coordinators.of({ vertexId, subtask })?.reportWatermark(subtask, watermark),
  });
  return { coordinators, clock, slots, reader, seen };
}

describe('the source coordinators of an attempt', () => {
  it('are those of the vertices that begin with a source', () => {
    const { coordinators } = coordinatorsOf([
      vertexOf('orders', sourceOf([])),
      vertexOf('map', MAP),
    ]);

    const operators = coordinators.all.map(({ operatorId }) => operatorId);

    assert.deepEqual(operators, ['orders']);
    assert.equal(coordinators.of({ vertexId: 'map', subtask: 0 }), undefined);
  });

  it('speak with a reader in the slot that runs it at the time', () => {
    const { coordinators, reader, slots, seen } = coordinatorsOf([
      vertexOf('orders', sourceOf(['a', 'b'])),
      vertexOf('payments', sourceOf(['c'])),
    ]);
    coordinators.start();

    reader('orders', 1).asks();
    reader('payments', 0).asks();
    slots[1] = 'slot 2';
    reader('orders', 1).asks();

    assert.deepEqual(seen, [
      'slot 1, orders 1: {"splitId":"a"}',
      'slot 0, payments 0: {"splitId":"c"}',
      'slot 2, orders 1: {"splitId":"b"}',
    ]);
  });

  it('begin with what the attempt restores, each with its own', () => {
    const vertices = [vertexOf('orders', sourceOf(['a'])), vertexOf('payments', sourceOf(['b']))];
    const first = coordinatorsOf(vertices);
    first.coordinators.start();
    first.reader('orders', 0).asks();
    const assignment = new Map(
      first.coordinators.all.map((each) => [
        each.operatorId,
        restoreOf(each.checkpointCoordinator(7)),
      ]),
    );
    const { coordinators, reader, seen } = coordinatorsOf(vertices, {
      request: {
        jobInfo: { jobId: '0', jobName: 'job' },
        restored: { checkpointId: 7, startsJob: false, assignment },
      },
    });

    coordinators.start();
    reader('orders', 0).asks();
    reader('payments', 0).asks();

    assert.deepEqual(seen, ['slot 0, orders 0: no more', 'slot 0, payments 0: {"splitId":"b"}']);
  });

  it('hold a source back to the slowest of its alignment group', () => {
    const { coordinators, clock, reader, seen } = coordinatorsOf([
      vertexOf('fast', sourceOf([])),
      vertexOf('slow', sourceOf([])),
    ]);
    coordinators.start();
    coordinators.of({ vertexId: 'fast', subtask: 0 })?.registerReader(0);
    reader('fast', 0).reports(900);
    reader('slow', 1).reports(300);

    clock.fireNext();

    assert.deepEqual(seen, ['slot 0, fast 0: up to 400']);
  });
});
