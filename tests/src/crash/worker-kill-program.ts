/**
 * The job of the crash test of worker threads: its workers are killed as planned, and the job goes on
 * by itself until it finishes. In its end it tells what it went through.
 *
 *     node worker-kill-program.js SETTINGS
 */
import { join } from 'node:path';
import { isMainThread, type Worker } from 'node:worker_threads';
import { SeededRandom } from '@millrace/testing';
import {
  type CheckpointedFunction,
  type CheckpointListener,
  type Collector,
  csvEncoder,
  DataGeneratorSource,
  EventTimeSessionWindows,
  FileSink,
  type JobClient,
  KeyedProcessFunction,
  RateLimiterStrategy,
  RichFunction,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';
import {
  Saboteur,
  type SubtaskAttempts,
  subtaskName,
  tellKill,
  type WorkerKill,
} from './worker-kill.ts';

export interface WorkerKillSettings {
  readonly root: string;
  readonly parallelism: number;
  /** By attempt. */
  readonly kills: readonly WorkerKill[];
  readonly configuration: Readonly<Record<string, string>>;
  /** The job has several regions. */
  readonly hasAside: boolean;
}

/** What the program tells in its end, as JSON. */
export interface WorkerKillReport {
  readonly numberOfRestarts: number;
  readonly lastAttempts: SubtaskAttempts;
  readonly restoredCheckpointId: number | undefined;
  readonly workersStarted: number;
  readonly checkpointsCompleted: number;
}

interface Sum {
  readonly key: string;
  readonly time: number;
  readonly value: number;
}

const NUMBER_OF_EVENTS = 16_000;
const NUMBER_OF_KEYS = 100;
/** So there are some twenty checkpoints, on a machine of any speed. */
const EVENTS_PER_CHECKPOINT = 800;
const START = 1_700_000_000_000;
const DISORDER_MS = 4_000;
const POLL_MS = 5;

const SUM = Types.POJO<Sum>('org.millrace.tests.Sum', {
  key: Types.STRING,
  time: Types.LONG,
  value: Types.LONG,
});

function eventOf(index: number): Sum {
  const random = new SeededRandom(index);
  return {
    key: `key-${random.nextInt(NUMBER_OF_KEYS)}`,
    time: START + index * 30 - random.nextInt(DISORDER_MS),
    value: random.nextInt(1_000),
  };
}

/** Passes records on, and is where the kills are that come with a record or a checkpoint. */
class Sabotaged extends RichFunction implements CheckpointedFunction, CheckpointListener {
  private readonly kills: readonly WorkerKill[];
  private saboteur: Saboteur | undefined;

  constructor(kills: readonly WorkerKill[]) {
    super();
    this.kills = kills;
  }

  initializeState(): void {}

  override open(): void {
    this.saboteur = new Saboteur(this.kills, this.runtimeContext.taskInfo);
    this.saboteur.meet('open');
  }

  map(event: Sum): Sum {
    this.saboteur?.meet('record');
    return event;
  }

  snapshotState(): void {
    this.saboteur?.meet('snapshot');
  }

  notifyCheckpointComplete(): void {
    this.saboteur?.meet('commit');
  }
}

/** Sums of the windows of each key so far: what is lost once, or counted twice, is never made good. */
class Totals extends KeyedProcessFunction<string, Sum, Sum> {
  private total!: ValueState<number>;

  override open(): void {
    this.total = this.runtimeContext.getState(new ValueStateDescriptor('total', Types.LONG));
  }

  override processElement(sum: Sum, _context: unknown, out: Collector<Sum>): void {
    const value = (this.total.value() ?? 0) + sum.value;
    this.total.update(value);
    out.collect({ key: sum.key, time: sum.time, value });
  }
}

function build(
  env: StreamExecutionEnvironment,
  { root, kills, hasAside }: WorkerKillSettings,
): void {
  const events = env
    .fromSource(
      new DataGeneratorSource(eventOf, NUMBER_OF_EVENTS, {
        rateLimiterStrategy: RateLimiterStrategy.perCheckpoint(EVENTS_PER_CHECKPOINT),
        type: SUM,
      }),
      WatermarkStrategy.forGenerator<Sum>(() => ({
        onEvent: (_event, time, output) => output.emitWatermark(time - DISORDER_MS - 1),
        onPeriodicEmit: () => {},
      })).withTimestampAssigner((event) => event.time),
      'events',
    )
    .uid('events')
    // Away from the source, so that records of it are on their way when its worker dies.
    .rebalance()
    .map(new Sabotaged(kills), SUM)
    .uid('sabotaged')
    .keyBy((event) => event.key, Types.STRING);
  const add = (a: Sum, b: Sum): Sum => ({
    key: a.key,
    time: Math.max(a.time, b.time),
    value: a.value + b.value,
  });
  const files = (name: string) =>
    FileSink.forRowFormat(
      join(root, 'output', name),
      csvEncoder<Sum>({ columns: ['key', 'time', 'value'] }),
      { rollingPolicy: { maxPartSizeBytes: 4 * 1024 } },
    );
  events
    .window(TumblingEventTimeWindows.of(10_000))
    .reduce(add)
    .uid('tumbling')
    .keyBy((sum) => sum.key, Types.STRING)
    .process(new Totals(), SUM)
    .uid('totals')
    .sinkTo(files('totals'))
    .uid('totals-files');
  events
    .window(EventTimeSessionWindows.withGap(5_000))
    .reduce(add)
    .uid('sessions')
    .sinkTo(files('sessions'))
    .uid('sessions-files');
  if (hasAside) {
    addAside(env, kills, files('aside'));
  }
}

/** A pipeline whose subtasks are a region each, beside the large one: a worker has tasks of both. */
function addAside(
  env: StreamExecutionEnvironment,
  kills: readonly WorkerKill[],
  files: FileSink<Sum>,
): void {
  env
    .fromSource(
      new DataGeneratorSource(eventOf, NUMBER_OF_EVENTS, {
        rateLimiterStrategy: RateLimiterStrategy.perCheckpoint(EVENTS_PER_CHECKPOINT),
        type: SUM,
      }),
      WatermarkStrategy.noWatermarks<Sum>(),
      'aside',
    )
    .uid('aside')
    .map(new Sabotaged(kills), SUM)
    .uid('sabotaged-aside')
    .sinkTo(files)
    .uid('aside-files');
}

/** The kills that come from this thread: a worker is ended while it does whatever it does. */
class Terminator {
  readonly workers: Worker[] = [];
  private readonly plans: readonly WorkerKill[];
  private done = -1;

  constructor(plans: readonly WorkerKill[]) {
    this.plans = plans;
    process.on('worker', (worker) => this.workers.push(worker));
  }

  watch(job: JobClient): NodeJS.Timeout {
    return setInterval(() => {
      const { status, numberOfRestarts } = job.details();
      const plan = this.plans[numberOfRestarts];
      if (status === 'RUNNING' && plan?.way === 'terminate' && this.done < numberOfRestarts) {
        this.done = numberOfRestarts;
        setTimeout(() => this.terminate(plan, numberOfRestarts), plan.after);
      }
    }, POLL_MS);
  }

  private terminate(plan: WorkerKill, attempt: number): void {
    // One that has ended has no thread id any more.
    const alive = this.workers.filter(({ threadId }) => threadId > 0);
    const worker = alive[plan.subtask % alive.length];
    if (worker !== undefined) {
      tellKill(plan, attempt);
      void worker.terminate();
    }
  }
}

const settings: WorkerKillSettings = JSON.parse(process.argv[2] as string);
const terminator = new Terminator(settings.kills);
const env = StreamExecutionEnvironment.createLocalEnvironment({
  'execution.target': 'threads',
  'parallelism.default': String(settings.parallelism),
  'execution.checkpointing.interval': '10 ms',
  // Small state too is written to files of its own.
  'execution.checkpointing.data-inline-threshold': '256 b',
  'execution.checkpointing.dir': join(settings.root, 'checkpoints'),
  'restart-strategy.type': 'fixed-delay',
  'restart-strategy.fixed-delay.attempts': '1000',
  'restart-strategy.fixed-delay.delay': '1 ms',
  'taskmanager.memory.task.heap.size': '64 mb',
  'heartbeat.interval': '200 ms',
  'heartbeat.timeout': '4 s',
  ...settings.configuration,
});
build(env, settings);
const job = await env.executeAsync('worker kills');
const watch = isMainThread ? terminator.watch(job) : undefined;
await job.jobExecutionResult();
clearInterval(watch);
const { numberOfRestarts, restoredCheckpointId, checkpoints, vertices } = job.details();
const report: WorkerKillReport = {
  numberOfRestarts,
  lastAttempts: Object.fromEntries(
    vertices.flatMap(({ name, subtasks }) =>
      subtasks.map(({ subtask, attempt }) => [subtaskName(name, subtask), attempt]),
    ),
  ),
  restoredCheckpointId,
  workersStarted: terminator.workers.length,
  checkpointsCompleted: checkpoints.counts.completed,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
