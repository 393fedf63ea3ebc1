/**
 * Runs whole programs in a test: checkpoints in memory, failures on demand, and no job left behind.
 *
 * Invariants:
 * - What one job of the cluster checkpoints another one can restore; nothing touches the disk.
 * - After `close` no job of the cluster runs.
 *
 * Flink: MiniClusterWithClientResource.
 */
import { ConfigError, FileSystems, type MapFunction, SystemClock, TaskError } from '@millrace/core';
import { type ConfigurationLike, StreamExecutionEnvironment } from '@millrace/datastream';
import type { JobClient } from '@millrace/runtime';
import type { ManualClock } from './manual-clock.ts';
import { MemoryFileSystem } from './memory-file-system.ts';

export interface MiniClusterOptions {
  /** Of operators that name none; 1 when it is left out. */
  readonly parallelism?: number;
  /** For each environment, under what it is given itself. */
  readonly configuration?: Readonly<Record<string, string>>;
  /** Time under control: processing time moves, and checkpoints come due, as the test says. */
  readonly clock?: ManualClock;
}

const WAIT_MS = 20_000;

export class MiniCluster {
  /** Holds checkpoints and savepoints, below `memory:///checkpoints` and `memory:///savepoints`. */
  readonly fileSystem: MemoryFileSystem = new MemoryFileSystem();
  /** What the jobs warned of, in order. */
  readonly warnings: string[] = [];
  private readonly options: MiniClusterOptions;
  private readonly fileSystems: FileSystems;
  private readonly jobs: JobClient[] = [];
  private readonly realTime = new SystemClock();
  private closed = false;

  constructor(options: MiniClusterOptions = {}) {
    this.options = options;
    this.fileSystems = new FileSystems([this.fileSystem]);
  }

  /** Where a program begins. `start` runs it; a job that is started otherwise is not closed with the cluster. */
  environment(configuration: ConfigurationLike = {}): StreamExecutionEnvironment {
    const { parallelism = 1, clock } = this.options;
    return StreamExecutionEnvironment.createLocalEnvironment({
      'parallelism.default': String(parallelism),
      'execution.checkpointing.dir': 'memory:///checkpoints',
      'execution.checkpointing.savepoint-dir': 'memory:///savepoints',
      'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
      ...this.options.configuration,
    })
      .configure(configuration)
      .setServices({
        fileSystems: this.fileSystems,
        warn: (message) => void this.warnings.push(message),
        ...(clock === undefined ? {} : { clock }),
      });
  }

  /** Starts the program. @throws ConfigError `UNSUPPORTED` after `close` */
  async start(environment: StreamExecutionEnvironment, jobName?: string): Promise<JobClient> {
    if (this.closed) {
      throw new ConfigError(
        'UNSUPPORTED',
        `start of ${jobName === undefined ? 'a job' : `'${jobName}'`} on a MiniCluster that is closed; start jobs before close(), or make a new MiniCluster`,
      );
    }
    const job = await environment.executeAsync(jobName);
    this.jobs.push(job);
    return job;
  }

  /**
   * Waits until `condition` holds, while the jobs run.
   *
   * @throws what failed a job; TaskError `TASK_FAILED` when nothing came of 20 s of waiting
   */
  async until(condition: () => boolean, what = 'the condition'): Promise<void> {
    const latest = this.realTime.now() + WAIT_MS;
    while (!condition()) {
      await this.throwFailures();
      if (this.realTime.now() > latest) {
        const states = this.jobs.map((job) => `${job.jobName} ${job.jobStatus()}`).join(', ');
        throw new TaskError(
          'TASK_FAILED',
          `${what} did not come true within ${WAIT_MS / 1000} s; jobs: ${states || 'none'}`,
        );
      }
      await this.realTime.yieldTurn();
    }
  }

  /**
   * Waits for `count` more checkpoints of the job. They must be enabled; with time under control the
   * test moves the clock.
   */
  async waitForCheckpoints(job: JobClient, count = 1): Promise<void> {
    const completed = (): number => job.details().checkpoints.counts.completed;
    const before = completed();
    await this.until(() => completed() >= before + count, `checkpoint ${count} from now on`);
  }

  /** Cancels what still runs. Nothing is started after that. */
  async close(): Promise<void> {
    this.closed = true;
    for (const job of this.jobs) {
      await job.cancel();
    }
  }

  private async throwFailures(): Promise<void> {
    for (const job of this.jobs) {
      if (job.jobStatus() === 'FAILED') {
        await job.jobExecutionResult();
      }
    }
  }
}

/**
 * A map function that passes each record on and throws at the first for which `when` gives true; never
 * a second time, so that the restarted job gets past it.
 */
export function failOnce<T>(when: (value: T) => boolean): MapFunction<T, T> {
  let failed = false;
  return (value) => {
    if (!failed && when(value)) {
      failed = true;
      throw new Error('failed on demand');
    }
    return value;
  };
}
