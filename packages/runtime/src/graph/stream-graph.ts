/**
 * The program as a graph of operators, before chaining.
 *
 * Invariants:
 * - Virtual nodes (a partitioning, a side output) are no operators: an edge that passes them holds
 *   what they say, and they take no part in operator ids.
 * - Nodes and each node's edges are in the order in which the program named them, because
 *   generated operator ids depend on it.
 *
 * Flink: StreamGraph, StreamNode, StreamEdge.
 */
import {
  ConfigError,
  checkMaxParallelism,
  defaultMaxParallelism,
  type TypeInformation,
} from '@millrace/core';
import { type BatchInputs, numberOfInputsOf, type StreamOperatorFactory } from './job-graph.ts';
import type { StreamPartitioner } from './stream-partitioner.ts';
import { ForwardForUnspecifiedPartitioner, RebalancePartitioner } from './stream-partitioners.ts';

export const DEFAULT_SLOT_SHARING_GROUP = 'default';

/**
 * How an operator lets itself be chained to the one before it: always; never, in either direction;
 * only as the first of a chain; or like that, but after a source too. Flink: ChainingStrategy.
 */
export type ChainingStrategy = 'always' | 'never' | 'head' | 'head-with-sources';

export interface StreamGraphSettings {
  readonly jobName: string;
  readonly chainingEnabled: boolean;
  readonly chainOperatorsWithDifferentMaxParallelism: boolean;
  /** False refuses operators without a uid. */
  readonly autoGenerateUids: boolean;
  /** True runs the job as a batch: all its sources are bounded. */
  readonly batchExecution: boolean;
}

export interface StreamNodeOptions {
  readonly id: number;
  readonly name: string;
  /** What plans say; the name unless given. */
  readonly description?: string;
  readonly factory: StreamOperatorFactory;
  readonly parallelism: number;
  /** True when the program set the parallelism of this operator; false unless given. */
  readonly parallelismConfigured?: boolean;
  /** The operator makes no sense with more; without bound unless given. */
  readonly parallelismMax?: number;
  /** What the program set; `undefined` derives it from the parallelism. */
  readonly maxParallelism: number | undefined;
  readonly uid: string | undefined;
  readonly uidHash: string | undefined;
  readonly chainingStrategy: ChainingStrategy;
  readonly slotSharingGroup?: string;
  readonly outputType: TypeInformation<unknown>;
  readonly batchInputs?: BatchInputs | undefined;
  /** Of what it sends: ms, 0 at once, -1 when a buffer is full; that of the job unless given. */
  readonly bufferTimeoutMs?: number | undefined;
}

export interface StreamNode {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly factory: StreamOperatorFactory;
  readonly parallelism: number;
  readonly parallelismConfigured: boolean;
  readonly parallelismMax: number;
  readonly maxParallelism: number;
  readonly maxParallelismExplicit: boolean;
  readonly uid: string | undefined;
  readonly uidHash: string | undefined;
  readonly chainingStrategy: ChainingStrategy;
  readonly slotSharingGroup: string;
  readonly outputType: TypeInformation<unknown>;
  /** In a batch; `undefined` where all inputs are read as they come. */
  readonly batchInputs: BatchInputs | undefined;
  /** `undefined`: that of the job. */
  readonly bufferTimeoutMs: number | undefined;
  readonly inEdges: readonly StreamEdge[];
  readonly outEdges: readonly StreamEdge[];
}

export interface StreamEdge {
  readonly sourceId: number;
  readonly targetId: number;
  /** Which input of the target it feeds: 1 for the first; 0 where the target has only one. */
  readonly typeNumber: number;
  readonly partitioner: StreamPartitioner<unknown>;
  readonly sideOutputId: string | undefined;
  /** Of the records on this edge: the source's, or the side output's. */
  readonly type: TypeInformation<unknown>;
  /** The source's. */
  readonly bufferTimeoutMs: number | undefined;
}

interface MutableStreamNode extends StreamNode {
  readonly inEdges: StreamEdge[];
  readonly outEdges: StreamEdge[];
}

interface VirtualNode {
  readonly originalId: number;
  readonly partitioner: StreamPartitioner<unknown> | undefined;
  readonly sideOutput: { readonly id: string; readonly type: TypeInformation<unknown> } | undefined;
}

export class StreamGraph {
  readonly settings: StreamGraphSettings;
  private readonly nodesById = new Map<number, MutableStreamNode>();
  private readonly virtualNodes = new Map<number, VirtualNode>();

  constructor(settings: StreamGraphSettings) {
    this.settings = settings;
  }

  /** In the order in which they were added. */
  get nodes(): readonly StreamNode[] {
    return [...this.nodesById.values()];
  }

  has(id: number): boolean {
    return this.nodesById.has(id) || this.virtualNodes.has(id);
  }

  node(id: number): StreamNode {
    return this.mutableNode(id);
  }

  /** The operator that a virtual node stands for; the node itself when it is one. */
  origin(id: number): StreamNode {
    const virtual = this.virtualNodes.get(id);
    return virtual === undefined ? this.node(id) : this.origin(virtual.originalId);
  }

  /**
   * @throws ConfigError `PARALLELISM_OUT_OF_RANGE`, `MAX_PARALLELISM_OUT_OF_RANGE`
   * @throws ConfigError `INVALID_GRAPH` for a uid hash that is not 32 hex digits
   */
  addNode(options: StreamNodeOptions): void {
    this.checkNewId(options.id);
    if (options.maxParallelism !== undefined) {
      checkMaxParallelism(options.maxParallelism);
    }
    const { parallelism, maxParallelism = defaultMaxParallelism(parallelism) } = options;
    checkParallelism(parallelism, maxParallelism, options.name);
    checkUidHash(options.uidHash);
    this.nodesById.set(options.id, {
      id: options.id,
      name: options.name,
      description: options.description ?? options.name,
      factory: options.factory,
      parallelism,
      parallelismConfigured: options.parallelismConfigured ?? false,
      parallelismMax: options.parallelismMax ?? Number.POSITIVE_INFINITY,
      maxParallelism,
      maxParallelismExplicit: options.maxParallelism !== undefined,
      uid: options.uid,
      uidHash: options.uidHash,
      chainingStrategy: options.chainingStrategy,
      slotSharingGroup: options.slotSharingGroup ?? DEFAULT_SLOT_SHARING_GROUP,
      outputType: options.outputType,
      batchInputs: options.batchInputs,
      bufferTimeoutMs: options.bufferTimeoutMs,
      inEdges: [],
      outEdges: [],
    });
  }

  /** Edges from `virtualId` come from `originalId` with this partitioner. */
  addVirtualPartitionNode(
    ids: { readonly originalId: number; readonly virtualId: number },
    partitioner: StreamPartitioner<unknown>,
  ): void {
    this.addVirtualNode(ids, { partitioner, sideOutput: undefined });
  }

  /** Edges from `virtualId` carry the side output `tag` of `originalId`. */
  addVirtualSideOutputNode(
    ids: { readonly originalId: number; readonly virtualId: number },
    sideOutput: { readonly id: string; readonly type: TypeInformation<unknown> },
  ): void {
    this.addVirtualNode(ids, { partitioner: undefined, sideOutput });
  }

  /**
   * Connects an operator, or a virtual node, with the operator `targetId`. Without a partitioner
   * on the way it is forward at equal parallelism, else rebalance.
   *
   * @throws ConfigError `INVALID_GRAPH` for forward between operators of unequal parallelism, and
   *   for an input that the target does not have
   */
  addEdge(ids: {
    readonly sourceId: number;
    readonly targetId: number;
    /** 0 when it is left out. */
    readonly typeNumber?: number;
  }): void {
    let sourceId = ids.sourceId;
    let partitioner: StreamPartitioner<unknown> | undefined;
    let sideOutput: VirtualNode['sideOutput'];
    // The last partitioning before the target counts, so the first one met on the way back.
    for (let node = this.virtualNodes.get(sourceId); node; node = this.virtualNodes.get(sourceId)) {
      partitioner ??= node.partitioner;
      sideOutput ??= node.sideOutput;
      sourceId = node.originalId;
    }
    const source = this.mutableNode(sourceId);
    const target = this.mutableNode(ids.targetId);
    const typeNumber = ids.typeNumber ?? 0;
    checkInput(target, typeNumber);
    const sameParallelism = source.parallelism === target.parallelism;
    partitioner ??= sameParallelism
      ? new ForwardForUnspecifiedPartitioner()
      : new RebalancePartitioner();
    if (partitioner.kind === 'forward' && !sameParallelism) {
      throw new ConfigError(
        'INVALID_GRAPH',
        `forward from '${source.name}' (parallelism ${source.parallelism}) to '${target.name}' ` +
          `(${target.parallelism}): use rebalance() or rescale(), or one parallelism for both`,
      );
    }
    const edge: StreamEdge = {
      sourceId,
      targetId: ids.targetId,
      typeNumber,
      partitioner,
      sideOutputId: sideOutput?.id,
      type: sideOutput?.type ?? source.outputType,
      bufferTimeoutMs: source.bufferTimeoutMs,
    };
    source.outEdges.push(edge);
    target.inEdges.push(edge);
  }

  private addVirtualNode(
    ids: { readonly originalId: number; readonly virtualId: number },
    node: Omit<VirtualNode, 'originalId'>,
  ): void {
    this.checkNewId(ids.virtualId);
    if (!this.has(ids.originalId)) {
      throw new ConfigError('INVALID_GRAPH', `node ${ids.originalId} is not in the graph`);
    }
    this.virtualNodes.set(ids.virtualId, { originalId: ids.originalId, ...node });
  }

  private mutableNode(id: number): MutableStreamNode {
    const node = this.nodesById.get(id);
    if (node === undefined) {
      throw new ConfigError('INVALID_GRAPH', `node ${id} is not an operator of the graph`);
    }
    return node;
  }

  private checkNewId(id: number): void {
    if (this.has(id)) {
      throw new ConfigError('INVALID_GRAPH', `node ${id} is in the graph already`);
    }
  }
}

function checkInput(target: StreamNode, typeNumber: number): void {
  const inputs = numberOfInputsOf(target.factory);
  if (inputs === 0) {
    throw new ConfigError('INVALID_GRAPH', `the source '${target.name}' cannot have an input`);
  }
  const lowest = target.factory.kind === 'one-input' ? 0 : 1;
  if (typeNumber < lowest || typeNumber >= lowest + inputs) {
    throw new ConfigError(
      'INVALID_GRAPH',
      `'${target.name}' has no input of type number ${typeNumber}; use ${lowest} to ${lowest + inputs - 1}`,
    );
  }
}

function checkParallelism(parallelism: number, maxParallelism: number, name: string): void {
  if (!Number.isInteger(parallelism) || parallelism < 1 || parallelism > maxParallelism) {
    throw new ConfigError(
      'PARALLELISM_OUT_OF_RANGE',
      `parallelism of '${name}' is ${parallelism}; use 1 to its max parallelism ${maxParallelism}`,
    );
  }
}

function checkUidHash(uidHash: string | undefined): void {
  if (uidHash !== undefined && !/^[0-9a-f]{32}$/i.test(uidHash)) {
    throw new ConfigError(
      'INVALID_GRAPH',
      `uid hash '${uidHash}' is not an operator id; use the 32 hex digits that Flink logs`,
    );
  }
}
