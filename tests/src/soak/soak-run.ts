/** What the main thread does during a soak: it kills workers, looks at memory, and ends the job. */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Worker } from 'node:worker_threads';
import { errorMessage } from '@millrace/core';
import { SeededRandom } from '@millrace/testing';
import type { JobClient, JobDetails } from 'millrace';
import { KILL_WAYS, type KillWay } from '../crash/worker-kill.ts';
import type { MemorySample } from './memory-samples.ts';
import { leak, type SoakFault } from './planted-soak-faults.ts';
import { SoakChannel, type SoakMessage } from './soak-messages.ts';
import type { SoakEvents } from './soak-verdict.ts';

export interface SoakRunOptions {
  readonly channel: string;
  readonly parallelism: number;
  readonly seed: number;
  /** On average; 0 for never. */
  readonly killEveryMs: number;
  readonly fault: SoakFault | undefined;
}

export interface SoakEnd extends SoakEvents {
  readonly killsByWay: ReadonlyMap<KillWay, number>;
  /** That the job stopped with; none where it failed. */
  readonly savepoint: string | undefined;
}

type JobStatus = JobDetails['status'];

const START_INTERVAL_MS = 20;
const SAMPLE_INTERVAL_MS = 1000;
const PROGRESS_INTERVAL_SAMPLES = 30;
const STOP_ATTEMPTS = 20;
const RUNNING_POLL_MS = 50;
/** A job that is not up again by then does not come up. */
const RUNNING_MS_MAX = 120_000;
const ENDED: ReadonlySet<JobStatus> = new Set<JobStatus>(['FAILED', 'CANCELED', 'FINISHED']);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export class SoakRun {
  private readonly options: SoakRunOptions;
  private readonly random: SeededRandom;
  private readonly channel: SoakChannel;
  private readonly workers: Worker[] = [];
  private readonly heaps = new Map<number, number>();
  private readonly kills = new Map<KillWay, number>();
  private readonly memory: MemorySample[] = [];
  private readonly faults: string[] = [];
  /** With a fault that leaks. */
  private readonly leaked: number[][] = [];

  constructor(options: SoakRunOptions) {
    this.options = options;
    this.random = new SeededRandom(options.seed);
    this.channel = new SoakChannel(options.channel, (message) => this.hear(message));
    process.on('worker', (worker) => {
      this.workers.push(worker);
      worker.on('exit', () => this.workers.splice(this.workers.indexOf(worker), 1));
    });
  }

  /** @param durationMs - from when all tasks run: threads may take seconds to start */
  async watch(job: JobClient, durationMs: number): Promise<SoakEnd> {
    while (!ENDED.has(job.jobStatus()) && !isAllRunning(job)) {
      await sleep(START_INTERVAL_MS);
    }
    const began = Date.now();
    let killAt = this.nextKill(began);
    for (
      let now = began;
      now - began < durationMs && !ENDED.has(job.jobStatus());
      now = Date.now()
    ) {
      await sleep(SAMPLE_INTERVAL_MS);
      this.sample(job, began);
      if (now >= killAt && job.jobStatus() === 'RUNNING') {
        this.kill();
        killAt = this.nextKill(now);
      }
    }
    const savepoint = await this.drain(job).catch((error: unknown) => {
      this.faults.push(`the job did not come to its end: ${errorMessage(error)}`);
      return undefined;
    });
    const { numberOfRestarts, checkpoints } = job.details();
    this.channel.close();
    return {
      elapsedMs: Date.now() - began,
      restarts: numberOfRestarts,
      checkpoints: checkpoints.counts.completed,
      kills: [...this.kills.values()].reduce((sum, count) => sum + count, 0),
      killsByWay: this.kills,
      savepoint,
      memory: this.memory,
      faults: this.faults,
    };
  }

  private nextKill(now: number): number {
    const { killEveryMs } = this.options;
    return killEveryMs === 0
      ? Number.POSITIVE_INFINITY
      : now + killEveryMs * (0.3 + 1.4 * this.random.next());
  }

  private kill(): void {
    const way = this.random.pick(KILL_WAYS);
    const subtask = this.random.nextInt(this.options.parallelism);
    this.kills.set(way, (this.kills.get(way) ?? 0) + 1);
    if (way === 'terminate') {
      void this.workers[subtask % this.workers.length]?.terminate();
    } else {
      this.channel.send({ kind: 'kill', way, subtask });
    }
  }

  /** The last kill may still be at work, so it may take several attempts. */
  private async drain(job: JobClient): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      await this.untilRunning(job);
      try {
        return await job.stopWithSavepoint({ advanceToEndOfEventTime: true });
      } catch (error) {
        process.stderr.write(`soak: the job did not stop: ${errorMessage(error)}\n`);
        if (attempt >= STOP_ATTEMPTS) {
          throw error;
        }
      }
    }
  }

  /** @throws when it has ended, or takes too long */
  private async untilRunning(job: JobClient): Promise<void> {
    const began = Date.now();
    for (let status = job.jobStatus(); status !== 'RUNNING'; status = job.jobStatus()) {
      if (ENDED.has(status)) {
        await job.jobExecutionResult();
      }
      if (ENDED.has(status) || Date.now() - began > RUNNING_MS_MAX) {
        throw new Error(`it is ${status}`);
      }
      await sleep(RUNNING_POLL_MS);
    }
  }

  private hear(message: SoakMessage): void {
    if (message.kind === 'heap') {
      this.heaps.set(message.subtask, message.used);
    } else if (message.kind === 'fault') {
      this.faults.push(message.fault);
      process.stderr.write(`soak: FAULT ${message.fault}\n`);
    }
  }

  private sample(job: JobClient, began: number): void {
    if (this.options.fault === 'leaks') {
      leak(this.leaked);
    }
    collectGarbage();
    const { rss, heapUsed } = process.memoryUsage();
    const workerHeaps = [...this.heaps.values()].reduce((sum, used) => sum + used, 0);
    const atMs = Date.now() - began;
    this.memory.push({ atMs, rss, mainHeap: heapUsed, workerHeaps });
    if (this.memory.length % PROGRESS_INTERVAL_SAMPLES === 0) {
      const { status, numberOfRestarts, vertices, checkpoints } = job.details();
      const records = vertices[0]?.operators[0]?.numRecordsOut ?? 0;
      process.stderr.write(
        `soak: ${Math.round(atMs / 1000)} s, ${status}, ${records} records sent, ` +
          `${numberOfRestarts} restarts, ${checkpoints.counts.completed} checkpoints ` +
          `(${checkpoints.counts.failed} failed), rss ${Math.round(rss / 2 ** 20)} MiB, ` +
          `worker heaps ${Math.round(workerHeaps / 2 ** 20)} MiB\n`,
      );
    }
  }
}

function isAllRunning(job: JobClient): boolean {
  return job
    .details()
    .vertices.every(({ subtasks }) => subtasks.every(({ state }) => state === 'RUNNING'));
}
