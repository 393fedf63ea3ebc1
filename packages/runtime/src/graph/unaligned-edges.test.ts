import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type TypeInformation, Types } from '@millrace/core';
import { CustomPartitionerWrapper } from './custom-partitioner-wrapper.ts';
import type { JobEdge, JobGraph, JobVertex } from './job-graph.ts';
import { KeyGroupStreamPartitioner } from './key-group-stream-partitioner.ts';
import type { StreamPartitioner } from './stream-partitioner.ts';
import {
  BroadcastPartitioner,
  ForwardPartitioner,
  GlobalPartitioner,
  RebalanceForUnspecifiedPartitioner,
  RebalancePartitioner,
  RescalePartitioner,
  ShufflePartitioner,
} from './stream-partitioners.ts';
import { checkUnaligned, overtakableEdges } from './unaligned-edges.ts';

type Partitioner = StreamPartitioner<unknown>;

const BY_KEY = new KeyGroupStreamPartitioner((n: unknown) => n, Types.LONG) as Partitioner;

/** `source` feeds `target` by one edge each. */
function jobWith(
  ...inputs: readonly (readonly [Partitioner, TypeInformation<unknown>?])[]
): JobGraph {
  const edges = inputs.map(
    ([partitioner, type = Types.LONG], gateIndex): JobEdge => ({
      sourceVertexId: 'source',
      sourceOperatorIndex: 0,
      sideOutputId: undefined,
      inputIndex: 0,
      partitionIndex: gateIndex,
      gateIndex,
      partitioner,
      type: type as TypeInformation<unknown>,
    }),
  );
  const vertex = (id: string, of: readonly JobEdge[]) =>
    ({ id, name: id, inputs: of }) as unknown as JobVertex;
  return { vertices: [vertex('source', []), vertex('target', edges)] } as unknown as JobGraph;
}

function overtaken(job: JobGraph): boolean[] {
  const edges = overtakableEdges(job);
  return (job.vertices[1]?.inputs ?? []).map((edge) => edges.has(edge));
}

describe('the edges that barriers overtake', () => {
  it('are those that deal records out anew after a change of parallelism', () => {
    const dealt = [
      BY_KEY,
      new RebalancePartitioner(),
      new ShufflePartitioner(),
      new GlobalPartitioner(),
    ];
    const fixed = [new ForwardPartitioner(), new RescalePartitioner(), new BroadcastPartitioner()];

    assert.deepEqual(
      dealt.map((each) => overtaken(jobWith([each]))),
      dealt.map(() => [true]),
    );
    assert.deepEqual(
      fixed.map((each) => overtaken(jobWith([each]))),
      fixed.map(() => [false]),
    );
  });

  it('are none that the program left forward, also where a rescale made them rebalance', () => {
    assert.deepEqual(overtaken(jobWith([new RebalanceForUnspecifiedPartitioner()])), [false]);
  });

  it('are none of a task with one that is not overtaken', () => {
    assert.deepEqual(overtaken(jobWith([BY_KEY], [new BroadcastPartitioner()])), [false, false]);
    assert.deepEqual(overtaken(jobWith([BY_KEY], [BY_KEY, Types.GENERIC])), [false, false]);
  });

  it('get a warning that names them where only their type keeps them aligned', () => {
    const warnings = checkUnaligned(jobWith([BY_KEY, Types.GENERIC]), { forced: false });
    const none = checkUnaligned(jobWith([new ForwardPartitioner(), Types.GENERIC]), {
      forced: false,
    });

    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /records from 'source' to 'target' is not declared.*returns\(\)/);
    assert.deepEqual(none, []);
  });

  it('are refused with a partitioner of the program, unless that is forced', () => {
    const wrapped = new CustomPartitionerWrapper(
      () => 0,
      (n: unknown) => n,
    );
    const job = jobWith([wrapped as unknown as Partitioner]);

    assert.throws(() => checkUnaligned(job, { forced: false }), {
      code: 'UNSUPPORTED',
      message: /partitionCustom from 'source' to 'target'.*unaligned\.forced/,
    });
    assert.deepEqual(checkUnaligned(job, { forced: true }), []);
    assert.deepEqual(overtaken(job), [true]);
  });
});
