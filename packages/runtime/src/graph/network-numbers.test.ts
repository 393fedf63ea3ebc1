import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createJobGraph } from './create-job-graph.ts';
import { GraphFixture } from './stream-graph-fixture.ts';
import { BroadcastPartitioner, RebalancePartitioner } from './stream-partitioners.ts';

/** Of each edge: `source -> target`, its partition out of the source and its gate into the target. */
function numbersOf(fixture: GraphFixture): Record<string, [number, number]> {
  const { vertices } = createJobGraph(fixture.graph);
  const names = new Map(vertices.map(({ id, name }) => [id, name.split(' ')[0]]));
  return Object.fromEntries(
    vertices.flatMap((target) =>
      target.inputs.map((edge) => [
        `${names.get(edge.sourceVertexId)}.${edge.sourceOperatorIndex} -> ${names.get(target.id)}.${edge.inputIndex}`,
        [edge.partitionIndex, edge.gateIndex],
      ]),
    ),
  );
}

describe('the numbers of partitions and gates', () => {
  it('count what a chained operator sends before what the operator before it sends', () => {
    const fixture = new GraphFixture();
    const source = fixture.source('in');
    fixture.operator('a', fixture.partition(source, new RebalancePartitioner()), {
      parallelism: 2,
    });
    const pair = fixture.operator('pair', source);
    fixture.operator('b', fixture.partition(source, new RebalancePartitioner()), {
      parallelism: 2,
    });
    fixture.operator('c', fixture.partition(pair, new RebalancePartitioner()), { parallelism: 2 });

    assert.deepEqual(numbersOf(fixture), {
      'in.0 -> a.0': [1, 0],
      'in.0 -> b.0': [2, 0],
      'in.1 -> c.0': [0, 0],
    });
  });

  it('count gates by the sources that lead to them, not by inputs', () => {
    const fixture = new GraphFixture();
    const [first, second] = [fixture.source('first'), fixture.source('second')];
    const shuffled = (id: number) => fixture.partition(id, new RebalancePartitioner());
    fixture.twoInputOperator('join', [[shuffled(second)], [shuffled(first)]], { parallelism: 2 });

    assert.deepEqual(numbersOf(fixture), {
      'second.0 -> join.0': [0, 1],
      'first.0 -> join.1': [0, 0],
    });
  });

  it('count a gate of a vertex further back after those of the vertices between', () => {
    const fixture = new GraphFixture();
    const source = fixture.source('in');
    const rules = fixture.partition(source, new BroadcastPartitioner());
    const wide = fixture.operator('wide', fixture.partition(source, new RebalancePartitioner()), {
      parallelism: 2,
    });
    const main = fixture.partition(wide, new RebalancePartitioner());
    fixture.twoInputOperator('both', [[rules], [main]], { parallelism: 2 });

    assert.deepEqual(numbersOf(fixture), {
      'in.0 -> wide.0': [0, 0],
      'in.0 -> both.0': [1, 1],
      'wide.0 -> both.1': [0, 0],
    });
  });
});
