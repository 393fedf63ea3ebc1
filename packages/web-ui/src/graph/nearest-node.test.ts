import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearestNode } from './nearest-node.ts';

const NODES = [
  { id: 'source', x: 0, y: 100 },
  { id: 'upper', x: 320, y: 0 },
  { id: 'lower', x: 320, y: 190 },
  { id: 'sink', x: 640, y: 100 },
];

describe('arrow keys in the graph', () => {
  it('lead to the nearest operator in their direction', () => {
    const reached = (from: string, key: string): string | undefined =>
      nearestNode(NODES, from, key)?.id;

    assert.equal(reached('source', 'ArrowRight'), 'lower');
    assert.equal(reached('lower', 'ArrowUp'), 'upper');
    assert.equal(reached('upper', 'ArrowRight'), 'sink');
    assert.equal(reached('sink', 'ArrowLeft'), 'lower');
  });

  it('lead nowhere at the end, from an unknown operator, and for other keys', () => {
    assert.equal(nearestNode(NODES, 'sink', 'ArrowRight'), undefined);
    assert.equal(nearestNode(NODES, 'gone', 'ArrowRight'), undefined);
    assert.equal(nearestNode(NODES, 'sink', 'Enter'), undefined);
  });
});
