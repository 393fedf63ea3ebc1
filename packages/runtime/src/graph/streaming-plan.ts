/**
 * The program as Flink's plan: a JSON text that Flink's plan visualizer draws.
 *
 * Flink: JSONGenerator, StreamGraph.getStreamingPlanAsJSON.
 */
import type { StreamEdge, StreamGraph, StreamNode } from './stream-graph.ts';

export function streamingPlanJson(graph: StreamGraph): string {
  const nodes = [...graph.nodes].sort((a, b) => a.id - b.id).map(planNode);
  return JSON.stringify({ nodes }, undefined, 2);
}

function planNode(node: StreamNode) {
  return {
    id: node.id,
    type: node.name,
    pact: pactOf(node),
    contents: node.description,
    parallelism: node.parallelism,
    ...(node.inEdges.length === 0 ? {} : { predecessors: node.inEdges.map(predecessor) }),
  };
}

function pactOf(node: StreamNode): string {
  if (node.inEdges.length === 0) {
    return 'Data Source';
  }
  return node.outEdges.length === 0 ? 'Data Sink' : 'Operator';
}

function predecessor(edge: StreamEdge, index: number) {
  return {
    id: edge.sourceId,
    ship_strategy: edge.partitioner.kind.toUpperCase(),
    side: index === 0 ? 'first' : 'second',
  };
}
