/**
 * Where a stream leaves the program: a writer and, for a sink that commits, a committer behind it.
 *
 * Invariant: with uid U the writer's uid is U and the committer's `Sink Committer: U`, as in Flink.
 *
 * Flink: DataStreamSink, SinkTransformationTranslator, CustomSinkOperatorUidHashes.
 */
import { ConfigError, checkObjectArgument, type Sink, type SinkCoordinator } from '@millrace/core';
import {
  CommitterOperator,
  type OneInputStreamOperator,
  SinkWriterOperator,
} from '@millrace/runtime';
import type { DataStream } from './data-stream.ts';
import { OperatorSettings } from './operator-settings.ts';
import type { SlotSharingGroup } from './slot-sharing-group.ts';
import type { StreamExecutionEnvironment } from './stream-execution-environment.ts';
import { OperatorTransformation, type Transformation } from './transformations.ts';

/** Operator ids of a snapshot, 32 hex digits, under which the state is looked for first. */
export interface CustomSinkOperatorUidHashes {
  readonly writerUidHash?: string;
  readonly committerUidHash?: string;
}

const DEFAULT_SINK_NAME = 'Sink';

export class DataStreamSink<T> {
  readonly writer: OperatorTransformation<unknown>;
  readonly committer: OperatorTransformation<unknown> | undefined;
  private readonly environment: StreamExecutionEnvironment;
  private readonly settings: readonly OperatorSettings[];
  /** Only for the types: what the sink takes. */
  declare readonly elementType?: T;

  constructor(
    environment: StreamExecutionEnvironment,
    writer: OperatorTransformation<unknown>,
    committer: OperatorTransformation<unknown> | undefined,
  ) {
    this.environment = environment;
    this.writer = writer;
    this.committer = committer;
    const operators = committer === undefined ? [writer] : [writer, committer];
    this.settings = operators.map((operator) => new OperatorSettings(operator));
    this.name(DEFAULT_SINK_NAME);
  }

  /** Names the sink's state for ever. */
  uid(uid: string): this {
    this.writer.uid = uid;
    if (this.committer !== undefined) {
      this.committer.uid = `Sink Committer: ${uid}`;
    }
    return this;
  }

  /** @throws ConfigError `UNSUPPORTED` always, because a sink has two operators */
  setUidHash(_uidHash: string): never {
    throw new ConfigError(
      'UNSUPPORTED',
      'a sink has no single uid hash; give sinkTo() { writerUidHash, committerUidHash }',
    );
  }

  name(name: string): this {
    this.writer.name = `${name}: Writer`;
    if (this.committer !== undefined) {
      this.committer.name = `${name}: Committer`;
    }
    return this;
  }

  /** @throws ConfigError `PARALLELISM_OUT_OF_RANGE` */
  setParallelism(parallelism: number): this {
    return this.each((settings) => settings.setParallelism(parallelism));
  }

  /** @throws ConfigError `MAX_PARALLELISM_OUT_OF_RANGE` */
  setMaxParallelism(maxParallelism: number): this {
    return this.each((settings) => settings.setMaxParallelism(maxParallelism));
  }

  /** Writer and committer run in tasks of their own. */
  disableChaining(): this {
    return this.each((settings) => settings.setChainingStrategy('never'));
  }

  /** @throws ConfigError `INVALID_GRAPH` for a group that is known with other resources */
  slotSharingGroup(group: string | SlotSharingGroup): this {
    const { slotSharingGroups } = this.environment;
    return this.each((settings) => settings.setSlotSharingGroup(group, slotSharingGroups));
  }

  /** What plans say of the sink; its name unless set. */
  setDescription(description: string): this {
    this.writer.description = `${description}: Writer`;
    if (this.committer !== undefined) {
      this.committer.description = `${description}: Committer`;
    }
    return this;
  }

  private each(set: (settings: OperatorSettings) => void): this {
    for (const settings of this.settings) {
      set(settings);
    }
    return this;
  }
}

export function addSink<T, WriterStateT, CommT>(
  stream: DataStream<T>,
  sink: Sink<T, WriterStateT, CommT>,
  uidHashes: CustomSinkOperatorUidHashes = {},
): DataStreamSink<T> {
  checkObjectArgument('createWriter', sink, {
    call: 'sinkTo',
    expected: 'a sink, such as new PrintSink() or a FileSink',
  });
  const commits = sink.createCommitter !== undefined;
  const env = stream.executionEnvironment;
  const writer = addSinkOperator(
    env,
    stream.transformation,
    (name) => new SinkWriterOperator({ name, sink }),
    sink.coordinator,
  );
  writer.uidHash = uidHashes.writerUidHash;
  if (!commits) {
    return new DataStreamSink<T>(env, writer, undefined);
  }
  const committer = addSinkOperator(env, writer, (name) => new CommitterOperator({ name, sink }));
  committer.uidHash = uidHashes.committerUidHash;
  return new DataStreamSink<T>(env, writer, committer);
}

function addSinkOperator<IN>(
  env: StreamExecutionEnvironment,
  input: Transformation<IN>,
  createOperator: (name: string) => object,
  sinkCoordinator?: SinkCoordinator,
): OperatorTransformation<unknown> {
  const operator: OperatorTransformation<unknown> = new OperatorTransformation<unknown>({
    id: env.nextTransformationId(),
    name: DEFAULT_SINK_NAME,
    inputs: [input as Transformation<unknown>],
    parallelism: env.parallelism,
    createFactory: () => ({
      kind: 'one-input',
      sinkCoordinator,
      createOperator: () =>
        createOperator(operator.name) as OneInputStreamOperator<unknown, unknown>,
    }),
    type: undefined,
  });
  env.addOperator(operator);
  return operator;
}
