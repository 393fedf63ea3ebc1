import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkpointTasksOf, subtaskKey } from '../../checkpoint/checkpoint-plan.ts';
import { createJobGraph } from '../../graph/create-job-graph.ts';
import type { JobGraph } from '../../graph/job-graph.ts';
import { GraphFixture } from '../../graph/stream-graph-fixture.ts';
import { RebalancePartitioner, RescalePartitioner } from '../../graph/stream-partitioners.ts';
import { pipelinedRegions } from './pipelined-regions.ts';

interface Layer {
  readonly parallelism: number;
  /** Of the layers before. */
  readonly inputs: readonly number[];
  readonly pointwise: boolean;
}

const layers = fc
  .array(
    fc.record({
      parallelism: fc.integer({ min: 1, max: 6 }),
      inputs: fc.array(fc.nat(20), { maxLength: 2 }),
      pointwise: fc.boolean(),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .map((all) =>
    all.map((layer, index) => ({
      ...layer,
      inputs: index === 0 ? [] : [...new Set(layer.inputs.map((input) => input % index))],
    })),
  );

function graphOf(all: readonly Layer[]): JobGraph {
  const fixture = new GraphFixture({ chainingEnabled: false });
  const ids: number[] = [];
  for (const { parallelism, inputs, pointwise } of all) {
    const partitioner = pointwise ? new RescalePartitioner() : new RebalancePartitioner();
    ids.push(
      inputs.length === 0
        ? fixture.source('Source', { parallelism })
        : fixture.operator(
            'Map',
            inputs.map((input) => fixture.partition(ids[input]!, partitioner)),
            { parallelism },
          ),
    );
  }
  return createJobGraph(fixture.graph);
}

function regionKeys(jobGraph: JobGraph): string[][] {
  return pipelinedRegions(jobGraph).map((region) => region.map(subtaskKey));
}

/** All that channels lead to from a subtask, in either direction. */
function reachable(jobGraph: JobGraph, start: string): Set<string> {
  const neighbours = new Map<string, string[]>();
  const connect = (from: string, to: string): void => {
    neighbours.set(from, [...(neighbours.get(from) ?? []), to]);
  };
  for (const { address, upstream } of checkpointTasksOf(jobGraph)) {
    for (const sender of upstream) {
      connect(subtaskKey(address), subtaskKey(sender));
      connect(subtaskKey(sender), subtaskKey(address));
    }
  }
  const found = new Set([start]);
  for (const key of found) {
    for (const next of neighbours.get(key) ?? []) {
      found.add(next);
    }
  }
  return found;
}

describe('the pipelined regions of a job', () => {
  it('hold each subtask once', () => {
    fc.assert(
      fc.property(layers, (all) => {
        const jobGraph = graphOf(all);
        const keys = regionKeys(jobGraph).flat().sort();

        const tasks = checkpointTasksOf(jobGraph).map(({ address }) => subtaskKey(address));
        assert.deepEqual(keys, tasks.sort());
      }),
    );
  });

  it('are exactly what channels connect, in either direction', () => {
    fc.assert(
      fc.property(layers, (all) => {
        const jobGraph = graphOf(all);
        for (const region of regionKeys(jobGraph)) {
          const connected = [...reachable(jobGraph, region[0]!)].sort();
          assert.deepEqual([...region].sort(), connected);
        }
      }),
    );
  });

  it('are one for each subtask of a pipeline that goes forward, and one where records are dealt to all', () => {
    const forward = graphOf([
      { parallelism: 3, inputs: [], pointwise: true },
      { parallelism: 3, inputs: [0], pointwise: true },
    ]);
    const shuffled = graphOf([
      { parallelism: 3, inputs: [], pointwise: true },
      { parallelism: 3, inputs: [0], pointwise: false },
    ]);
    const twoPrograms = graphOf([
      { parallelism: 2, inputs: [], pointwise: true },
      { parallelism: 2, inputs: [0], pointwise: false },
      { parallelism: 2, inputs: [], pointwise: true },
      { parallelism: 1, inputs: [2], pointwise: false },
    ]);

    assert.deepEqual(
      [forward, shuffled, twoPrograms].map((graph) => regionKeys(graph).map((r) => r.length)),
      [[2, 2, 2], [6], [4, 3]],
    );
  });
});
