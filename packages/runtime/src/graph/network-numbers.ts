/**
 * The numbers of result partitions and input gates, by which an unaligned checkpoint names the
 * channels whose records were in flight.
 *
 * Invariants:
 * - The partitions out of a vertex are numbered in the order of a walk over its chain: what chained
 *   operators send before what the operator before them sends.
 * - The gates into a vertex are numbered in the order in which the vertices before it were built:
 *   from the source with the smallest id, each vertex after those behind it. That need not be the
 *   order of its inputs.
 *
 * Flink: StreamingJobGraphGenerator.createChain, setAllVertexNonChainedOutputsConfigs.
 */
import { isChainable } from './chaining.ts';
import type { StreamEdge, StreamGraph } from './stream-graph.ts';

export interface NetworkNumbers {
  /** Of the edge among those out of its source vertex. */
  readonly partitionIndex: number;
  /** Of the edge among those into its target vertex. */
  readonly gateIndex: number;
}

/** Of every edge that is not chained. */
export function networkNumbers(graph: StreamGraph): ReadonlyMap<StreamEdge, NetworkNumbers> {
  const numbers = new Map<StreamEdge, NetworkNumbers>();
  const gateCounts = new Map<number, number>();
  for (const edges of edgesOfVertices(graph)) {
    for (const [partitionIndex, edge] of edges.entries()) {
      const gateIndex = gateCounts.get(edge.targetId) ?? 0;
      gateCounts.set(edge.targetId, gateIndex + 1);
      numbers.set(edge, { partitionIndex, gateIndex });
    }
  }
  return numbers;
}

/** The edges out of each vertex, in the order in which Flink builds the vertices. */
function edgesOfVertices(graph: StreamGraph): StreamEdge[][] {
  const ofVertices: StreamEdge[][] = [];
  const built = new Set<number>();
  const edgesOut = (nodeId: number): StreamEdge[] => {
    const { outEdges } = graph.node(nodeId);
    const chained = outEdges.filter((edge) => isChainable(edge, graph));
    const edges = chained.flatMap((edge) => edgesOut(edge.targetId));
    for (const edge of outEdges) {
      if (!chained.includes(edge)) {
        edges.push(edge);
        build(edge.targetId);
      }
    }
    return edges;
  };
  const build = (headId: number): void => {
    if (!built.has(headId)) {
      built.add(headId);
      ofVertices.push(edgesOut(headId));
    }
  };
  const sources = graph.nodes.filter((node) => node.inEdges.length === 0);
  for (const source of sources.sort((a, b) => a.id - b.id)) {
    build(source.id);
  }
  return ofVertices;
}
