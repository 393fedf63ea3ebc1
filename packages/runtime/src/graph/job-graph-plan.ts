/**
 * A job graph for people, and as one hash by which two processes see that they built the same one.
 */
import { createHash } from 'node:crypto';
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

/**
 * SHA-256 of all that the program decides about its graph but the job's name: 64 hex digits.
 * User code is not part of it.
 */
export function hashJobGraph(jobGraph: JobGraph): string {
  const canonical = jobGraph.vertices.map((vertex) => [
    vertex.id,
    vertex.name,
    vertex.parallelism,
    vertex.maxParallelism,
    vertex.maxParallelismExplicit,
    vertex.operators.map((operator) => [
      operator.operatorId,
      operator.userProvidedHash ?? null,
      operator.name,
      operator.factory.kind,
      operator.chainedInput,
      operator.sideOutputId ?? null,
    ]),
    vertex.inputs.map((edge) => [
      edge.sourceVertexId,
      edge.sourceOperatorIndex,
      edge.sideOutputId ?? null,
      edge.inputIndex,
      edge.partitioner.kind,
      edge.type.name,
    ]),
  ]);
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}
