/** A job graph for people. */
import {
  type ChainedOperator,
  type JobEdge,
  type JobGraph,
  type JobVertex,
  numberOfInputsOf,
} from './job-graph.ts';

/**
 * The plan as text: each vertex with its parallelism, its operators and where its input comes from.
 */
export function describeJobGraph(jobGraph: JobGraph): string {
  const lines = [`Job: ${jobGraph.jobName}`];
  for (const [index, vertex] of jobGraph.vertices.entries()) {
    lines.push('', `${index + 1}. ${vertex.name}`, ...describeVertex(vertex, jobGraph));
  }
  return `${lines.join('\n')}\n`;
}

function describeVertex(vertex: JobVertex, jobGraph: JobGraph): string[] {
  const derived = vertex.maxParallelismExplicit ? '' : ' (derived)';
  const parallelism = `   parallelism ${vertex.parallelism} of at most ${vertex.maxParallelism}`;
  return [
    parallelism + derived,
    ...vertex.inputs.map(
      (edge) => `   ${inputName(edge, vertex)}: ${describeEdge(edge, jobGraph)}`,
    ),
    ...vertex.operators.map((operator) => `   - ${describeOperator(operator)}`),
  ];
}

/** `input`; `input 1` where the head tells inputs apart. */
function inputName(edge: JobEdge, vertex: JobVertex): string {
  const head = vertex.operators[0];
  const several = head !== undefined && numberOfInputsOf(head.factory) > 1;
  return several ? `input ${edge.inputIndex + 1}` : 'input';
}

function describeEdge(edge: JobEdge, jobGraph: JobGraph): string {
  const at = jobGraph.vertices.findIndex((vertex) => vertex.id === edge.sourceVertexId);
  const from = jobGraph.vertices[at]?.operators[edge.sourceOperatorIndex]?.name;
  const side = edge.sideOutputId === undefined ? '' : `, side output '${edge.sideOutputId}'`;
  return `${edge.partitioner.kind} from ${at + 1}. ${from}${side}, ${edge.type.name}`;
}

function describeOperator(operator: ChainedOperator): string {
  const uid = operator.uid === undefined ? 'no uid' : `uid '${operator.uid}'`;
  const side =
    operator.sideOutputId === undefined ? '' : `, of side output '${operator.sideOutputId}'`;
  return `${operator.name} (${operator.operatorId}, ${uid}${side})`;
}
