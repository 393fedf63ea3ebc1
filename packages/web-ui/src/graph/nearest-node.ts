/** Which operator an arrow key leads to: the nearest one in that direction. */
import { NODE_HEIGHT, NODE_WIDTH, type PlacedNode } from './placed-graph.ts';

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};
/** What lies aside counts as farther: straight ahead is meant first. */
const ASIDE_WEIGHT = 2.5;

/** `undefined` for a key that is no arrow and where nothing lies in that direction. */
export function nearestNode(
  nodes: readonly PlacedNode[],
  fromId: string,
  key: string,
): PlacedNode | undefined {
  const direction = DIRECTIONS[key];
  const from = nodes.find(({ id }) => id === fromId);
  if (direction === undefined || from === undefined) {
    return undefined;
  }
  let nearest: PlacedNode | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    const distance = distanceAhead(from, node, direction);
    if (distance < least) {
      least = distance;
      nearest = node;
    }
  }
  return nearest;
}

/** `Infinity` for what does not lie ahead. */
function distanceAhead(
  from: PlacedNode,
  to: PlacedNode,
  [across, down]: readonly [number, number],
): number {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const ahead = dx * across + dy * down;
  const aside = Math.abs(dx * down) + Math.abs(dy * across);
  // Of another rank or row at least: what is a few pixels off is beside, not ahead.
  const enough = (across === 0 ? NODE_HEIGHT : NODE_WIDTH) / 2;
  return ahead < enough ? Number.POSITIVE_INFINITY : ahead + aside * ASIDE_WEIGHT;
}
