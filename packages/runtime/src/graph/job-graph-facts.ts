/**
 * All that a program decides about its job graph but the job's name, as a list of facts, so that two
 * threads or processes see whether they built the same one, and if not, where they begin to differ.
 *
 * Invariants:
 * - The facts are text: they cross threads, files and versions of Node as they are.
 * - User code is not part of them.
 *
 * Pure. Flink ships the job graph itself; here each worker builds it (ARCHITECTURE.md, decision 1).
 */
import { createHash } from 'node:crypto';
import type { JobEdge, JobGraph, JobVertex } from './job-graph.ts';

/** One thing that the program decided. */
export interface GraphFact {
  /** For messages: `operator 'Map' (uid 'm')`. */
  readonly of: string;
  /** For messages: `parallelism`. */
  readonly what: string;
  readonly value: string;
}

const NO_OPERATOR = 'no operator any more';

/** In the order of the graph: first what operators there are, then their ids. */
export function jobGraphFacts(jobGraph: JobGraph): GraphFact[] {
  const facts: GraphFact[] = [
    {
      of: 'the job',
      what: 'execution mode',
      value: jobGraph.batchExecution ? 'BATCH' : 'STREAMING',
    },
  ];
  for (const vertex of jobGraph.vertices) {
    addStructure(facts, vertex, jobGraph);
  }
  facts.push({ of: NO_OPERATOR, what: 'end', value: '' });
  // Generated ids follow from all that is around an operator: they tell least of what differs.
  for (const vertex of jobGraph.vertices) {
    addIds(facts, vertex);
  }
  return facts;
}

/** SHA-256: 64 hex digits. */
export function hashJobGraph(jobGraph: JobGraph): string {
  return hashGraphFacts(jobGraphFacts(jobGraph));
}

export function hashGraphFacts(facts: readonly GraphFact[]): string {
  const canonical = facts.map(({ of, what, value }) => [of, what, value]);
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}

/**
 * Where two graphs begin to differ, as the end of a sentence; `undefined` where they do not.
 *
 * @param names - of the two places, such as `the main thread`
 */
export function firstGraphDifference(
  expected: readonly GraphFact[],
  actual: readonly GraphFact[],
  names: { readonly expected: string; readonly actual: string },
): string | undefined {
  const count = Math.max(expected.length, actual.length);
  for (let i = 0; i < count; i++) {
    const a = expected[i];
    const b = actual[i];
    if (a === undefined || b === undefined || a.of !== b.of) {
      return (
        `where ${names.expected} has ${a?.of ?? NO_OPERATOR}, ` +
        `${names.actual} has ${b?.of ?? NO_OPERATOR}`
      );
    }
    if (a.what !== b.what || a.value !== b.value) {
      return (
        `${a.of} has the ${a.what} ${a.value} in ${names.expected}, ` +
        `and the ${b.what} ${b.value} in ${names.actual}`
      );
    }
  }
  return undefined;
}

function addStructure(facts: GraphFact[], vertex: JobVertex, jobGraph: JobGraph): void {
  vertex.operators.forEach((operator, index) => {
    const of = nameOf(vertex, index);
    const add = (what: string, value: string) => facts.push({ of, what, value });
    add('kind', operator.factory.kind);
    add('parallelism', String(vertex.parallelism));
    add('max parallelism', maxParallelism(vertex));
    add('chained input', chainedInput(vertex, index));
    add('input type', operator.inputType?.name ?? 'any');
    if (index === 0) {
      add('slot sharing group', vertex.slotSharingGroup);
      add('order of inputs', batchInputs(vertex));
      for (const edge of vertex.inputs) {
        add(`input ${edge.gateIndex + 1}`, describeEdge(edge, jobGraph));
      }
    }
  });
}

function addIds(facts: GraphFact[], vertex: JobVertex): void {
  vertex.operators.forEach(({ operatorId, userProvidedHash = 'none' }, index) => {
    const of = nameOf(vertex, index);
    facts.push({ of, what: 'operator id', value: operatorId });
    facts.push({ of, what: 'uid hash', value: userProvidedHash });
  });
  for (const { gateIndex, sourceVertexId } of vertex.inputs) {
    facts.push({
      of: nameOf(vertex, 0),
      what: `source of input ${gateIndex + 1}`,
      value: sourceVertexId,
    });
  }
}

function nameOf(vertex: JobVertex, index: number): string {
  const operator = vertex.operators[index];
  const uid = operator?.uid === undefined ? '' : ` (uid '${operator.uid}')`;
  return `operator '${operator?.name}'${uid}`;
}

function chainedInput({ operators }: JobVertex, index: number): string {
  const operator = operators[index];
  const from = operators[operator?.chainedInput ?? -1];
  const side = operator?.sideOutputId;
  return from === undefined
    ? 'none, it heads its chain'
    : `'${from.name}'${side === undefined ? '' : `, side output '${side}'`}`;
}

function maxParallelism(vertex: JobVertex): string {
  return `${vertex.maxParallelism}${vertex.maxParallelismExplicit ? '' : ' (derived)'}`;
}

function batchInputs({ batchInputs: inputs }: JobVertex): string {
  return inputs === undefined
    ? 'as they come'
    : `${inputs.requirements.map(({ kind }) => kind).join(', ')} by ${inputs.keyType?.name ?? 'no key'}`;
}

function describeEdge(edge: JobEdge, jobGraph: JobGraph): string {
  const source = jobGraph.vertices.find(({ id }) => id === edge.sourceVertexId);
  const from = source?.operators[edge.sourceOperatorIndex];
  const side = edge.sideOutputId === undefined ? '' : `, side output '${edge.sideOutputId}'`;
  return (
    `${edge.partitioner.kind} from '${from?.name}'${side} into ` +
    `${edge.inputIndex + 1} of ${edge.type.name}, partition ${edge.partitionIndex}`
  );
}
