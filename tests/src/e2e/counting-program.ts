/**
 * A small program with one result that tells all: how often each key came.
 *
 * The last count of each key is exact only if nothing was lost and nothing came twice, over any
 * number of processes.
 */
import {
  type Collector,
  CollectSink,
  DataGeneratorSource,
  type ExecutionServices,
  type JobClient,
  type KeyedProcessContext,
  KeyedProcessFunction,
  RateLimiterStrategy,
  StreamExecutionEnvironment,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';

export const NUMBER_OF_KEYS = 10;
export const NUMBER_OF_RECORDS = 4_000;
const RECORDS_PER_CHECKPOINT = 400;

export interface KeyCount {
  readonly key: number;
  readonly count: number;
}

export interface CountingOptions {
  readonly configuration?: Readonly<Record<string, string>>;
  readonly services?: ExecutionServices;
  /** Of the state `count`. */
  readonly countType?: TypeInformation<number>;
  /** Called for each record before it is counted. */
  readonly onRecord?: (value: number) => void;
  readonly uid?: string;
  readonly maxParallelism?: number;
}

export interface CountingProgram {
  readonly env: StreamExecutionEnvironment;
  readonly sink: CollectSink<KeyCount>;
}

class CountKeys extends KeyedProcessFunction<number, number, KeyCount> {
  private readonly options: CountingOptions;
  private count!: ValueState<number>;

  constructor(options: CountingOptions) {
    super();
    this.options = options;
  }

  override open(): void {
    const type = this.options.countType ?? Types.LONG;
    this.count = this.runtimeContext.getState(new ValueStateDescriptor('count', type));
  }

  override processElement(
    value: number,
    context: KeyedProcessContext<number>,
    out: Collector<KeyCount>,
  ): void {
    this.options.onRecord?.(value);
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    out.collect({ key: context.currentKey, count });
  }
}

export function countingProgram(options: CountingOptions = {}): CountingProgram {
  const env = StreamExecutionEnvironment.createLocalEnvironment(options.configuration ?? {});
  env.setServices(options.services ?? {});
  const sink = new CollectSink<KeyCount>();
  const rateLimiterStrategy = RateLimiterStrategy.perCheckpoint(RECORDS_PER_CHECKPOINT);
  const withoutCheckpoints =
    options.configuration?.['execution.checkpointing.interval'] === undefined;
  const counts = env
    .fromSource(
      new DataGeneratorSource(
        (index) => index,
        NUMBER_OF_RECORDS,
        withoutCheckpoints ? {} : { rateLimiterStrategy },
      ),
      WatermarkStrategy.noWatermarks<number>(),
      'numbers',
      Types.LONG,
    )
    .uid('numbers')
    .keyBy((value) => value % NUMBER_OF_KEYS, Types.LONG)
    .process(new CountKeys(options))
    .name('count keys')
    .uid(options.uid ?? 'counts');
  if (options.maxParallelism !== undefined) {
    counts.setMaxParallelism(options.maxParallelism);
  }
  counts.sinkTo(sink).uid('results').setParallelism(1);
  return { env, sink };
}

/** With checkpoints in `folder` that outlive a cancelled job. */
export function checkpointsIn(folder: string): Record<string, string> {
  return {
    'execution.checkpointing.interval': '10 ms',
    'execution.checkpointing.dir': folder,
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    'execution.checkpointing.data-inline-threshold': '64 b',
    'restart-strategy.type': 'none',
  };
}

/** Runs the job until `checkpoints` of it are complete, then cancels it. @returns the last one's path */
export async function retainedCheckpoint(
  program: CountingProgram,
  checkpoints = 3,
): Promise<string> {
  const job = await program.env.executeAsync('counting');
  const ended = job.jobExecutionResult().catch((error: unknown) => error);
  await completedCheckpoints(job, checkpoints);
  await job.cancel();
  await ended;
  const path = job
    .details()
    .checkpoints.history.find(({ status }) => status === 'COMPLETED')?.externalPointer;
  if (path === undefined) {
    throw new Error('no checkpoint was completed');
  }
  return path;
}

export async function completedCheckpoints(job: JobClient, wanted: number): Promise<void> {
  while (job.details().checkpoints.counts.completed < wanted) {
    if (job.jobStatus() === 'FAILED' || job.jobStatus() === 'FINISHED') {
      await job.jobExecutionResult();
      throw new Error(`the job finished before ${wanted} checkpoints were complete`);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The last count of each key, in the order of the keys. */
export function lastCounts(sink: CollectSink<KeyCount>): number[] {
  const counts = new Array<number>(NUMBER_OF_KEYS).fill(0);
  for (const { key, count } of sink.results) {
    counts[key] = Math.max(counts[key] ?? 0, count);
  }
  return counts;
}

/** What `lastCounts` gives when nothing was lost or came twice. */
export const EXACT_COUNTS: readonly number[] = new Array<number>(NUMBER_OF_KEYS).fill(
  NUMBER_OF_RECORDS / NUMBER_OF_KEYS,
);
