import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { layoutGraph } from './layout-graph.ts';
import { middleOf, NODE_HEIGHT, NODE_WIDTH, smoothPath } from './placed-graph.ts';

const DIAMOND = {
  nodes: ['source', 'left', 'right', 'sink'],
  edges: [
    { from: 'source', to: 'left' },
    { from: 'source', to: 'right' },
    { from: 'left', to: 'sink' },
    { from: 'right', to: 'sink' },
  ],
};

describe('the layout of a graph', () => {
  it('puts what comes later to the right, or below', () => {
    const wide = positions(DIAMOND, 'LR');
    const tall = positions(DIAMOND, 'TB');

    assert.ok(wide.source!.x + NODE_WIDTH < wide.left!.x);
    assert.ok(wide.left!.x + NODE_WIDTH < wide.sink!.x);
    assert.ok(tall.source!.y + NODE_HEIGHT < tall.left!.y);
  });

  it('lays no operator over another', () => {
    const nodes = layoutGraph(DIAMOND, 'LR').nodes;

    for (const one of nodes) {
      const covered = nodes.filter((other) => {
        return Math.abs(other.x - one.x) < NODE_WIDTH && Math.abs(other.y - one.y) < NODE_HEIGHT;
      });
      assert.deepEqual(covered, [one]);
    }
  });

  it('keeps two edges between the same operators, and drops one to an unknown', () => {
    const edges = [
      { from: 'a', to: 'b' },
      { from: 'a', to: 'b' },
      { from: 'gone', to: 'b' },
    ];

    const { edges: placed } = layoutGraph({ nodes: ['a', 'b'], edges }, 'LR');

    assert.equal(placed.length, 2);
    assert.notDeepEqual(placed[0]!.points, placed[1]!.points);
  });

  it('of nothing is empty', () => {
    assert.deepEqual(layoutGraph({ nodes: [], edges: [] }, 'LR').nodes, []);
  });
});

describe('an edge', () => {
  const points = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 20, y: 10 },
  ];

  it('is a curve from the first point to the last', () => {
    assert.equal(smoothPath(points), 'M0.0,0.0Q10.0,0.0 20.0,10.0');
    assert.equal(smoothPath(points.slice(0, 2)), 'M0.0,0.0L10.0,0.0');
    assert.equal(smoothPath([]), '');
  });

  it('has its label at half of its points', () => {
    assert.deepEqual(middleOf(points), { x: 10, y: 0 });
    assert.deepEqual(middleOf(points.slice(0, 2)), { x: 5, y: 0 });
  });
});

function positions(
  topology: Parameters<typeof layoutGraph>[0],
  direction: 'LR' | 'TB',
): Record<string, { x: number; y: number }> {
  return Object.fromEntries(layoutGraph(topology, direction).nodes.map((node) => [node.id, node]));
}
