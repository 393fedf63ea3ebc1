/** Between which operators an edge is, for messages. */
import type { JobEdge, JobVertex } from './job-graph.ts';

export function operatorNamesOf(ends: {
  readonly edge: JobEdge;
  readonly source: JobVertex;
  readonly target: JobVertex;
}): { readonly senderName: string; readonly receiverName: string } {
  const { edge, source, target } = ends;
  return {
    senderName: source.operators[edge.sourceOperatorIndex]?.name ?? source.name,
    receiverName: target.operators[0]?.name ?? target.name,
  };
}
