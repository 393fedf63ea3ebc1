/**
 * Turns transformations into a stream graph: inputs before what reads them, each once.
 *
 * Flink: StreamGraphGenerator.
 */
import { type Configuration, PipelineOptions } from '@millrace/core';
import { DEFAULT_SLOT_SHARING_GROUP, StreamGraph } from '@millrace/runtime';
import type { OperatorTransformation, Transformation } from './transformations.ts';

export const DEFAULT_JOB_NAME = 'Millrace Streaming Job';

/**
 * @throws ConfigError `PARALLELISM_OUT_OF_RANGE`, `MAX_PARALLELISM_OUT_OF_RANGE`, `INVALID_GRAPH`
 */
export function generateStreamGraph(
  transformations: readonly Transformation<unknown>[],
  configuration: Configuration,
): StreamGraph {
  const graph = new StreamGraph({
    jobName: configuration.get(PipelineOptions.NAME) ?? DEFAULT_JOB_NAME,
    chainingEnabled: configuration.get(PipelineOptions.OPERATOR_CHAINING),
    chainOperatorsWithDifferentMaxParallelism: configuration.get(
      PipelineOptions.OPERATOR_CHAINING_CHAIN_OPERATORS_WITH_DIFFERENT_MAX_PARALLELISM,
    ),
    autoGenerateUids: configuration.get(PipelineOptions.AUTO_GENERATE_UIDS),
  });
  const maxParallelism = configuration.get(PipelineOptions.MAX_PARALLELISM);
  const generator = new Generator(graph, maxParallelism === -1 ? undefined : maxParallelism);
  for (const transformation of transformations) {
    generator.transform(transformation);
  }
  return graph;
}

class Generator {
  private readonly graph: StreamGraph;
  private readonly maxParallelism: number | undefined;
  /** Virtual ids are negative, so they never meet an operator's. */
  private lastVirtualId = 0;
  private readonly transformed = new Map<Transformation<unknown>, readonly number[]>();

  constructor(graph: StreamGraph, maxParallelism: number | undefined) {
    this.graph = graph;
    this.maxParallelism = maxParallelism;
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
    this.graph.addNode({
      id: transformation.id,
      name: transformation.name,
      description: transformation.description ?? transformation.name,
      factory,
      parallelism: transformation.parallelism,
      maxParallelism: transformation.maxParallelism ?? this.maxParallelism,
      uid: transformation.uid,
      uidHash: transformation.uidHash,
      chainingStrategy: transformation.chainingStrategy,
      slotSharingGroup: this.slotSharingGroup(transformation.slotSharingGroup, inputIds),
      outputType: transformation.outputType,
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
