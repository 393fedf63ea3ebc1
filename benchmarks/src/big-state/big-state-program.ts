/**
 * The big-state job in a process of its own, to be killed and started again. It says how it goes in lines
 * of JSON (`BigStateReport`), and fails at the first read that finds something else than it must.
 *
 *     node big-state-program.js '{"root":…}'
 */
import { join } from 'node:path';
import {
  DataGeneratorSource,
  DiscardingSink,
  type JobClient,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type RateLimiter,
  StreamExecutionEnvironment,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';
import {
  type BigStateRecord,
  BigStateRecords,
  type BigStateSizes,
  filledValue,
} from './big-state-records.ts';

export interface BigStateProgramOptions extends BigStateSizes {
  readonly root: string;
  readonly backend: string;
  readonly parallelism: number;
  readonly managedMemory: string;
  readonly checkpointInterval: string;
  /** No record from this index on comes, so that the process can be killed before; -1 for none. */
  readonly holdAt: number;
}

export interface BigStateReport {
  /** Since the process began. */
  readonly ms: number;
  readonly rssMiB: number;
  readonly peakMiB: number;
  /** Of this process. */
  readonly records: number;
  /** The largest index that this process has met. */
  readonly index: number;
  /** Reads that found what they must. */
  readonly reads: number;
  /** When this process met its first record, and about its last one, ms; 0 before. */
  readonly firstRecordMs: number;
  readonly lastRecordMs: number;
  readonly restoredCheckpointId: number | undefined;
  /** Those that completed since the last line. */
  readonly checkpoints: readonly CheckpointReport[];
  readonly finished: boolean;
}

export interface CheckpointReport {
  readonly checkpointId: number;
  readonly endToEndMs: number;
  /** Of the slowest subtask. */
  readonly syncMs: number;
  readonly asyncMs: number;
  readonly fullBytes: number;
  /** Written anew. */
  readonly deltaBytes: number;
}

const REPORT_INTERVAL_MS = 250;
const BYTES_PER_MIB = 1024 * 1024;

const met = { records: 0, index: -1, reads: 0, firstRecordMs: 0, lastRecordMs: 0 };
/** So that the time is asked for now and then only. */
const RECORDS_PER_LOOK = 1024;

class Touch extends KeyedProcessFunction<number, number, never> {
  private readonly records: BigStateRecords;
  private value!: ValueState<number>;

  constructor(records: BigStateRecords) {
    super();
    this.records = records;
  }

  override open(): void {
    this.value = this.runtimeContext.getState(new ValueStateDescriptor('value', Types.LONG));
  }

  override processElement(index: number, _context: KeyedProcessContext<number>): void {
    const record = this.records.recordOf(index);
    if (met.records++ % RECORDS_PER_LOOK === 0) {
      met.lastRecordMs = performance.now();
      met.firstRecordMs ||= met.lastRecordMs;
    }
    met.index = Math.max(met.index, index);
    switch (record.action) {
      case 'fill':
        this.value.update(filledValue(record.key));
        return;
      case 'touch':
        this.value.update((this.value.value() ?? Number.NaN) + 1);
        return;
      default:
        this.check(record);
    }
  }

  private check({ key, expected }: BigStateRecord): void {
    const found = this.value.value();
    if (found !== expected) {
      throw new Error(`key ${key} holds ${found}, and must hold ${expected}`);
    }
    met.reads++;
  }
}

/** Indexes as they come, up to where they are held. */
class HeldIndexes implements RateLimiter {
  private readonly holdAt: number;
  private last = -1;

  constructor(holdAt: number) {
    this.holdAt = holdAt;
  }

  readonly map = (index: number): number => {
    this.last = index;
    return index;
  };

  acquire(wanted: number): number {
    // Before the first one comes nobody knows which it is.
    const left = this.last === -1 ? 1 : this.holdAt - 1 - this.last;
    return Math.max(0, Math.min(wanted, left));
  }

  whenAvailable(): Promise<void> {
    return new Promise(() => {});
  }

  notifyCheckpointComplete(): void {}

  close(): void {}
}

function startJob(options: BigStateProgramOptions): Promise<JobClient> {
  const { root } = options;
  const records = new BigStateRecords(options);
  const held = new HeldIndexes(options.holdAt);
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'parallelism.default': String(options.parallelism),
    'pipeline.max-parallelism': '128',
    'pipeline.object-reuse': 'true',
    'state.backend.type': options.backend,
    'state.backend.rocksdb.localdir': join(root, 'local'),
    'taskmanager.memory.managed.size': options.managedMemory,
    'execution.checkpointing.incremental': 'true',
    'execution.checkpointing.interval': options.checkpointInterval,
    'execution.checkpointing.timeout': '30 min',
    'execution.checkpointing.dir': join(root, 'checkpoints'),
    'high-availability.type': 'filesystem',
    'high-availability.storageDir': join(root, 'high-availability'),
    'restart-strategy.type': 'none',
  });
  env
    .fromSource(
      new DataGeneratorSource(held.map, records.count, {
        rateLimiterStrategy: { createRateLimiter: () => (options.holdAt < 0 ? undefined : held) },
      }),
      WatermarkStrategy.noWatermarks<number>(),
      'records',
      Types.LONG,
    )
    .uid('records')
    .setParallelism(1)
    .keyBy((index) => records.recordOf(index).key, Types.LONG)
    .process(new Touch(records))
    .uid('touch')
    .sinkTo(new DiscardingSink())
    .uid('nothing');
  return env.executeAsync('big state');
}

class Reporter {
  private readonly job: JobClient;
  private lastCheckpointId = 0;

  constructor(job: JobClient) {
    this.job = job;
    this.lastCheckpointId = job.details().restoredCheckpointId ?? 0;
  }

  report(finished: boolean): void {
    const report: BigStateReport = {
      ms: performance.now(),
      rssMiB: process.memoryUsage.rss() / BYTES_PER_MIB,
      peakMiB: process.resourceUsage().maxRSS / 1024,
      ...met,
      restoredCheckpointId: this.job.details().restoredCheckpointId,
      checkpoints: this.newCheckpoints(),
      finished,
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  }

  private newCheckpoints(): CheckpointReport[] {
    const completed = this.job
      .details()
      .checkpoints.history.filter(({ status }) => status === 'COMPLETED')
      .filter(({ checkpointId }) => checkpointId > this.lastCheckpointId)
      .reverse();
    this.lastCheckpointId = completed.at(-1)?.checkpointId ?? this.lastCheckpointId;
    return completed.map((checkpoint) => ({
      checkpointId: checkpoint.checkpointId,
      endToEndMs: checkpoint.endToEndDurationMs,
      syncMs: Math.max(0, ...checkpoint.subtasks.map(({ syncDurationMs }) => syncDurationMs)),
      asyncMs: Math.max(0, ...checkpoint.subtasks.map(({ asyncDurationMs }) => asyncDurationMs)),
      fullBytes: checkpoint.stateSizeBytes,
      deltaBytes: checkpoint.checkpointedSizeBytes,
    }));
  }
}

const job = await startJob(JSON.parse(process.argv[2] as string));
const reporter = new Reporter(job);
const timer = setInterval(() => reporter.report(false), REPORT_INTERVAL_MS);
await job.jobExecutionResult();
clearInterval(timer);
reporter.report(true);
