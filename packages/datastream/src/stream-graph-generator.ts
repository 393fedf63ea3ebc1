/**
 * Turns transformations into a stream graph: inputs before what reads them, each once.
 *
 * Flink: StreamGraphGenerator.
 */
import { ConfigError, type Configuration, ExecutionOptions, PipelineOptions } from '@millrace/core';
import {
  type BatchInputs,
  type ChainingStrategy,
  DEFAULT_SLOT_SHARING_GROUP,
  StreamGraph,
} from '@millrace/runtime';
import type { OperatorTransformation, Transformation } from './transformations.ts';

export const DEFAULT_JOB_NAME = 'Millrace Streaming Job';

/**
 * @throws ConfigError `PARALLELISM_OUT_OF_RANGE`, `MAX_PARALLELISM_OUT_OF_RANGE`, `INVALID_GRAPH`
 */
export function generateStreamGraph(
  transformations: readonly Transformation<unknown>[],
  configuration: Configuration,
): StreamGraph {
  const batchExecution = isBatch(transformations, configuration);
  const graph = new StreamGraph({
    jobName: configuration.get(PipelineOptions.NAME) ?? DEFAULT_JOB_NAME,
    chainingEnabled: configuration.get(PipelineOptions.OPERATOR_CHAINING),
    chainOperatorsWithDifferentMaxParallelism: configuration.get(
      PipelineOptions.OPERATOR_CHAINING_CHAIN_OPERATORS_WITH_DIFFERENT_MAX_PARALLELISM,
    ),
    autoGenerateUids: configuration.get(PipelineOptions.AUTO_GENERATE_UIDS),
    batchExecution,
  });
  const maxParallelism = configuration.get(PipelineOptions.MAX_PARALLELISM);
  const generator = new Generator(graph, {
    maxParallelism: maxParallelism === -1 ? undefined : maxParallelism,
    isBatch: batchExecution,
    sortsInputs: batchExecution && sortsInputs(configuration),
  });
  for (const transformation of transformations) {
    generator.transform(transformation);
  }
  return graph;
}

/**
 * Whether the program runs as a batch.
 *
 * @throws ConfigError `INVALID_GRAPH` for a batch with an unbounded source
 */
function isBatch(
  transformations: readonly Transformation<unknown>[],
  configuration: Configuration,
): boolean {
  const mode = configuration.get(ExecutionOptions.RUNTIME_MODE);
  if (mode === 'STREAMING') {
    return false;
  }
  const unbounded = unboundedSource(transformations);
  if (mode === 'BATCH' && unbounded !== undefined) {
    throw new ConfigError(
      'INVALID_GRAPH',
      `'${unbounded.name}' is unbounded, so the program cannot run in BATCH mode; ` +
        "bound the source, or set 'execution.runtime-mode' to STREAMING or AUTOMATIC",
    );
  }
  return unbounded === undefined;
}

function unboundedSource(
  transformations: readonly Transformation<unknown>[],
): OperatorTransformation<unknown> | undefined {
  const seen = new Set<Transformation<unknown>>();
  const open = [...transformations];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) {
      continue;
    }
    seen.add(next);
    if (next.kind === 'operator' && next.inputs.length === 0) {
      const factory = next.createFactory();
      if (factory.kind === 'source' && factory.source.boundedness !== 'bounded') {
        return next;
      }
    }
    open.push(...('inputs' in next ? next.inputs : [next.input]));
  }
  return undefined;
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` for state of one key at a time with unsorted inputs */
function sortsInputs(configuration: Configuration): boolean {
  const sorts = configuration.get(ExecutionOptions.SORT_INPUTS);
  if (!sorts && configuration.get(ExecutionOptions.USE_BATCH_STATE_BACKEND)) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      "'execution.batch-state-backend.enabled' needs sorted inputs; set it to false too, or " +
        "'execution.sorted-inputs.enabled' to true",
    );
  }
  return sorts;
}

interface GeneratorSettings {
  readonly maxParallelism: number | undefined;
  readonly isBatch: boolean;
  readonly sortsInputs: boolean;
}

class Generator {
  private readonly graph: StreamGraph;
  private readonly settings: GeneratorSettings;
  /** Virtual ids are negative, so they never meet an operator's. */
  private lastVirtualId = 0;
  private readonly transformed = new Map<Transformation<unknown>, readonly number[]>();

  constructor(graph: StreamGraph, settings: GeneratorSettings) {
    this.graph = graph;
    this.settings = settings;
  }

  /** Ids of the nodes, real or virtual, that stand for the transformation: several for a union. */
  transform(transformation: Transformation<unknown>): readonly number[] {
    const known = this.transformed.get(transformation);
    if (known !== undefined) {
      return known;
    }
    const ids = this.add(transformation);
    this.transformed.set(transformation, ids);
    return ids;
  }

  private add(transformation: Transformation<unknown>): readonly number[] {
    switch (transformation.kind) {
      case 'operator':
        return this.addOperator(transformation);
      case 'union':
        return transformation.inputs.flatMap((input) => this.transform(input));
      case 'partition':
        return this.addVirtual(transformation, (ids) =>
          this.graph.addVirtualPartitionNode(ids, transformation.partitioner),
        );
      case 'side-output':
        return this.addVirtual(transformation, (ids) =>
          this.graph.addVirtualSideOutputNode(ids, {
            id: transformation.sideOutputId,
            type: transformation.outputType,
          }),
        );
    }
  }

  private addOperator(transformation: OperatorTransformation<unknown>): readonly number[] {
    const inputs = transformation.inputs.map((input) => this.transform(input));
    const inputIds = inputs.flat();
    const factory = transformation.createFactory();
    const { isBatch, sortsInputs } = this.settings;
    const batchInputs = isBatch ? transformation.batchInputs(sortsInputs) : undefined;
    this.graph.addNode({
      id: transformation.id,
      name: transformation.name,
      description: transformation.description ?? transformation.name,
      factory,
      parallelism: transformation.parallelism,
      parallelismConfigured: transformation.parallelismConfigured,
      parallelismMax: transformation.parallelismMax,
      maxParallelism: transformation.maxParallelism ?? this.settings.maxParallelism,
      uid: transformation.uid,
      uidHash: transformation.uidHash,
      chainingStrategy: chainingStrategy(transformation.chainingStrategy, batchInputs),
      batchInputs,
      slotSharingGroup: this.slotSharingGroup(transformation.slotSharingGroup, inputIds),
      outputType: transformation.outputType,
      bufferTimeoutMs: transformation.bufferTimeoutMs,
    });
    inputs.forEach((sourceIds, index) => {
      const typeNumber = factory.kind === 'one-input' ? 0 : index + 1;
      for (const sourceId of sourceIds) {
        this.graph.addEdge({ sourceId, targetId: transformation.id, typeNumber });
      }
    });
    return [transformation.id];
  }

  /** One virtual node for each node that the input stands for. */
  private addVirtual(
    transformation: { readonly input: Transformation<unknown> },
    add: (ids: { readonly originalId: number; readonly virtualId: number }) => void,
  ): readonly number[] {
    return this.transform(transformation.input).map((originalId) => {
      const virtualId = --this.lastVirtualId;
      add({ originalId, virtualId });
      return virtualId;
    });
  }

  /** The program's, else the one that all inputs agree on. */
  private slotSharingGroup(named: string | undefined, inputIds: readonly number[]): string {
    if (named !== undefined) {
      return named;
    }
    const groups = new Set(inputIds.map((id) => this.graph.origin(id).slotSharingGroup));
    return groups.size === 1 ? [...groups][0]! : DEFAULT_SLOT_SHARING_GROUP;
  }
}

/** What keeps its input reads it from channels, so it begins a chain. */
function chainingStrategy(
  strategy: ChainingStrategy,
  batchInputs: BatchInputs | undefined,
): ChainingStrategy {
  return batchInputs === undefined || strategy === 'never' ? strategy : 'head';
}
