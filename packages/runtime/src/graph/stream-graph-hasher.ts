/**
 * Gives every operator the id under which its state is found again.
 *
 * Invariants:
 * - With a uid the id depends on nothing but the uid.
 * - Without one it depends on the operator's place in the graph: how many were hashed before it,
 *   its chainable outputs, its inputs. Names, user code and the parallelism's value do not count,
 *   but a change of parallelism that makes or breaks a chain does.
 *
 * Flink: StreamGraphHasherV2.
 */
import { ConfigError, invariant } from '@millrace/core';
import { murmur3Hash128 } from '@millrace/state';
import { isChainable } from './chaining.ts';
import type { StreamGraph, StreamNode } from './stream-graph.ts';

/**
 * Operator ids by node id.
 *
 * @throws ConfigError `DUPLICATE_UID`, `UID_MISSING`
 * @throws ConfigError `INVALID_GRAPH` when no source leads to an operator
 */
export function hashStreamGraph(graph: StreamGraph): ReadonlyMap<number, string> {
  const hashes = new Map<number, Uint8Array>();
  const remaining = graph.nodes
    .filter((node) => node.inEdges.length === 0)
    .sort((a, b) => a.id - b.id);
  const visited = new Set(remaining.map((node) => node.id));

  for (let node = remaining.shift(); node !== undefined; node = remaining.shift()) {
    const hash = hashNode(node, graph, hashes);
    if (hash === undefined) {
      // An input is not hashed yet; that input comes by here again.
      visited.delete(node.id);
      continue;
    }
    hashes.set(node.id, hash);
    for (const edge of node.outEdges) {
      if (!visited.has(edge.targetId)) {
        visited.add(edge.targetId);
        remaining.push(graph.node(edge.targetId));
      }
    }
  }
  checkAllHashed(graph, hashes);
  return new Map([...hashes].map(([id, hash]) => [id, toHex(hash)]));
}

/** `undefined` when an input has no hash yet. */
function hashNode(
  node: StreamNode,
  graph: StreamGraph,
  hashes: ReadonlyMap<number, Uint8Array>,
): Uint8Array | undefined {
  if (node.uid !== undefined) {
    return hashOfUid(node, node.uid, graph, hashes);
  }
  if (!graph.settings.autoGenerateUids) {
    throw new ConfigError(
      'UID_MISSING',
      `operator '${node.name}' has no uid and pipeline.auto-generate-uids is false; call uid()`,
    );
  }
  if (node.inEdges.some((edge) => !hashes.has(edge.sourceId))) {
    return undefined;
  }
  return hashOfPosition(node, graph, hashes);
}

function hashOfUid(
  node: StreamNode,
  uid: string,
  graph: StreamGraph,
  hashes: ReadonlyMap<number, Uint8Array>,
): Uint8Array {
  const hash = murmur3Hash128(new TextEncoder().encode(uid));
  for (const [otherId, other] of hashes) {
    if (toHex(other) === toHex(hash)) {
      throw new ConfigError(
        'DUPLICATE_UID',
        `uid '${uid}' is used by '${graph.node(otherId).name}' and by '${node.name}'; ` +
          'give each operator its own',
      );
    }
  }
  return hash;
}

function hashOfPosition(
  node: StreamNode,
  graph: StreamGraph,
  hashes: ReadonlyMap<number, Uint8Array>,
): Uint8Array {
  const chainableOutputs = node.outEdges.filter((edge) => isChainable(edge, graph)).length;
  const local = new DataView(new ArrayBuffer(4 * (1 + chainableOutputs)));
  for (let at = 0; at < local.byteLength; at += 4) {
    local.setInt32(at, hashes.size, true);
  }
  const hash = murmur3Hash128(new Uint8Array(local.buffer));
  for (const edge of node.inEdges) {
    const input = hashes.get(edge.sourceId);
    invariant(input !== undefined, 'the inputs of a node are hashed before it');
    for (let j = 0; j < hash.length; j++) {
      hash[j] = (hash[j]! * 37) ^ input[j]!; // The array keeps the low 8 bits, like Java's byte.
    }
  }
  return hash;
}

function checkAllHashed(graph: StreamGraph, hashes: ReadonlyMap<number, Uint8Array>): void {
  const missing = graph.nodes.find((node) => !hashes.has(node.id));
  if (missing !== undefined) {
    throw new ConfigError('INVALID_GRAPH', `no source leads to the operator '${missing.name}'`);
  }
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
