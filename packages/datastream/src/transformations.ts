/**
 * What the program said, node by node, before it is a graph.
 *
 * Invariant: ids rise in the order in which the program named the nodes; generated operator ids
 * hang on that order.
 *
 * Flink: Transformation and its subclasses.
 */
import { type TypeInformation, Types } from '@millrace/core';
import type { ChainingStrategy, StreamOperatorFactory, StreamPartitioner } from '@millrace/runtime';
import type { BatchInputsOf } from './operator-options.ts';

export type Transformation<T> =
  | OperatorTransformation<T>
  | PartitionTransformation<T>
  | SideOutputTransformation<T>
  | UnionTransformation<T>;

export interface OperatorTransformationOptions<T> {
  readonly id: number;
  readonly name: string;
  /** One for each input that the operator tells apart. */
  readonly inputs: readonly Transformation<unknown>[];
  readonly parallelism: number;
  /** Asked when the graph is made, so that types named later by `returns` are seen. */
  readonly createFactory: () => StreamOperatorFactory;
  readonly type: TypeInformation<T> | undefined;
  /** Gives the type when the program names none. */
  readonly typeLike?: { readonly outputType: TypeInformation<T> };
  /** `always` without it. */
  readonly chainingStrategy?: ChainingStrategy;
  /** At most this parallelism makes sense. */
  readonly parallelismMax?: number;
  /** All inputs are read as they come without it. */
  readonly batchInputs?: BatchInputsOf;
}

/** A source, a function or half of a sink: something that runs. */
export class OperatorTransformation<T> {
  readonly kind = 'operator';
  readonly id: number;
  readonly inputs: readonly Transformation<unknown>[];
  readonly createFactory: () => StreamOperatorFactory;
  parallelismMax: number;
  readonly batchInputs: BatchInputsOf;
  name: string;
  /** What plans say of it; its name unless set. */
  description: string | undefined = undefined;
  /** -1 for never; the environment's unless set. */
  bufferTimeoutMs: number | undefined = undefined;
  parallelism: number;
  /** True when the program set the parallelism of this operator; else it is the environment's. */
  parallelismConfigured = false;
  maxParallelism: number | undefined = undefined;
  uid: string | undefined = undefined;
  uidHash: string | undefined = undefined;
  chainingStrategy: ChainingStrategy;
  slotSharingGroup: string | undefined = undefined;
  type: TypeInformation<T> | undefined;
  private readonly typeLike: { readonly outputType: TypeInformation<T> } | undefined;

  constructor(options: OperatorTransformationOptions<T>) {
    this.id = options.id;
    this.name = options.name;
    this.inputs = options.inputs;
    this.createFactory = options.createFactory;
    this.parallelism = options.parallelism;
    this.parallelismMax = options.parallelismMax ?? Number.POSITIVE_INFINITY;
    this.batchInputs = options.batchInputs ?? (() => undefined);
    this.chainingStrategy = options.chainingStrategy ?? 'always';
    this.type = options.type;
    this.typeLike = options.typeLike;
  }

  get outputType(): TypeInformation<T> {
    return this.type ?? this.typeLike?.outputType ?? genericType<T>();
  }
}

/** The same records, sent another way. */
export class PartitionTransformation<T> {
  readonly kind = 'partition';
  readonly id: number;
  readonly input: Transformation<T>;
  readonly partitioner: StreamPartitioner<T>;

  constructor(id: number, input: Transformation<T>, partitioner: StreamPartitioner<T>) {
    this.id = id;
    this.input = input;
    this.partitioner = partitioner;
  }

  get outputType(): TypeInformation<T> {
    return this.input.outputType;
  }
}

export class SideOutputTransformation<T> {
  readonly kind = 'side-output';
  readonly id: number;
  readonly input: Transformation<unknown>;
  readonly sideOutputId: string;
  readonly outputType: TypeInformation<T>;

  constructor(
    id: number,
    input: Transformation<unknown>,
    sideOutput: { readonly id: string; readonly type: TypeInformation<T> | undefined },
  ) {
    this.id = id;
    this.input = input;
    this.sideOutputId = sideOutput.id;
    this.outputType = sideOutput.type ?? genericType<T>();
  }
}

/** The records of several streams of one type, in no order. */
export class UnionTransformation<T> {
  readonly kind = 'union';
  readonly id: number;
  readonly inputs: readonly Transformation<T>[];

  constructor(id: number, inputs: readonly Transformation<T>[]) {
    this.id = id;
    this.inputs = inputs;
  }

  get outputType(): TypeInformation<T> {
    return this.inputs[0]!.outputType;
  }
}

/** The operator that gives the records; the first of several. */
export function originOf(transformation: Transformation<unknown>): OperatorTransformation<unknown> {
  switch (transformation.kind) {
    case 'operator':
      return transformation;
    case 'union':
      return originOf(transformation.inputs[0]!);
    default:
      return originOf(transformation.input);
  }
}

/** The type of a stream that names none. It describes any value, so it fits every `T`. */
export function genericType<T>(): TypeInformation<T> {
  return Types.GENERIC as TypeInformation<unknown> as TypeInformation<T>;
}
