import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createJobGraph } from './create-job-graph.ts';
import type { JobGraph } from './job-graph.ts';
import {
  hasParallelism,
  type RescaleRequest,
  rescaledParallelism,
  withParallelism,
} from './rescaled-job-graph.ts';
import { GraphFixture } from './stream-graph-fixture.ts';
import { ForwardPartitioner } from './stream-partitioners.ts';
import { overtakableEdges } from './unaligned-edges.ts';

const CONFIGURED = { parallelismConfigured: true };

function rescaled(jobGraph: JobGraph, request: RescaleRequest): JobGraph {
  return withParallelism(jobGraph, rescaledParallelism(jobGraph, request));
}

function parallelismsOf(jobGraph: JobGraph): [string, number][] {
  return jobGraph.vertices.map(({ name, parallelism }) => [name, parallelism]);
}

/** A source of parallelism 2, a map of the same, and a sink whose parallelism the program set. */
function pipeline(options: { readonly forward?: boolean } = {}): JobGraph {
  const fixture = new GraphFixture({ chainingEnabled: false });
  const source = fixture.source('Source', { parallelism: 2, uid: 'source' });
  const partitioned =
    options.forward === true ? fixture.partition(source, new ForwardPartitioner()) : source;
  const map = fixture.operator('Map', partitioned, { parallelism: 2, uid: 'map' });
  fixture.operator('Sink', map, { parallelism: 1, uid: 'sink', ...CONFIGURED });
  return createJobGraph(fixture.graph);
}

describe('a job graph at another parallelism', () => {
  it('moves the vertices that follow the default and leaves those whose parallelism was set', () => {
    const after = rescaled(pipeline(), { parallelism: 5 });

    assert.deepEqual(parallelismsOf(after), [
      ['Source', 5],
      ['Map', 5],
      ['Sink', 1],
    ]);
  });

  it('moves a vertex that is named, by uid, by name or by id, also one whose parallelism was set', () => {
    const graph = pipeline();

    for (const key of ['sink', 'Sink', graph.vertices[2]!.id]) {
      const after = rescaled(graph, { vertices: { [key]: 4 } });
      assert.deepEqual(parallelismsOf(after).at(-1), ['Sink', 4]);
    }
  });

  it('keeps chains, ids and max parallelisms', () => {
    const graph = pipeline();

    const after = rescaled(graph, { parallelism: 100 });

    const fixed = ({ vertices }: JobGraph) =>
      vertices.map(({ id, maxParallelism, operators }) => ({ id, maxParallelism, operators }));
    assert.deepEqual(fixed(after), fixed(graph));
  });

  it('rebalances where the program named no partitioning, and goes forward again at equal ones', () => {
    const graph = pipeline();

    const apart = rescaled(graph, { vertices: { map: 3 } });
    const together = withParallelism(graph, rescaledParallelism(apart, { parallelism: 3 }));

    assert.equal(apart.vertices[1]!.inputs[0]!.partitioner.kind, 'rebalance');
    assert.equal(together.vertices[1]!.inputs[0]!.partitioner.kind, 'forward');
  });

  it('has the edges that barriers overtake, whatever its parallelisms', () => {
    const graph = pipeline();
    const places = ({ vertices }: JobGraph, overtaken: ReadonlySet<unknown>) =>
      vertices.map(({ inputs }) => inputs.map((edge) => overtaken.has(edge)));

    for (const request of [{ vertices: { map: 3 } }, { vertices: { map: 3, sink: 3 } }]) {
      const after = rescaled(graph, request);
      assert.deepEqual(places(after, overtakableEdges(after)), [[], [false], [true]]);
    }
    // The program's own parallelisms made the second one rebalance.
    assert.deepEqual(places(graph, overtakableEdges(graph)), [[], [false], [true]]);
  });

  it('moves vertices together that forward() connects', () => {
    const after = rescaled(pipeline({ forward: true }), { vertices: { map: 3 } });

    assert.deepEqual(parallelismsOf(after).slice(0, 2), [
      ['Source', 3],
      ['Map', 3],
    ]);
    assert.equal(after.vertices[1]!.inputs[0]!.partitioner.kind, 'forward');
  });

  it('is the same where nothing changes', () => {
    const graph = pipeline();

    assert.ok(hasParallelism(graph, rescaledParallelism(graph, { parallelism: 2 })));
    assert.ok(!hasParallelism(graph, rescaledParallelism(graph, { parallelism: 3 })));
  });

  it('is refused with two parallelisms for vertices that forward() connects', () => {
    const request = { vertices: { source: 2, map: 3 } };

    assert.throws(() => rescaledParallelism(pipeline({ forward: true }), request), {
      code: 'INVALID_GRAPH',
      message: /2 is asked for 'source' and 3 for 'map'/,
    });
  });

  it('is refused below 1, above the max parallelism, and for what is no whole number', () => {
    for (const parallelism of [0, -1, 129, 1.5, Number.NaN, '3' as unknown as number]) {
      assert.throws(() => rescaledParallelism(pipeline(), { parallelism }), {
        code: 'PARALLELISM_OUT_OF_RANGE',
        message: /'Source'; use 1 to 128, its max parallelism/,
      });
    }
  });

  it('is refused for a source of one subtask, which the default leaves alone', () => {
    const fixture = new GraphFixture({ chainingEnabled: false });
    const source = fixture.source('Collection', { parallelismMax: 1, uid: 'collection' });
    fixture.operator('Map', source);
    const graph = createJobGraph(fixture.graph);

    assert.deepEqual(parallelismsOf(rescaled(graph, { parallelism: 3 })), [
      ['Collection', 1],
      ['Map', 3],
    ]);
    assert.throws(() => rescaledParallelism(graph, { vertices: { collection: 2 } }), {
      code: 'PARALLELISM_OUT_OF_RANGE',
      message: /use 1 to 1, which it cannot exceed/,
    });
  });

  it('is refused for an operator that is not there, for two of one name, and for nothing', () => {
    const fixture = new GraphFixture({ chainingEnabled: false });
    fixture.operator('Map', fixture.operator('Map', fixture.source('Source')));
    const graph = createJobGraph(fixture.graph);

    assert.throws(() => rescaledParallelism(graph, { vertices: { Mop: 2 } }), {
      code: 'OPERATOR_UNKNOWN',
      message: /'Mop'; its vertices are .*Source/,
    });
    assert.throws(() => rescaledParallelism(graph, { vertices: { Map: 2 } }), {
      code: 'OPERATOR_UNKNOWN',
      message: /2 vertices of job job have an operator of the name 'Map'/,
    });
    for (const nothing of [{}, { vertices: {} }]) {
      assert.throws(() => rescaledParallelism(graph, nothing), { code: 'CONFIG_VALUE_INVALID' });
    }
  });
});
