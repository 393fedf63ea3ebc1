/**
 * Streams of records: what a program is made of. A call adds a node to the program; nothing runs
 * before `execute`.
 *
 * The classes are in one file because each makes the others. A keyed stream, which is a stream too, is
 * made by the environment.
 *
 * Flink: DataStream, SingleOutputStreamOperator, SideOutputDataStream.
 */
import {
  CountEvictor,
  CountTrigger,
  type EventTimeStrategy,
  type FilterFunction,
  type FlatMapFunction,
  type FunctionOrFactory,
  type GlobalWindow,
  GlobalWindows,
  type KeySelector,
  type MapFunction,
  type OutputTag,
  type Partitioner,
  type PerSubtask,
  PrintSink,
  type ProcessFunction,
  PurgingTrigger,
  type Sink,
  type TypeInformation,
  type Window,
  type WindowAssigner,
} from '@millrace/core';
import {
  BroadcastPartitioner,
  type BroadcastStateDescriptor,
  CustomPartitionerWrapper,
  ForwardPartitioner,
  GlobalPartitioner,
  type OneInputStreamOperator,
  ProcessOperator,
  RebalancePartitioner,
  RescalePartitioner,
  ShufflePartitioner,
  StreamFilter,
  StreamFlatMap,
  StreamMap,
  type StreamPartitioner,
  TimestampsAndWatermarksOperator,
  type TwoInputStreamOperator,
} from '@millrace/runtime';
import { AllWindowedStream } from './all-windowed-stream.ts';
import { BroadcastConnectedStream, BroadcastStream } from './broadcast-stream.ts';
import { CoGroupedStreams } from './co-grouped-streams.ts';
import { type ExecuteAndCollectOptions, executeAndCollect } from './collect.ts';
import { ConnectedStreams } from './connected-streams.ts';
import {
  addSink,
  type CustomSinkOperatorUidHashes,
  type DataStreamSink,
} from './data-stream-sink.ts';
import {
  checkAssigner,
  checkKeySelector,
  checkOutputTag,
  flatMapArgument,
  functionArgument,
  functionObjectArgument,
  PROCESS,
} from './function-argument.ts';
import { JoinedStreams } from './joined-streams.ts';
import type { KeyedStream } from './keyed-stream.ts';
import {
  batchInputs,
  type KeyedInput,
  type OneInputOperatorOptions,
  type TwoInputOperatorOptions,
} from './operator-options.ts';
import { OperatorSettings } from './operator-settings.ts';
import { refuseAlignment } from './refuse-alignment.ts';
import { checkSameEnvironment } from './same-environment.ts';
import type { SlotSharingGroup } from './slot-sharing-group.ts';
import type { StreamExecutionEnvironment } from './stream-execution-environment.ts';
import {
  genericType,
  OperatorTransformation,
  PartitionTransformation,
  SideOutputTransformation,
  type Transformation,
  UnionTransformation,
} from './transformations.ts';

export class DataStream<T> {
  readonly executionEnvironment: StreamExecutionEnvironment;
  readonly transformation: Transformation<T>;

  constructor(environment: StreamExecutionEnvironment, transformation: Transformation<T>) {
    this.executionEnvironment = environment;
    this.transformation = transformation;
  }

  /** Type of the records. */
  get type(): TypeInformation<T> {
    return this.transformation.outputType;
  }

  /** One record in, one out. */
  map<R>(
    mapper: MapFunction<T, R> | PerSubtask<MapFunction<T, R>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const fn = functionArgument({ call: 'map', method: 'map' }, mapper);
    const options = { fn, ...this.keyedInput };
    return this.transform({
      name: 'Map',
      createOperator: (name) => new StreamMap({ name, ...options }),
      type,
    });
  }

  /** Keeps the records for which the function gives true. */
  filter<S extends T>(predicate: (value: T) => value is S): SingleOutputStreamOperator<S>;
  filter(
    predicate: FilterFunction<T> | PerSubtask<FilterFunction<T>>,
  ): SingleOutputStreamOperator<T>;
  filter(
    predicate: FilterFunction<T> | PerSubtask<FilterFunction<T>>,
  ): SingleOutputStreamOperator<T> {
    const fn = functionArgument({ call: 'filter', method: 'filter' }, predicate);
    const options = { fn, ...this.keyedInput };
    return this.transform<T>({
      name: 'Filter',
      createOperator: (name) => new StreamFilter({ name, ...options }),
      keepsType: true,
    });
  }

  /**
   * One record in, any number out. What is collected the compiler does not see: name it by `type`,
   * as in `flatMap(split, Types.STRING)`, or by a type argument, else it is `unknown`.
   */
  flatMap<R>(
    flatMapper: FlatMapFunction<T, R> | PerSubtask<FlatMapFunction<T, R>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const fn = flatMapArgument(flatMapper);
    const options = { fn, ...this.keyedInput };
    return this.transform({
      name: 'Flat Map',
      createOperator: (name) => new StreamFlatMap({ name, ...options }),
      type,
    });
  }

  /**
   * For functions that see times and side outputs. Timers and state need `keyBy` first.
   *
   * @param processFunction - an object, copied for each attempt of each subtask, or what makes one
   *   for each: `() => new Split()`
   * @throws ConfigError `UNSUPPORTED` for an object that cannot be copied
   */
  process<R>(
    processFunction: FunctionOrFactory<ProcessFunction<T, R>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const fn = functionObjectArgument(PROCESS, processFunction);
    const options = { fn, ...this.keyedInput };
    return this.transform({
      name: 'Process',
      createOperator: (name) => new ProcessOperator({ name, ...options }),
      type,
    });
  }

  /**
   * Splits the stream by key: functions after it see timers and state of one key at a time.
   *
   * @param keySelector - must give equal keys for equal records, never `undefined` or `null`
   * @throws ConfigError `KEY_TYPE_UNSUPPORTED` for a key type without a stable hash
   */
  keyBy<K extends NonNullable<unknown>>(
    keySelector: KeySelector<T, K>,
    keyType?: TypeInformation<K>,
  ): KeyedStream<T, K> {
    checkKeySelector('keyBy', keySelector);
    const key = { keySelector, keyType: keyType ?? genericType<K>() };
    return this.executionEnvironment.keyedStream(this, key);
  }

  /**
   * Groups all records into windows, in one subtask.
   *
   * @throws ConfigError `UNSUPPORTED` for an assigner that cannot be copied for each subtask
   */
  windowAll<W extends Window>(assigner: WindowAssigner<T, W>): AllWindowedStream<T, W> {
    checkAssigner('windowAll', assigner);
    return new AllWindowedStream(this, assigner);
  }

  /**
   * Windows of so many records, or, with a slide, of the last `size` records at each `slide`
   * records. In one subtask.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID` unless both are whole numbers from 1
   */
  countWindowAll(size: number, slide?: number): AllWindowedStream<T, GlobalWindow> {
    const windows = this.windowAll(GlobalWindows.create());
    return slide === undefined
      ? windows.trigger(PurgingTrigger.of(CountTrigger.of(size)))
      : windows.evictor(CountEvictor.of(size)).trigger(CountTrigger.of(slide));
  }

  /** The records of all streams, in no order. A stream given twice comes twice. */
  union(...streams: readonly DataStream<T>[]): DataStream<T> {
    for (const stream of streams) {
      checkSameEnvironment(this, stream);
    }
    const inputs = [this.transformation, ...streams.map((stream) => stream.transformation)];
    const env = this.executionEnvironment;
    return new DataStream(env, new UnionTransformation<T>(env.nextTransformationId(), inputs));
  }

  /**
   * Joins this stream with another one into the two inputs of one operator, which may have different
   * types. Between the two there is no order.
   */
  connect<T2>(other: BroadcastStream<T2>): BroadcastConnectedStream<T, T2>;
  connect<T2>(other: DataStream<T2>): ConnectedStreams<T, T2>;
  connect<T2>(
    other: BroadcastStream<T2> | DataStream<T2>,
  ): BroadcastConnectedStream<T, T2> | ConnectedStreams<T, T2> {
    return other instanceof BroadcastStream
      ? new BroadcastConnectedStream(this, other)
      : new ConnectedStreams<T, T2>(this, other);
  }

  /** Pairs of records of the two streams with equal keys in one window: inner join. */
  join<T2>(other: DataStream<T2>): JoinedStreams<T, T2> {
    return new JoinedStreams(this, other);
  }

  /** For each key and window that has records of either stream, all of both. */
  coGroup<T2>(other: DataStream<T2>): CoGroupedStreams<T, T2> {
    return new CoGroupedStreams(this, other);
  }

  /** Gives event time from here on; watermarks from before are dropped. Alignment is refused. */
  assignTimestampsAndWatermarks(strategy: EventTimeStrategy<T>): SingleOutputStreamOperator<T> {
    refuseAlignment(strategy);
    return this.transform<T>({
      name: 'Timestamps/Watermarks',
      createOperator: (name) =>
        new TimestampsAndWatermarksOperator({ name, watermarkStrategy: strategy }),
      keepsType: true,
    });
  }

  /** To the subtask of the same index. Both operators need one parallelism. */
  forward(): DataStream<T> {
    return this.partition(new ForwardPartitioner());
  }

  /** Evenly over all subtasks, in turn. */
  rebalance(): DataStream<T> {
    return this.partition(new RebalancePartitioner());
  }

  /** Evenly over the few subtasks that belong to each sender. */
  rescale(): DataStream<T> {
    return this.partition(new RescalePartitioner());
  }

  /** To random subtasks. */
  shuffle(): DataStream<T> {
    return this.partition(new ShufflePartitioner());
  }

  /** Each record to every subtask. */
  broadcast(): DataStream<T>;
  /** The same, and the operator that this stream is connected to keeps these states for it. */
  broadcast(
    descriptor: BroadcastStateDescriptor,
    ...more: readonly BroadcastStateDescriptor[]
  ): BroadcastStream<T>;
  broadcast(
    ...descriptors: readonly BroadcastStateDescriptor[]
  ): DataStream<T> | BroadcastStream<T> {
    const stream = this.partition(new BroadcastPartitioner());
    return descriptors.length === 0 ? stream : new BroadcastStream(stream, descriptors);
  }

  /** Everything to subtask 0. */
  global(): DataStream<T> {
    return this.partition(new GlobalPartitioner());
  }

  /** To the subtask that the partitioner names for the record's key. */
  partitionCustom<K>(partitioner: Partitioner<K>, keySelector: KeySelector<T, K>): DataStream<T> {
    checkKeySelector('partitionCustom', keySelector);
    return this.partition(new CustomPartitionerWrapper(partitioner, keySelector));
  }

  /** Hands the records to a sink, where they leave the program. */
  sinkTo<WriterStateT, CommT>(
    sink: Sink<T, WriterStateT, CommT>,
    uidHashes?: CustomSinkOperatorUidHashes,
  ): DataStreamSink<T> {
    return addSink(this, sink, uidHashes);
  }

  /** Writes each record as a line to standard output. At least once. */
  print(sinkIdentifier = ''): DataStreamSink<T> {
    return this.sinkTo(new PrintSink<T>({ sinkIdentifier })).name('Print to Std. Out');
  }

  printToErr(sinkIdentifier = ''): DataStreamSink<T> {
    const sink = new PrintSink<T>({ sinkIdentifier, standardError: true });
    return this.sinkTo(sink).name('Print to Std. Err');
  }

  /**
   * Runs the program and gives the records of this stream: all when its input ends, or the first
   * `limit`, which a number is too. Each once, also after failures. They are held in memory: give a
   * limit, or sink them, where they may be many millions.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID` for a limit that is not a whole number from 1
   */
  executeAndCollect(options: ExecuteAndCollectOptions | number = {}): Promise<T[]> {
    return executeAndCollect(this, options);
  }

  /** Adds an operator of one's own. Flink: DataStream.transform. */
  transform<R>(options: OneInputOperatorOptions<T, R>): SingleOutputStreamOperator<R> {
    const env = this.executionEnvironment;
    const input = this.transformation;
    const transformation: OperatorTransformation<R> = new OperatorTransformation<R>({
      id: env.nextTransformationId(),
      name: options.name,
      inputs: [input as Transformation<unknown>],
      parallelism: env.parallelism,
      createFactory: () => ({
        kind: 'one-input',
        createOperator: () =>
          options.createOperator(transformation.name) as OneInputStreamOperator<unknown, unknown>,
      }),
      type: options.type,
      batchInputs: batchInputs([this.keyedInput]),
      ...(options.keepsType ? { typeLike: input as unknown as Transformation<R> } : {}),
    });
    env.addOperator(transformation as OperatorTransformation<unknown>);
    return new SingleOutputStreamOperator(env, transformation);
  }

  /** For connected streams: an operator that reads this stream as input 1 and `second` as input 2. */
  transformWith<T2, R>(
    second: DataStream<T2>,
    options: TwoInputOperatorOptions<T, T2, R>,
  ): SingleOutputStreamOperator<R> {
    const env = this.executionEnvironment;
    checkSameEnvironment(this, second);
    const inputs = [this.transformation, second.transformation];
    const transformation: OperatorTransformation<R> = new OperatorTransformation<R>({
      id: env.nextTransformationId(),
      name: options.name,
      inputs: inputs as Transformation<unknown>[],
      parallelism: env.parallelism,
      createFactory: () => ({
        kind: 'two-input',
        createOperator: () =>
          options.createOperator(transformation.name) as TwoInputStreamOperator<
            unknown,
            unknown,
            unknown
          >,
      }),
      type: options.type,
      batchInputs: batchInputs([this.keyedInput, second.keyedInput], options.broadcastSecond),
    });
    env.addOperator(transformation as OperatorTransformation<unknown>);
    return new SingleOutputStreamOperator(env, transformation);
  }

  /** Given to every operator of this stream. */
  protected get keyedInput(): KeyedInput<T, unknown> | undefined {
    return undefined;
  }

  private partition(partitioner: StreamPartitioner<T>): DataStream<T> {
    const env = this.executionEnvironment;
    return new DataStream(
      env,
      new PartitionTransformation(env.nextTransformationId(), this.transformation, partitioner),
    );
  }
}

/** The records that an operator gives. Its settings are set here. */
export class SingleOutputStreamOperator<T> extends DataStream<T> {
  declare readonly transformation: OperatorTransformation<T>;
  private readonly settings: OperatorSettings;

  constructor(environment: StreamExecutionEnvironment, transformation: OperatorTransformation<T>) {
    super(environment, transformation);
    this.settings = new OperatorSettings(transformation);
  }

  /** Names the operator's state for ever: it is found again under this, whatever else changes. */
  uid(uid: string): this {
    this.settings.setUid(uid);
    return this;
  }

  /** An operator id of a snapshot, 32 hex digits, under which the state is looked for first. */
  setUidHash(uidHash: string): this {
    this.settings.setUidHash(uidHash);
    return this;
  }

  name(name: string): this {
    this.settings.setName(name);
    return this;
  }

  /** @throws ConfigError `PARALLELISM_OUT_OF_RANGE` */
  setParallelism(parallelism: number): this {
    this.settings.setParallelism(parallelism);
    return this;
  }

  /**
   * How many key groups the operator's keyed state has; fixed for the life of that state.
   *
   * @throws ConfigError `MAX_PARALLELISM_OUT_OF_RANGE`
   */
  setMaxParallelism(maxParallelism: number): this {
    this.settings.setMaxParallelism(maxParallelism);
    return this;
  }

  /** The operator runs in a task of its own. */
  disableChaining(): this {
    this.settings.setChainingStrategy('never');
    return this;
  }

  /** The operator begins a chain. */
  startNewChain(): this {
    this.settings.setChainingStrategy('head');
    return this;
  }

  /** One subtask, whatever else is set. Flink: SingleOutputStreamOperator.forceNonParallel. */
  forceNonParallel(): this {
    this.settings.forceNonParallel();
    return this;
  }

  /**
   * Of this operator, and of what follows and names none.
   *
   * @throws ConfigError `INVALID_GRAPH` for a group that is known with other resources
   */
  slotSharingGroup(group: string | SlotSharingGroup): this {
    this.settings.setSlotSharingGroup(group, this.executionEnvironment.slotSharingGroups);
    return this;
  }

  /** What plans say of the operator; its name unless set. */
  setDescription(description: string): this {
    this.settings.setDescription(description);
    return this;
  }

  /**
   * How long records wait in a buffer that is not full, in ms: 0 not at all, -1 until it is full.
   * The local deployment has no buffers.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID`
   */
  setBufferTimeout(timeoutMs: number): this {
    this.settings.setBufferTimeout(timeoutMs);
    return this;
  }

  /** Names the type of the records, where the program has not. */
  returns(type: TypeInformation<T>): this {
    this.transformation.type = type;
    return this;
  }

  /** What the operator sent to `tag`. */
  getSideOutput<X>(tag: OutputTag<X>): SideOutputDataStream<X> {
    checkOutputTag('getSideOutput', tag as OutputTag<unknown>);
    const env = this.executionEnvironment;
    return new SideOutputDataStream(
      env,
      new SideOutputTransformation(env.nextTransformationId(), this.transformation, tag),
    );
  }
}

export class SideOutputDataStream<T> extends DataStream<T> {}
