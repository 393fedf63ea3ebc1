import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isChainable } from './chaining.ts';
import { KeyGroupStreamPartitioner } from './key-group-stream-partitioner.ts';
import type { ChainingStrategy, StreamGraphSettings, StreamNodeOptions } from './stream-graph.ts';
import { ANY_TYPE, GraphFixture } from './stream-graph-fixture.ts';
import type { StreamPartitioner } from './stream-partitioner.ts';
import {
  BroadcastPartitioner,
  ForwardPartitioner,
  GlobalPartitioner,
  RebalancePartitioner,
  RescalePartitioner,
  ShufflePartitioner,
} from './stream-partitioners.ts';

interface Case {
  readonly settings?: Partial<StreamGraphSettings>;
  readonly upstream?: Partial<StreamNodeOptions>;
  readonly downstream?: Partial<StreamNodeOptions>;
  readonly partitioner?: StreamPartitioner<unknown>;
  /** The upstream is a source unless this says otherwise. */
  readonly afterOperator?: boolean;
}

function chains(options: Case): boolean {
  const fixture = new GraphFixture(options.settings);
  const upstream = options.afterOperator
    ? fixture.operator('up', fixture.source('source'), options.upstream)
    : fixture.source('up', options.upstream);
  const input =
    options.partitioner === undefined ? upstream : fixture.partition(upstream, options.partitioner);
  const downstream = fixture.operator('down', input, options.downstream);
  return isChainable(fixture.node(downstream).inEdges[0]!, fixture.graph);
}

describe('chaining', () => {
  it('joins operators of one parallelism that nothing repartitions', () => {
    assert.equal(chains({}), true);
    assert.equal(chains({ partitioner: new ForwardPartitioner() }), true);
    assert.equal(chains({ upstream: { parallelism: 3 }, downstream: { parallelism: 3 } }), true);
  });

  it('is off for the whole job when it is switched off', () => {
    assert.equal(chains({ settings: { chainingEnabled: false } }), false);
  });

  it('needs equal parallelism', () => {
    assert.equal(chains({ downstream: { parallelism: 2 } }), false);
  });

  it('needs equal max parallelism only where the option says so', () => {
    const downstream = { maxParallelism: 64 };
    const settings = { chainOperatorsWithDifferentMaxParallelism: false };

    assert.equal(chains({ downstream }), true);
    assert.equal(chains({ downstream, settings }), false);
  });

  it('needs one slot sharing group', () => {
    assert.equal(chains({ downstream: { slotSharingGroup: 'other' } }), false);
    assert.equal(
      chains({
        upstream: { slotSharingGroup: 'other' },
        downstream: { slotSharingGroup: 'other' },
      }),
      true,
    );
  });

  it('never joins an operator with two inputs to what feeds it, but what follows to it', () => {
    const fixture = new GraphFixture();
    const source = fixture.source('source');
    const connected = fixture.twoInputOperator('connected', [[source], [source]]);
    const after = fixture.operator('after', connected);

    const into = fixture.node(connected).inEdges.map((edge) => isChainable(edge, fixture.graph));
    const out = isChainable(fixture.node(after).inEdges[0]!, fixture.graph);

    assert.deepEqual(into, [false, false]);
    assert.equal(out, true);
  });

  it('needs a single input', () => {
    const fixture = new GraphFixture();
    const a = fixture.source('a');
    const union = fixture.operator('union', [a, fixture.source('b')]);
    const twice = fixture.operator('self union', [a, a]);

    for (const edge of [...fixture.node(union).inEdges, ...fixture.node(twice).inEdges]) {
      assert.equal(isChainable(edge, fixture.graph), false);
    }
  });

  const keyed = new KeyGroupStreamPartitioner((v: unknown) => v, { ...ANY_TYPE, isKeyType: true });
  const repartitioning = [
    new RebalancePartitioner(),
    new RescalePartitioner(),
    new ShufflePartitioner(),
    new BroadcastPartitioner(),
    new GlobalPartitioner(),
    keyed,
  ];
  for (const partitioner of repartitioning) {
    it(`ends at a ${partitioner.kind} edge, also at parallelism 1`, () => {
      assert.equal(chains({ partitioner }), false);
    });
  }

  const strategies: readonly [ChainingStrategy, ChainingStrategy, boolean, boolean][] = [
    // upstream, downstream, chains after an operator, chains after a source
    ['always', 'always', true, true],
    ['always', 'never', false, false],
    ['always', 'head', false, false],
    ['always', 'head-with-sources', false, true],
    ['head', 'always', true, true],
    ['head-with-sources', 'always', true, true],
    ['never', 'always', false, false],
    ['never', 'head-with-sources', false, false],
  ];
  for (const [up, down, afterOperator, afterSource] of strategies) {
    it(`follows the strategies: ${up} before ${down}`, () => {
      const upstream = { chainingStrategy: up };
      const downstream = { chainingStrategy: down };

      assert.equal(chains({ upstream, downstream, afterOperator: true }), afterOperator);
      assert.equal(chains({ upstream, downstream }), afterSource);
    });
  }
});
