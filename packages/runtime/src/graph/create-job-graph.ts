/**
 * Fuses the operators of a stream graph into chains, one job vertex each.
 *
 * Invariants:
 * - A chain is a tree of operators joined by chainable edges; its vertex has the id of its head.
 * - In a vertex every operator comes after the one that feeds it; in the job every vertex comes
 *   after those that feed it.
 *
 * Flink: StreamingJobGraphGenerator.
 */
import { ConfigError, invariant } from '@millrace/core';
import { isChainable } from './chaining.ts';
import {
  type ChainedOperator,
  type JobEdge,
  type JobGraph,
  type JobVertex,
  numberOfInputsOf,
} from './job-graph.ts';
import { type NetworkNumbers, networkNumbers } from './network-numbers.ts';
import type { StreamEdge, StreamGraph, StreamNode } from './stream-graph.ts';
import { hashStreamGraph } from './stream-graph-hasher.ts';

/**
 * @throws ConfigError `DUPLICATE_UID`, `UID_MISSING`
 * @throws ConfigError `INVALID_GRAPH` when there is no operator, or one that no source leads to, or
 *   one with an input that nothing feeds
 */
export function createJobGraph(graph: StreamGraph): JobGraph {
  if (graph.nodes.length === 0) {
    throw new ConfigError(
      'INVALID_GRAPH',
      'the program has no operators to run; end a stream in a sink or a process()',
    );
  }
  const operatorIds = hashStreamGraph(graph);
  checkUidHashes(graph);
  checkAllInputsFed(graph);
  const chains = topologicalOrder(graph, chainsOf(graph));
  const placeOf = new Map<number, OperatorPlace>();
  for (const chain of chains) {
    for (const [index, link] of chain.entries()) {
      placeOf.set(link.node.id, { headId: chain[0]!.node.id, index });
    }
  }
  const idOf = (nodeId: number): string => {
    const id = operatorIds.get(nodeId);
    invariant(id !== undefined, 'every node of the graph has an operator id');
    return id;
  };
  const places = { idOf, placeOf, numbers: networkNumbers(graph) };
  return {
    jobName: graph.settings.jobName,
    batchExecution: graph.settings.batchExecution,
    vertices: chains.map((chain) => createVertex(chain, places)),
  };
}

/** One operator of a chain and the edge, inside the chain, that feeds it. */
interface ChainLink {
  readonly node: StreamNode;
  readonly input: StreamEdge | undefined;
}

type Chain = readonly ChainLink[];

interface OperatorPlace {
  readonly headId: number;
  readonly index: number;
}

interface GraphPlaces {
  idOf(nodeId: number): string;
  readonly placeOf: ReadonlyMap<number, OperatorPlace>;
  readonly numbers: ReadonlyMap<StreamEdge, NetworkNumbers>;
}

/** Chains by the node id of their head, in the order of the nodes. */
function chainsOf(graph: StreamGraph): ReadonlyMap<number, Chain> {
  const chains = new Map<number, Chain>();
  for (const node of graph.nodes) {
    if (!node.inEdges.some((edge) => isChainable(edge, graph))) {
      const chain: ChainLink[] = [];
      collectChain({ node, input: undefined }, graph, chain);
      chains.set(node.id, chain);
    }
  }
  return chains;
}

/** Depth first, so that a chain without forks reads from source to sink. */
function collectChain(link: ChainLink, graph: StreamGraph, chain: ChainLink[]): void {
  chain.push(link);
  for (const edge of link.node.outEdges) {
    if (isChainable(edge, graph)) {
      collectChain({ node: graph.node(edge.targetId), input: edge }, graph, chain);
    }
  }
}

/** A chain comes once all chains that feed its head have come. */
function topologicalOrder(graph: StreamGraph, chains: ReadonlyMap<number, Chain>): Chain[] {
  const headOf = new Map<number, number>();
  for (const [headId, chain] of chains) {
    for (const link of chain) {
      headOf.set(link.node.id, headId);
    }
  }
  const ordered: Chain[] = [];
  const done = new Set<number>();
  const visit = (headId: number): void => {
    if (done.has(headId)) {
      return;
    }
    done.add(headId);
    for (const edge of graph.node(headId).inEdges) {
      visit(headOf.get(edge.sourceId)!);
    }
    ordered.push(chains.get(headId)!);
  };
  const heads = [...chains.keys()];
  const isSource = (id: number): boolean => graph.node(id).inEdges.length === 0;
  for (const headId of [...heads.filter(isSource), ...heads.filter((id) => !isSource(id))]) {
    visit(headId);
  }
  return ordered;
}

function createVertex(chain: Chain, places: GraphPlaces): JobVertex {
  const head = chain[0]!.node;
  return {
    id: places.idOf(head.id),
    name: chainName(head, chain),
    parallelism: head.parallelism,
    parallelismConfigured: chain.some(({ node }) => node.parallelismConfigured),
    parallelismMax: Math.min(...chain.map(({ node }) => node.parallelismMax)),
    maxParallelism: head.maxParallelism,
    maxParallelismExplicit: head.maxParallelismExplicit,
    slotSharingGroup: head.slotSharingGroup,
    operators: chain.map((link) => createOperator(link, places)),
    inputs: head.inEdges.map((edge) => createEdge(edge, places)),
    batchInputs: head.batchInputs,
  };
}

function createOperator(link: ChainLink, { idOf, placeOf }: GraphPlaces): ChainedOperator {
  return {
    operatorId: idOf(link.node.id),
    userProvidedHash: link.node.uidHash?.toLowerCase(),
    uid: link.node.uid,
    name: link.node.name,
    description: link.node.description,
    factory: link.node.factory,
    chainedInput: link.input === undefined ? -1 : placeOf.get(link.input.sourceId)!.index,
    inputType: link.input?.type,
    sideOutputId: link.input?.sideOutputId,
  };
}

function createEdge(edge: StreamEdge, { idOf, placeOf, numbers }: GraphPlaces): JobEdge {
  const place = placeOf.get(edge.sourceId)!;
  const { partitionIndex, gateIndex } = numbers.get(edge)!;
  return {
    sourceVertexId: idOf(place.headId),
    sourceOperatorIndex: place.index,
    sideOutputId: edge.sideOutputId,
    inputIndex: Math.max(0, edge.typeNumber - 1),
    partitionIndex,
    gateIndex,
    partitioner: edge.partitioner,
    type: edge.type,
    bufferTimeoutMs: edge.bufferTimeoutMs,
  };
}

/** `Source: a -> b`, and `a -> (b -> c, d)` where the chain forks. */
function chainName(node: StreamNode, chain: Chain): string {
  const next = chain.filter((link) => link.input?.sourceId === node.id);
  const names = next.map((link) => chainName(link.node, chain));
  if (names.length === 0) {
    return node.name;
  }
  return `${node.name} -> ${names.length === 1 ? names[0] : `(${names.join(', ')})`}`;
}

/** An input without a channel would hold event time back for ever. */
function checkAllInputsFed(graph: StreamGraph): void {
  for (const node of graph.nodes) {
    const fed = new Set(node.inEdges.map((edge) => edge.typeNumber));
    const inputs = numberOfInputsOf(node.factory);
    if (fed.size !== inputs) {
      throw new ConfigError(
        'INVALID_GRAPH',
        `only ${fed.size} of the ${inputs} inputs of '${node.name}' are connected; give it ${inputs} streams`,
      );
    }
  }
}

/** Two operators must not both claim the state of one. */
function checkUidHashes(graph: StreamGraph): void {
  const owners = new Map<string, StreamNode>();
  for (const node of graph.nodes) {
    const hash = node.uidHash?.toLowerCase();
    if (hash === undefined) {
      continue;
    }
    const owner = owners.get(hash);
    if (owner !== undefined) {
      throw new ConfigError(
        'DUPLICATE_UID',
        `uid hash '${hash}' is used by '${owner.name}' and by '${node.name}'; ` +
          'give each operator its own',
      );
    }
    owners.set(hash, node);
  }
}
