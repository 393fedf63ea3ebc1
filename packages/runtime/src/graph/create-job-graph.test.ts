import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { operatorIdFromUid } from '@millrace/state';
import { createJobGraph } from './create-job-graph.ts';
import type { JobGraph } from './job-graph.ts';
import { hashJobGraph } from './job-graph-facts.ts';
import { describeJobGraph } from './job-graph-plan.ts';
import { ANY_TYPE, GraphFixture } from './stream-graph-fixture.ts';
import {
  BroadcastPartitioner,
  ForwardPartitioner,
  RebalancePartitioner,
} from './stream-partitioners.ts';

function namesOf(jobGraph: JobGraph): string[] {
  return jobGraph.vertices.map((vertex) => vertex.name);
}

describe('createJobGraph', () => {
  it('fuses a forward pipeline into one vertex with the id of its head', () => {
    const fixture = new GraphFixture();
    const map = fixture.operator('Map', fixture.source('Source: in', { uid: 'in' }));
    fixture.operator('out: Writer', map);

    const { vertices } = createJobGraph(fixture.graph);

    assert.equal(vertices.length, 1);
    assert.equal(vertices[0]?.name, 'Source: in -> Map -> out: Writer');
    assert.equal(vertices[0]?.id, operatorIdFromUid('in'));
    assert.deepEqual(
      vertices[0]?.operators.map((operator) => operator.chainedInput),
      [-1, 0, 1],
    );
    assert.deepEqual(vertices[0]?.inputs, []);
  });

  it('cuts where records change subtasks and keeps the edge', () => {
    const fixture = new GraphFixture();
    const map = fixture.operator('Map', fixture.source('Source: in'));
    fixture.operator('Sum', map, { parallelism: 3 });

    const { vertices } = createJobGraph(fixture.graph);

    assert.deepEqual(
      vertices.map((vertex) => [vertex.name, vertex.parallelism]),
      [
        ['Source: in -> Map', 1],
        ['Sum', 3],
      ],
    );
    const [edge] = vertices[1]!.inputs;
    assert.equal(edge?.sourceVertexId, vertices[0]?.id);
    assert.equal(edge?.sourceOperatorIndex, 1);
    assert.equal(edge?.partitioner.kind, 'rebalance');
  });

  it('sends records forward at equal parallelism and round robin at another, unless told how', () => {
    const kindTo = (parallelism: number): string | undefined => {
      const fixture = new GraphFixture({ chainingEnabled: false });
      const source = fixture.source('Source: in', { parallelism: 2 });
      fixture.operator('Map', source, { parallelism });
      return createJobGraph(fixture.graph).vertices[1]?.inputs[0]?.partitioner.kind;
    };

    assert.deepEqual([kindTo(2), kindTo(3), kindTo(1)], ['forward', 'rebalance', 'rebalance']);
  });

  it('makes a chain that forks, and names its branches', () => {
    const fixture = new GraphFixture();
    const source = fixture.source('Source: in');
    const map = fixture.operator('Map', source);
    fixture.operator('Filter', map);
    fixture.operator('out: Writer', map);

    const { vertices } = createJobGraph(fixture.graph);

    assert.deepEqual(namesOf({ jobName: '', batchExecution: false, vertices }), [
      'Source: in -> Map -> (Filter, out: Writer)',
    ]);
    assert.deepEqual(
      vertices[0]?.operators.map((operator) => [operator.name, operator.chainedInput]),
      [
        ['Source: in', -1],
        ['Map', 0],
        ['Filter', 1],
        ['out: Writer', 1],
      ],
    );
  });

  it('carries side outputs, inside a chain and across an edge', () => {
    const lateType = { ...ANY_TYPE, name: 'Late' };
    const fixture = new GraphFixture();
    const source = fixture.source('Source: in');
    const late = fixture.sideOutput(source, 'late', lateType);
    fixture.operator('near', late);
    fixture.operator('far', fixture.partition(late, new RebalancePartitioner()), {
      parallelism: 2,
    });

    const { vertices } = createJobGraph(fixture.graph);

    assert.equal(vertices[0]?.operators[1]?.sideOutputId, 'late');
    assert.equal(vertices[1]?.inputs[0]?.sideOutputId, 'late');
    assert.equal(vertices[1]?.inputs[0]?.type.name, 'Late');
  });

  it('keeps every input of a union in order, also one that comes twice', () => {
    const fixture = new GraphFixture();
    const a = fixture.source('a', { uid: 'a' });
    const b = fixture.source('b', { uid: 'b' });
    fixture.operator('union', [a, b, a]);

    const union = createJobGraph(fixture.graph).vertices.find(({ name }) => name === 'union');

    assert.deepEqual(
      union?.inputs.map((edge) => edge.sourceVertexId),
      ['a', 'b', 'a'].map(operatorIdFromUid),
    );
  });

  it('says of each edge which input of an operator with two inputs it feeds', () => {
    const fixture = new GraphFixture();
    const a = fixture.source('a');
    const b = fixture.source('b');
    fixture.twoInputOperator('Co-Map', [[b], [a, b]]);

    const vertices = createJobGraph(fixture.graph).vertices;

    assert.deepEqual(
      vertices[2]?.inputs.map((edge) => [edge.sourceVertexId, edge.inputIndex]),
      [
        [vertices[1]?.id, 0],
        [vertices[0]?.id, 1],
        [vertices[1]?.id, 1],
      ],
    );
  });

  it('puts sources first and every vertex after those that feed it', () => {
    const fixture = new GraphFixture();
    const a = fixture.source('a');
    const b = fixture.operator('b', a, { parallelism: 2 });
    const c = fixture.operator('c', b);
    const late = fixture.source('late');
    fixture.operator('d', [c, late]);

    assert.deepEqual(namesOf(createJobGraph(fixture.graph)), ['a', 'late', 'b', 'c', 'd']);
  });

  it('derives the max parallelism from the parallelism unless the program set it', () => {
    const fixture = new GraphFixture();
    const source = fixture.source('derived', { parallelism: 200 });
    fixture.operator('set', source, { maxParallelism: 300 });

    const { vertices } = createJobGraph(fixture.graph);

    assert.deepEqual(
      vertices.map((vertex) => [vertex.name, vertex.maxParallelism, vertex.maxParallelismExplicit]),
      [
        ['derived', 512, false],
        ['set', 300, true],
      ],
    );
  });

  it('keeps the uid hash of the user in lower case', () => {
    const fixture = new GraphFixture();
    fixture.source('a', { uidHash: 'CBC357CCB763DF2852FEE8C4FC7D55F2' });

    const [operator] = createJobGraph(fixture.graph).vertices[0]!.operators;

    assert.equal(operator?.userProvidedHash, 'cbc357ccb763df2852fee8c4fc7d55f2');
  });

  it('lets the last partitioning before an operator count', () => {
    const fixture = new GraphFixture();
    const source = fixture.source('a');
    const broadcast = fixture.partition(source, new BroadcastPartitioner());
    fixture.operator('b', fixture.partition(broadcast, new RebalancePartitioner()));

    const [, b] = createJobGraph(fixture.graph).vertices;

    assert.equal(b?.inputs[0]?.partitioner.kind, 'rebalance');
  });
});

describe('a graph that cannot run', () => {
  it('is one without operators', () => {
    assert.throws(() => createJobGraph(new GraphFixture().graph), {
      code: 'INVALID_GRAPH',
      message: 'the program has no operators to run; end a stream in a sink or a process()',
    });
  });

  it('is one with forward between unequal parallelisms', () => {
    const fixture = new GraphFixture();
    const forward = fixture.partition(fixture.source('a'), new ForwardPartitioner());

    assert.throws(() => fixture.operator('b', forward, { parallelism: 2 }), {
      code: 'INVALID_GRAPH',
      message:
        "forward from 'a' (parallelism 1) to 'b' (2): use rebalance() or rescale(), " +
        'or one parallelism for both',
    });
  });

  for (const parallelism of [0, -1, 1.5, Number.NaN, 129]) {
    it(`is one with parallelism ${parallelism} and max parallelism 128`, () => {
      const fixture = new GraphFixture();

      assert.throws(() => fixture.source('a', { parallelism, maxParallelism: 128 }), {
        code: 'PARALLELISM_OUT_OF_RANGE',
        message: `parallelism of 'a' is ${parallelism}; use 1 to its max parallelism 128`,
      });
    });
  }

  for (const maxParallelism of [0, 32769, 2.5]) {
    it(`is one with max parallelism ${maxParallelism}`, () => {
      const fixture = new GraphFixture();

      assert.throws(() => fixture.source('a', { maxParallelism }), {
        code: 'MAX_PARALLELISM_OUT_OF_RANGE',
      });
    });
  }

  it('is one with an input into a source', () => {
    const fixture = new GraphFixture();
    const a = fixture.source('a');
    const b = fixture.source('b');

    assert.throws(() => fixture.graph.addEdge({ sourceId: a, targetId: b }), {
      code: 'INVALID_GRAPH',
      message: "the source 'b' cannot have an input",
    });
  });

  it('is one where an input of an operator is not connected', () => {
    const fixture = new GraphFixture();
    fixture.twoInputOperator('Co-Map', [[fixture.source('in')], []]);

    assert.throws(() => createJobGraph(fixture.graph), {
      code: 'INVALID_GRAPH',
      message: "only 1 of the 2 inputs of 'Co-Map' are connected; give it 2 streams",
    });
  });

  it('is one with an edge into an input that the operator does not have', () => {
    const fixture = new GraphFixture();
    const source = fixture.source('in');
    const connected = fixture.twoInputOperator('Co-Map', [[source], [source]]);
    const map = fixture.operator('Map', source);

    for (const ids of [
      { sourceId: source, targetId: connected, typeNumber: 3 },
      { sourceId: source, targetId: connected },
      { sourceId: source, targetId: map, typeNumber: 1 },
    ]) {
      assert.throws(() => fixture.graph.addEdge(ids), { code: 'INVALID_GRAPH' });
    }
  });

  it('is one with a uid hash that is no operator id', () => {
    const fixture = new GraphFixture();

    assert.throws(() => fixture.source('a', { uidHash: 'abc' }), {
      code: 'INVALID_GRAPH',
      message: "uid hash 'abc' is not an operator id; use the 32 hex digits that Flink logs",
    });
  });

  it('is one where two operators claim one uid hash', () => {
    const uidHash = 'cbc357ccb763df2852fee8c4fc7d55f2';
    const fixture = new GraphFixture();
    fixture.operator('b', fixture.source('a', { uidHash }), { uidHash });

    assert.throws(() => createJobGraph(fixture.graph), { code: 'DUPLICATE_UID' });
  });
});

describe('the plan', () => {
  function build(parallelism: number, jobName = 'flights'): JobGraph {
    const fixture = new GraphFixture({ jobName });
    const source = fixture.source('Source: in', { uid: 'src-uid' });
    const map = fixture.operator('Map', source);
    fixture.operator('Sum', fixture.sideOutput(map, 'late'), { parallelism, uid: 'proc-uid' });
    return createJobGraph(fixture.graph);
  }

  it('says as text what runs where and what feeds it', () => {
    const [source] = build(2).vertices;
    const text = describeJobGraph(build(2));

    assert.equal(
      text,
      `Job: flights

1. Source: in -> Map
   parallelism 1 of at most 128 (derived)
   - Source: in (65eb651c08e51afc6b01b9ec8c609cba, uid 'src-uid')
   - Map (${source?.operators[1]?.operatorId}, no uid)

2. Sum
   parallelism 2 of at most 128 (derived)
   input: rebalance from 1. Map, side output 'late', Any
   - Sum (4d0be9be59dc6eba85d3a355af130ca4, uid 'proc-uid')
`,
    );
  });

  it('names the inputs of an operator with two of them', () => {
    const fixture = new GraphFixture();
    const source = fixture.source('Source: in', { uid: 'src-uid' });
    fixture.twoInputOperator('Co-Map', [[source], [source]], { uid: 'proc-uid' });

    const text = describeJobGraph(createJobGraph(fixture.graph));

    assert.match(text, /input 1: forward from 1\. Source: in, Any\n {3}input 2: forward from 1/);
  });

  it('has another hash when the two inputs of an operator are exchanged', () => {
    const hashOf = (swapped: boolean): string => {
      const fixture = new GraphFixture();
      const a = fixture.source('a', { uid: 'a' });
      const b = fixture.source('b', { uid: 'b' });
      fixture.twoInputOperator('Co-Map', swapped ? [[b], [a]] : [[a], [b]], { uid: 'co' });
      return hashJobGraph(createJobGraph(fixture.graph));
    };

    assert.notEqual(hashOf(false), hashOf(true));
  });

  it('has one hash for one program, whatever the job is called', () => {
    assert.equal(hashJobGraph(build(2, 'a')), hashJobGraph(build(2, 'b')));
    assert.match(hashJobGraph(build(2)), /^[0-9a-f]{64}$/);
  });

  it('has another hash when anything about the graph differs', () => {
    assert.notEqual(hashJobGraph(build(2)), hashJobGraph(build(3)));
  });
});
