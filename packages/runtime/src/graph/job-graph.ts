/**
 * What is deployed: chains of operators and the edges between them.
 *
 * Flink: JobGraph, JobVertex, OperatorChain.
 */
import type { Source, SourceSplit, TypeInformation } from '@millrace/core';
import type { SourceStreamOperator } from '../operators/source-operator-contract.ts';
import type { OneInputStreamOperator } from '../operators/stream-operator.ts';
import type { StreamPartitioner } from './stream-partitioner.ts';

export interface JobGraph {
  readonly jobName: string;
  /** In topological order, sources first. */
  readonly vertices: readonly JobVertex[];
}

/** One chain. Its id is the operator id of its head. */
export interface JobVertex {
  readonly id: string;
  /** `Source: flights -> Map -> Sink: out`. */
  readonly name: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** True when the program set the max parallelism, so a snapshot may not change it. */
  readonly maxParallelismExplicit: boolean;
  /** Head first. */
  readonly operators: readonly ChainedOperator[];
  /** Edges from other vertices into the head, in input order. */
  readonly inputs: readonly JobEdge[];
}

export interface ChainedOperator {
  readonly operatorId: string;
  /** The user's `setUidHash`, tried first when restoring. */
  readonly userProvidedHash: string | undefined;
  readonly uid: string | undefined;
  readonly name: string;
  readonly factory: StreamOperatorFactory;
  /** Index in `JobVertex.operators` of the operator that feeds this one; -1 for the head. */
  readonly chainedInput: number;
  /** Set when this operator reads a side output of `chainedInput`. */
  readonly sideOutputId: string | undefined;
}

export interface JobEdge {
  readonly sourceVertexId: string;
  /** Index in the source vertex' `operators` of the one that emits into this edge. */
  readonly sourceOperatorIndex: number;
  readonly sideOutputId: string | undefined;
  readonly partitioner: StreamPartitioner<unknown>;
  /** For edges that cross threads. */
  readonly type: TypeInformation<unknown>;
}

export type StreamOperatorFactory =
  | {
      readonly kind: 'source';
      readonly source: Source<unknown, SourceSplit, unknown>;
      createOperator(): SourceStreamOperator<unknown>;
    }
  | {
      readonly kind: 'one-input';
      createOperator(): OneInputStreamOperator<unknown, unknown>;
    };
