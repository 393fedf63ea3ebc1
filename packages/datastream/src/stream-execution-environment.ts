/**
 * Where a program begins and where it is run.
 *
 * What is set twice counts in this order: what the program passes or sets, then `-D key=value` on
 * its command line, then the file in `MILLRACE_CONF_DIR` or `FLINK_CONF_DIR`.
 *
 * Flink: StreamExecutionEnvironment.
 */
import {
  CheckpointingOptions,
  CollectionSource,
  Configuration,
  checkObjectArgument,
  type Duration,
  type EventTimeStrategy,
  ExecutionOptions,
  errorCode,
  NumberSequenceSource,
  PipelineOptions,
  producedTypeOf,
  RestOptions,
  SavepointRestoreSettings,
  type SocketTextOptions,
  SocketTextSource,
  type Source,
  type SourceSplit,
  type TypeInformation,
  Types,
  WatermarkStrategy,
} from '@millrace/core';
import {
  type CheckpointingMode,
  createJobGraph,
  describeJobGraph,
  type ExecuteJobOptions,
  executeJob,
  type JobClient,
  type JobExecutionResult,
  loadGlobalConfiguration,
  parseDynamicProperties,
  resultsRead,
  SourceOperator,
  type SourceStreamOperator,
  type StreamGraph,
  streamingPlanJson,
} from '@millrace/runtime';
import { CheckpointConfig } from './checkpoint-config.ts';
import type { DataStream } from './data-stream.ts';
import { DataStreamSource } from './data-stream-source.ts';
import { ExecutionConfig } from './execution-config.ts';
import { checkWatermarkStrategy } from './function-argument.ts';
import type { JobListener } from './job-listener.ts';
import { KeyedStream } from './keyed-stream.ts';
import type { KeyedInput } from './operator-options.ts';
import { checkedBufferTimeout } from './operator-settings.ts';
import { type SlotSharingGroup, SlotSharingGroups } from './slot-sharing-group.ts';
import { checkedStateBackend } from './state-backend-argument.ts';
import { generateStreamGraph } from './stream-graph-generator.ts';
import { OperatorTransformation } from './transformations.ts';

/** Settings by option, or as text by key. */
export type ConfigurationLike = Configuration | Readonly<Record<string, string>>;

/** Flink: RuntimeExecutionMode. */
export type RuntimeExecutionMode = 'STREAMING' | 'BATCH' | 'AUTOMATIC';

export type ExecutionServices = Pick<
  ExecuteJobOptions,
  'clock' | 'fileSystems' | 'program' | 'random' | 'shuffleTurns' | 'slots' | 'warn'
>;

type StateBackend = NonNullable<ExecuteJobOptions['stateBackend']>;

export class StreamExecutionEnvironment {
  readonly configuration: Configuration;
  readonly checkpointConfig: CheckpointConfig;
  /** The same settings as `configuration`, by name. */
  readonly config: ExecutionConfig;
  /** Groups that come with resources. */
  readonly slotSharingGroups: SlotSharingGroups = new SlotSharingGroups();
  private readonly listeners: JobListener[] = [];
  private stateBackend: StateBackend | undefined = undefined;
  private services: ExecutionServices = {};
  private operators: OperatorTransformation<unknown>[] = [];
  private lastTransformationId = 0;

  private constructor(configuration: Configuration) {
    this.configuration = configuration;
    this.checkpointConfig = new CheckpointConfig(configuration);
    this.config = new ExecutionConfig(configuration);
  }

  /**
   * @param configuration - wins over the command line and the configuration file
   * @throws ConfigError `CONFIG_FILE_UNREADABLE`, `CONFIG_VALUE_INVALID`
   */
  static getExecutionEnvironment(
    configuration: ConfigurationLike = {},
  ): StreamExecutionEnvironment {
    const confDir = process.env.MILLRACE_CONF_DIR ?? process.env.FLINK_CONF_DIR;
    const merged = loadGlobalConfiguration({ confDir })
      .addAll(parseDynamicProperties(process.argv.slice(2)).configuration)
      .addAll(toConfiguration(configuration));
    return new StreamExecutionEnvironment(merged);
  }

  /** Nothing but what the program says: no file, no command line. */
  static createLocalEnvironment(configuration: ConfigurationLike = {}): StreamExecutionEnvironment {
    return new StreamExecutionEnvironment(toConfiguration(configuration).clone());
  }

  /**
   * A local environment whose jobs are seen and steered over REST, at port 8081 unless `rest.port` or
   * `rest.bind-port` is set.
   */
  static createLocalEnvironmentWithWebUI(
    configuration: ConfigurationLike = {},
  ): StreamExecutionEnvironment {
    const env = StreamExecutionEnvironment.createLocalEnvironment(configuration);
    const settings = env.configuration;
    if (!settings.contains(RestOptions.PORT) && !settings.contains(RestOptions.BIND_PORT)) {
      settings.set(RestOptions.PORT, RestOptions.PORT.defaultValue);
    }
    return env;
  }

  /** Takes over settings; they win over those that are there. */
  configure(configuration: ConfigurationLike): this {
    this.configuration.addAll(toConfiguration(configuration));
    return this;
  }

  /** What the job starts from. Wins over the settings that are there. */
  setSavepointRestoreSettings(settings: SavepointRestoreSettings): this {
    SavepointRestoreSettings.toConfiguration(settings, this.configuration);
    return this;
  }

  /** Of operators that are added from now on and set none. */
  get parallelism(): number {
    return this.config.parallelism;
  }

  /** @throws ConfigError `PARALLELISM_OUT_OF_RANGE` */
  setParallelism(parallelism: number): this {
    this.config.setParallelism(parallelism);
    return this;
  }

  /**
   * Of all operators that set none.
   *
   * @throws ConfigError `MAX_PARALLELISM_OUT_OF_RANGE`
   */
  setMaxParallelism(maxParallelism: number): this {
    this.config.setMaxParallelism(maxParallelism);
    return this;
  }

  /**
   * Of all operators that set none, in ms: 0 at once, -1 when a buffer is full. The local
   * deployment has no buffers.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID`
   */
  setBufferTimeout(timeoutMs: number): this {
    const never = checkedBufferTimeout(timeoutMs) === -1;
    this.configuration.set(ExecutionOptions.BUFFER_TIMEOUT_ENABLED, !never);
    if (!never) {
      this.configuration.set(ExecutionOptions.BUFFER_TIMEOUT, timeoutMs);
    }
    return this;
  }

  /** Makes a group known that operators then name. @throws ConfigError `INVALID_GRAPH` */
  registerSlotSharingGroup(group: SlotSharingGroup): this {
    this.slotSharingGroups.register(group);
    return this;
  }

  /** Tells of the jobs that start from now on. */
  registerJobListener(listener: JobListener): this {
    this.listeners.push(listener);
    return this;
  }

  clearJobListeners(): this {
    this.listeners.length = 0;
    return this;
  }

  get jobListeners(): readonly JobListener[] {
    return [...this.listeners];
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` for an interval below 10 ms */
  enableCheckpointing(interval: Duration, mode?: CheckpointingMode): this {
    this.configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, interval);
    if (mode !== undefined) {
      this.configuration.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, mode);
    }
    return this;
  }

  /** Wins over `state.backend.type`. @throws ConfigError `CONFIG_VALUE_INVALID` for what is no backend */
  setStateBackend(backend: StateBackend): this {
    this.stateBackend = checkedStateBackend(backend);
    return this;
  }

  /**
   * How programs are run: as a stream, as a batch (sources are bounded; inputs of operators with keys
   * come key after key; only final results), or as a batch where all sources are bounded.
   */
  setRuntimeMode(mode: RuntimeExecutionMode): this {
    this.configuration.set(ExecutionOptions.RUNTIME_MODE, mode);
    return this;
  }

  /** What the job stands on: its clock, chance, file systems, program. For tests and simulations. */
  setServices(services: ExecutionServices): this {
    this.services = { ...this.services, ...services };
    return this;
  }

  disableOperatorChaining(): this {
    this.configuration.set(PipelineOptions.OPERATOR_CHAINING, false);
    return this;
  }

  /** Reads a source. Its type is that given here, else that which the source knows. */
  fromSource<T, SplitT extends SourceSplit, EnumChkT>(
    source: Source<T, SplitT, EnumChkT>,
    watermarkStrategy: EventTimeStrategy<T>,
    sourceName: string,
    type?: TypeInformation<T>,
  ): DataStreamSource<T> {
    const expected = 'a source, such as a FileSource';
    checkObjectArgument('createReader', source, { call: 'fromSource', expected });
    checkWatermarkStrategy('fromSource', watermarkStrategy);
    return this.addSource({ source, watermarkStrategy, sourceName, type });
  }

  /** The elements in their order, in one subtask. */
  fromData<T>(elements: readonly T[], type?: TypeInformation<T>): DataStreamSource<T> {
    return this.fromCollection(elements, type);
  }

  /** The elements in their order, in one subtask. The iterable is read now, once. */
  fromCollection<T>(elements: Iterable<T>, type?: TypeInformation<T>): DataStreamSource<T> {
    return this.addSource({
      source: new CollectionSource(elements, type),
      watermarkStrategy: WatermarkStrategy.noWatermarks<T>(),
      sourceName: 'Collection Source',
      type,
      parallelismMax: 1,
    });
  }

  /**
   * The whole numbers `from` to `to`, both included, in parallel.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID` unless `from` is at most `to`
   */
  fromSequence(from: number, to: number): DataStreamSource<number> {
    return this.addSource({
      source: new NumberSequenceSource(from, to),
      watermarkStrategy: WatermarkStrategy.noWatermarks<number>(),
      sourceName: 'Sequence Source',
      type: Types.LONG,
    });
  }

  /**
   * Text from a socket, cut at a delimiter, in one subtask. It is not read again after a failure.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID`
   */
  socketTextStream(
    host: string,
    port: number,
    options: Omit<SocketTextOptions, 'host' | 'port'> = {},
  ): DataStreamSource<string> {
    return this.addSource({
      source: new SocketTextSource({ ...options, host, port }),
      watermarkStrategy: WatermarkStrategy.noWatermarks<string>(),
      sourceName: 'Socket Stream',
      type: Types.STRING,
      parallelismMax: 1,
    });
  }

  /**
   * The program so far.
   *
   * @throws ConfigError `PARALLELISM_OUT_OF_RANGE`, `MAX_PARALLELISM_OUT_OF_RANGE`, `INVALID_GRAPH`
   */
  getStreamGraph(): StreamGraph {
    return generateStreamGraph(this.operators, this.configuration);
  }

  /** The program so far as JSON in the form of Flink's plans, before chaining. */
  getExecutionPlan(): string {
    return streamingPlanJson(this.getStreamGraph());
  }

  /** The program so far as text: chains, operator ids, and how records travel. */
  describeJobGraph(): string {
    return describeJobGraph(createJobGraph(this.getStreamGraph()));
  }

  /**
   * Runs the program to its end.
   *
   * @throws ConfigError for a program that cannot run
   * @throws the error that failed the job
   */
  async execute(jobName?: string): Promise<JobExecutionResult> {
    const client = await this.executeAsync(jobName);
    const listeners = this.jobListeners;
    let result: JobExecutionResult;
    try {
      result = await client.jobExecutionResult();
    } catch (error) {
      for (const listener of listeners) {
        listener.onJobExecuted(undefined, error);
      }
      if (errorCode(error) === 'JOB_CANCELED') {
        await resultsRead();
      }
      throw error;
    }
    for (const listener of listeners) {
      listener.onJobExecuted(result, undefined);
    }
    return result;
  }

  /** Starts the program. The environment is empty again and ready for another one. */
  async executeAsync(jobName?: string): Promise<JobClient> {
    const listeners = this.jobListeners;
    let client: JobClient;
    try {
      client = await this.submit(jobName);
    } catch (error) {
      for (const listener of listeners) {
        listener.onJobSubmitted(undefined, error);
      }
      throw error;
    }
    for (const listener of listeners) {
      listener.onJobSubmitted(client, undefined);
    }
    return client;
  }

  private async submit(jobName: string | undefined): Promise<JobClient> {
    if (jobName !== undefined) {
      this.configuration.set(PipelineOptions.NAME, jobName);
    }
    const jobGraph = createJobGraph(this.getStreamGraph());
    this.operators = [];
    const { checkpointStorage } = this.checkpointConfig;
    return executeJob(jobGraph, {
      ...this.services,
      configuration: this.configuration.clone(),
      ...(this.stateBackend === undefined ? {} : { stateBackend: this.stateBackend }),
      ...(checkpointStorage === undefined ? {} : { checkpointStorage }),
    });
  }

  /** For streams: the program gets this operator. Sources come in with what reads them. */
  addOperator(operator: OperatorTransformation<unknown>): void {
    this.operators.push(operator);
  }

  /** For streams: ids rise in the order of the program. */
  nextTransformationId(): number {
    this.lastTransformationId += 1;
    return this.lastTransformationId;
  }

  /** For streams: `keyBy`. A stream cannot make what is a stream itself in another file. */
  keyedStream<T, K>(stream: DataStream<T>, key: KeyedInput<T, K>): KeyedStream<T, K> {
    return new KeyedStream(stream, key);
  }

  private addSource<T, SplitT extends SourceSplit, EnumChkT>(options: {
    readonly source: Source<T, SplitT, EnumChkT>;
    readonly watermarkStrategy: EventTimeStrategy<T>;
    readonly sourceName: string;
    readonly type: TypeInformation<T> | undefined;
    readonly parallelismMax?: number;
  }): DataStreamSource<T> {
    const { source, watermarkStrategy, parallelismMax } = options;
    const transformation: OperatorTransformation<T> = new OperatorTransformation<T>({
      id: this.nextTransformationId(),
      name: `Source: ${options.sourceName}`,
      inputs: [],
      parallelism: Math.min(this.parallelism, parallelismMax ?? Number.POSITIVE_INFINITY),
      createFactory: () => ({
        kind: 'source',
        source: source as unknown as Source<unknown, SourceSplit, unknown>,
        watermarkAlignment: watermarkStrategy.alignmentParameters,
        createOperator: () =>
          new SourceOperator({
            name: transformation.name,
            source,
            watermarkStrategy,
            allowUnalignedSourceSplits: this.configuration.get(
              PipelineOptions.ALLOW_UNALIGNED_SOURCE_SPLITS,
            ),
          }) as SourceStreamOperator<unknown>,
      }),
      type: options.type ?? producedTypeOf<T>(source),
      ...(parallelismMax === undefined ? {} : { parallelismMax }),
    });
    return new DataStreamSource(this, transformation);
  }
}

function toConfiguration(configuration: ConfigurationLike): Configuration {
  return configuration instanceof Configuration
    ? configuration
    : Configuration.fromMap(configuration);
}
