/**
 * The job graph as Flink's REST shows it: the JSON that its web UI draws.
 *
 * Flink: JsonPlanGenerator; descriptions as StreamingJobGraphGenerator makes them of a chain, in the
 * form `TREE` of `pipeline.vertex-description-mode`.
 */
import type { JobEdge, JobGraph, JobVertex } from './job-graph.ts';

/** Field for field what Flink's REST gives under `plan`. */
export interface JobPlan {
  readonly jid: string;
  readonly name: string;
  readonly type: 'STREAMING' | 'BATCH';
  /** Sinks first. */
  readonly nodes: readonly JobPlanNode[];
}

export interface JobPlanNode {
  readonly id: string;
  readonly parallelism: number;
  /** Empty, as in Flink for DataStream programs. */
  readonly operator: string;
  readonly operator_strategy: string;
  /** HTML: an operator a line, chained ones below the one that feeds them. */
  readonly description: string;
  /** Left out for sources. */
  readonly inputs?: readonly JobPlanInput[];
  readonly optimizer_properties: Readonly<Record<string, never>>;
}

export interface JobPlanInput {
  /** Among the inputs of the vertex. */
  readonly num: number;
  readonly id: string;
  readonly ship_strategy: string;
  readonly exchange: string;
}

export function jobPlan(jobId: string, { jobName, batchExecution, vertices }: JobGraph): JobPlan {
  return {
    jid: jobId,
    name: jobName,
    type: batchExecution ? 'BATCH' : 'STREAMING',
    nodes: vertices.map((vertex) => planNode(vertex)).reverse(),
  };
}

/** `HASH`, `REBALANCE`; in Flink a partitioner's `toString`. */
export function shipStrategy({ partitioner }: JobEdge): string {
  return partitioner.kind.toUpperCase();
}

function planNode(vertex: JobVertex): JobPlanNode {
  const inputs = vertex.inputs.map((edge, num) => ({
    num,
    id: edge.sourceVertexId,
    ship_strategy: shipStrategy(edge),
    exchange: 'pipelined_bounded',
  }));
  return {
    id: vertex.id,
    parallelism: vertex.parallelism,
    operator: '',
    operator_strategy: '',
    description: htmlOf(chainTree(vertex, { index: 0, indent: '', isLast: true })),
    ...(inputs.length === 0 ? {} : { inputs }),
    optimizer_properties: {},
  };
}

/** An operator and those that it feeds in the chain. */
function chainTree(
  { operators }: Pick<JobVertex, 'operators'>,
  place: { readonly index: number; readonly indent: string; readonly isLast: boolean },
): string {
  const { index, indent, isLast } = place;
  const operator = operators[index];
  if (operator === undefined) {
    return '';
  }
  const branch = index === 0 ? '' : isLast ? '+- ' : ':- ';
  const below = index === 0 ? '' : isLast ? '   ' : ':  ';
  const fed = operators.flatMap(({ chainedInput }, at) => (chainedInput === index ? [at] : []));
  const trees = fed.map((at, nth) =>
    chainTree({ operators }, { index: at, indent: indent + below, isLast: nth === fed.length - 1 }),
  );
  return `${indent}${branch}${operator.description ?? operator.name}\n${trees.join('')}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '<br/>',
  '\\': '&#92;',
};

function htmlOf(text: string): string {
  return text.replace(/[&<>"\n\\]/g, (each) => ESCAPES[each] ?? each);
}
