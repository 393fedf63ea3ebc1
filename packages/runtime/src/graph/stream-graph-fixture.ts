/** Short words for stream graphs in tests. Nothing here runs. */
import type { Source, SourceSplit, TypeInformation } from '@millrace/core';
import type { SourceStreamOperator } from '../operators/source-operator-contract.ts';
import type {
  OneInputStreamOperator,
  TwoInputStreamOperator,
} from '../operators/stream-operator.ts';
import {
  StreamGraph,
  type StreamGraphSettings,
  type StreamNode,
  type StreamNodeOptions,
} from './stream-graph.ts';
import type { ChannelSelectorContext, StreamPartitioner } from './stream-partitioner.ts';

export const ANY_TYPE: TypeInformation<unknown> = {
  name: 'Any',
  isKeyType: false,
  createSerializer: () => {
    throw new Error('a graph does not serialize');
  },
} as unknown as TypeInformation<unknown>;

export class GraphFixture {
  readonly graph: StreamGraph;
  private lastId = 0;
  private lastVirtualId = 0;

  constructor(settings: Partial<StreamGraphSettings> = {}) {
    this.graph = new StreamGraph({
      jobName: 'job',
      chainingEnabled: true,
      chainOperatorsWithDifferentMaxParallelism: true,
      autoGenerateUids: true,
      batchExecution: false,
      ...settings,
    });
  }

  source(name: string, options: Partial<StreamNodeOptions> = {}): number {
    return this.add(name, {
      factory: {
        kind: 'source',
        source: {} as Source<unknown, SourceSplit, unknown>,
        createOperator: () => ({}) as SourceStreamOperator<unknown>,
      },
      ...options,
    });
  }

  operator(
    name: string,
    inputs: number | readonly number[],
    options: Partial<StreamNodeOptions> = {},
  ): number {
    const id = this.add(name, options);
    for (const sourceId of typeof inputs === 'number' ? [inputs] : inputs) {
      this.graph.addEdge({ sourceId, targetId: id });
    }
    return id;
  }

  /** An operator with one stream, or several, on each of its two inputs. */
  twoInputOperator(
    name: string,
    inputs: readonly [readonly number[], readonly number[]],
    options: Partial<StreamNodeOptions> = {},
  ): number {
    const id = this.add(name, {
      factory: {
        kind: 'two-input',
        createOperator: () => ({}) as TwoInputStreamOperator<unknown, unknown, unknown>,
      },
      ...options,
    });
    inputs.forEach((sourceIds, index) => {
      for (const sourceId of sourceIds) {
        this.graph.addEdge({ sourceId, targetId: id, typeNumber: index + 1 });
      }
    });
    return id;
  }

  partition(originalId: number, partitioner: StreamPartitioner<unknown>): number {
    const virtualId = --this.lastVirtualId;
    this.graph.addVirtualPartitionNode({ originalId, virtualId }, partitioner);
    return virtualId;
  }

  sideOutput(originalId: number, id: string, type: TypeInformation<unknown> = ANY_TYPE): number {
    const virtualId = --this.lastVirtualId;
    this.graph.addVirtualSideOutputNode({ originalId, virtualId }, { id, type });
    return virtualId;
  }

  node(id: number): StreamNode {
    return this.graph.node(id);
  }

  private add(name: string, options: Partial<StreamNodeOptions>): number {
    this.lastId += 1;
    this.graph.addNode({
      id: this.lastId,
      name,
      factory: {
        kind: 'one-input',
        createOperator: () => ({}) as OneInputStreamOperator<unknown, unknown>,
      },
      parallelism: 1,
      maxParallelism: undefined,
      uid: undefined,
      uidHash: undefined,
      chainingStrategy: 'always',
      outputType: ANY_TYPE,
      ...options,
    });
    return this.lastId;
  }
}

/** The context of one upstream subtask, with chance from a fixed seed. */
export function channelContext(options: Partial<ChannelSelectorContext>): ChannelSelectorContext {
  let state = 42;
  return {
    upstreamSubtask: 0,
    upstreamParallelism: 1,
    downstreamParallelism: 1,
    downstreamMaxParallelism: 128,
    senderName: 'the sender',
    receiverName: 'the receiver',
    random: () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator.
      return state / 2 ** 32;
    },
    ...options,
  };
}
