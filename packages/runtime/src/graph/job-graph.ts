/**
 * What is deployed: chains of operators and the edges between them.
 *
 * Flink: JobGraph, JobVertex, OperatorChain.
 */
import type {
  KeySelector,
  SinkCoordinator,
  Source,
  SourceSplit,
  TypeInformation,
  WatermarkAlignmentParams,
} from '@millrace/core';
import type { SourceStreamOperator } from '../operators/source-operator-contract.ts';
import type {
  OneInputStreamOperator,
  TwoInputStreamOperator,
} from '../operators/stream-operator.ts';
import type { StreamPartitioner } from './stream-partitioner.ts';

export interface JobGraph {
  readonly jobName: string;
  readonly batchExecution: boolean;
  /** In topological order, sources first. */
  readonly vertices: readonly JobVertex[];
}

/** One chain. Its id is the operator id of its head. */
export interface JobVertex {
  readonly id: string;
  /** `Source: flights -> Map -> Sink: out`. */
  readonly name: string;
  readonly parallelism: number;
  /** True when the program set it for an operator of the chain: it does not follow the default. */
  readonly parallelismConfigured?: boolean;
  /** An operator of the chain makes no sense with more; no bound where it is left out. */
  readonly parallelismMax?: number;
  readonly maxParallelism: number;
  /** True when the program set the max parallelism, so a snapshot may not change it. */
  readonly maxParallelismExplicit: boolean;
  /** Its subtasks share the slots of it with those of other vertices. */
  readonly slotSharingGroup: string;
  /** Head first. */
  readonly operators: readonly ChainedOperator[];
  /** Edges from other vertices into the head, in input order. */
  readonly inputs: readonly JobEdge[];
  /** Of the head, in a batch; `undefined` where all inputs are read as they come. */
  readonly batchInputs: BatchInputs | undefined;
}

/**
 * How a batch reads the inputs of an operator.
 *
 * Flink: StreamConfig.InputRequirement; the input selection of BatchCoBroadcastWithKeyedOperator and
 * its kin.
 */
export interface BatchInputs {
  /** In the order of the inputs. */
  readonly requirements: readonly InputRequirement[];
  /** Of the keys of sorted inputs. */
  readonly keyType: TypeInformation<unknown> | undefined;
}

export type InputRequirement =
  /** Processed as it comes. */
  | { readonly kind: 'pass-through' }
  /** Processed in its order, once the inputs that pass through have ended. */
  | { readonly kind: 'last' }
  /**
   * Like that, but all records of a key one after the other, by timestamp, with those of the other
   * sorted inputs.
   */
  | { readonly kind: 'sorted'; readonly keySelector: KeySelector<unknown, unknown> };

export interface ChainedOperator {
  readonly operatorId: string;
  /** The user's `setUidHash`, tried first when restoring. */
  readonly userProvidedHash: string | undefined;
  readonly uid: string | undefined;
  readonly name: string;
  /** For people, in the plan; the name where it is left out. */
  readonly description?: string;
  readonly factory: StreamOperatorFactory;
  /** Index in `JobVertex.operators` of the operator that feeds this one; -1 for the head. */
  readonly chainedInput: number;
  /** Of the records from `chainedInput`; any where it is left out. */
  readonly inputType?: TypeInformation<unknown> | undefined;
  /** Set when this operator reads a side output of `chainedInput`. */
  readonly sideOutputId: string | undefined;
}

export interface JobEdge {
  readonly sourceVertexId: string;
  /** Index in the source vertex' `operators` of the one that emits into this edge. */
  readonly sourceOperatorIndex: number;
  readonly sideOutputId: string | undefined;
  /** Which input of the target's head the edge feeds, from 0; several edges may feed one. */
  readonly inputIndex: number;
  /** Among the edges out of the source vertex, as Flink numbers its result partitions. */
  readonly partitionIndex: number;
  /** Among the edges into the target vertex, as Flink numbers its input gates. */
  readonly gateIndex: number;
  readonly partitioner: StreamPartitioner<unknown>;
  /** For edges that cross threads. */
  readonly type: TypeInformation<unknown>;
  /** ms, 0 at once, -1 when a buffer is full; that of the job where there is none. */
  readonly bufferTimeoutMs?: number | undefined;
}

export type StreamOperatorFactory =
  | {
      readonly kind: 'source';
      readonly source: Source<unknown, SourceSplit, unknown>;
      /** Where the source is aligned with others. */
      readonly watermarkAlignment?: WatermarkAlignmentParams | undefined;
      createOperator(): SourceStreamOperator<unknown>;
    }
  | {
      readonly kind: 'one-input';
      /** Of a sink that has one. */
      readonly sinkCoordinator?: SinkCoordinator | undefined;
      createOperator(): OneInputStreamOperator<unknown, unknown>;
    }
  | {
      readonly kind: 'two-input';
      createOperator(): TwoInputStreamOperator<unknown, unknown, unknown>;
    };

/** How many inputs the operators of a factory tell apart; each may be fed by several edges. */
export function numberOfInputsOf(factory: StreamOperatorFactory): number {
  switch (factory.kind) {
    case 'source':
      return 0;
    case 'one-input':
      return 1;
    case 'two-input':
      return 2;
  }
}

/** Index of the one that Flink stores result subpartitions with: the first leaf of the chain. */
export function lastOperator({ operators }: JobVertex): number {
  let last = 0;
  while (operators[last + 1]?.chainedInput === last) {
    last++;
  }
  return last;
}
