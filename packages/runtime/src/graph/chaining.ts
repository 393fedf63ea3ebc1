/**
 * Which edges of a stream graph vanish into a chain: one task, calls instead of channels.
 *
 * Flink: StreamingJobGraphGenerator.isChainable.
 */
import type { ChainingStrategy, StreamEdge, StreamGraph } from './stream-graph.ts';

/** True when the target of `edge` runs in the chain of its source. */
export function isChainable(edge: StreamEdge, graph: StreamGraph): boolean {
  const upstream = graph.node(edge.sourceId);
  const downstream = graph.node(edge.targetId);
  return (
    graph.settings.chainingEnabled &&
    downstream.inEdges.length === 1 &&
    upstream.slotSharingGroup === downstream.slotSharingGroup &&
    edge.partitioner.kind === 'forward' &&
    upstream.parallelism === downstream.parallelism &&
    (graph.settings.chainOperatorsWithDifferentMaxParallelism ||
      upstream.maxParallelism === downstream.maxParallelism) &&
    strategiesAllow(
      upstream.chainingStrategy,
      downstream.chainingStrategy,
      upstream.factory.kind === 'source',
    )
  );
}

function strategiesAllow(
  upstream: ChainingStrategy,
  downstream: ChainingStrategy,
  upstreamIsSource: boolean,
): boolean {
  if (upstream === 'never') {
    return false;
  }
  return downstream === 'always' || (downstream === 'head-with-sources' && upstreamIsSource);
}
