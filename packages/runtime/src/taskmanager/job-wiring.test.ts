import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Types } from '@millrace/core';
import type { JobGraph, JobVertex } from '../graph/job-graph.ts';
import type { StreamPartitioner } from '../graph/stream-partitioner.ts';
import { RebalancePartitioner, RescalePartitioner } from '../graph/stream-partitioners.ts';
import { type RemoteSlots, wireJob } from './job-wiring.ts';

function twoVertices(
  partitioner: StreamPartitioner<unknown>,
  parallelism: { upstream: number; downstream: number },
): JobGraph {
  const vertex = (id: string, subtasks: number, inputs: JobVertex['inputs']): JobVertex => ({
    id,
    name: id,
    parallelism: subtasks,
    maxParallelism: 128,
    maxParallelismExplicit: false,
    slotSharingGroup: 'default',
    batchInputs: undefined,
    operators: [],
    inputs,
  });
  const edge = {
    sourceVertexId: 'up',
    sourceOperatorIndex: 0,
    sideOutputId: undefined,
    inputIndex: 0,
    partitionIndex: 0,
    gateIndex: 0,
    partitioner,
    type: Types.GENERIC,
  };
  return {
    jobName: 'two',
    batchExecution: false,
    vertices: [
      vertex('up', parallelism.upstream, []),
      vertex('down', parallelism.downstream, [edge]),
    ],
  };
}

function inputsOf(jobGraph: JobGraph): (number | undefined)[] | undefined {
  const options = { channelCapacity: 4, random: () => 0 };
  return wireJob(jobGraph, options)
    .get('down')
    ?.map((subtask) => subtask?.inputs.length);
}

describe('the wiring of a job', () => {
  it('connects every pair of subtasks over an edge that may send anywhere', () => {
    const jobGraph = twoVertices(new RebalancePartitioner(), { upstream: 3, downstream: 2 });

    assert.deepEqual(inputsOf(jobGraph), [3, 3]);
  });

  it('connects over a rescale edge only the subtasks that belong together', () => {
    const fanOut = twoVertices(new RescalePartitioner(), { upstream: 2, downstream: 4 });
    const fanIn = twoVertices(new RescalePartitioner(), { upstream: 4, downstream: 2 });

    assert.deepEqual(inputsOf(fanOut), [1, 1, 1, 1]);
    assert.deepEqual(inputsOf(fanIn), [2, 2]);
  });

  it('says of each channel of which edge it is, and whether a task of the same slot sends to it', () => {
    const job = twoVertices(new RebalancePartitioner(), { upstream: 2, downstream: 1 });
    const [up, down] = job.vertices as [JobVertex, JobVertex];
    const second = { ...(down.inputs[0] as JobVertex['inputs'][number]), gateIndex: 1 };
    const jobGraph = { ...job, vertices: [up, { ...down, inputs: [...down.inputs, second] }] };
    const remote: RemoteSlots = {
      owns: ({ subtask }) => subtask === 0,
      createWriter: () => assert.fail('nothing is sent to other slots'),
      createReader: () => undefined,
    };

    const wiring = wireJob(jobGraph, { channelCapacity: 4, random: () => 0, remote });

    const inputs = wiring.get('down')?.[0]?.inputs;
    assert.deepEqual(
      inputs?.map(({ gateIndex, isOfSlot }) => [gateIndex, isOfSlot]),
      [
        [0, true],
        [0, false],
        [1, true],
        [1, false],
      ],
    );
  });

  it('gives what is sent at one end to the other', () => {
    const jobGraph = twoVertices(new RebalancePartitioner(), { upstream: 1, downstream: 2 });
    const options = { channelCapacity: 4, random: () => 0 };
    const wiring = wireJob(jobGraph, options);

    wiring.get('up')?.[0]?.outputs[0]?.partition.emit('a', 1);
    wiring.get('up')?.[0]?.outputs[0]?.partition.emit('b', 2);

    const received = wiring.get('down')?.map((subtask) => subtask?.inputs[0]?.channel.values[0]);
    assert.deepEqual(received, ['a', 'b']);
  });
});
