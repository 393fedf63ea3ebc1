/** What the main thread does during a soak: it kills workers, looks at memory, and ends the job. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { errorMessage } from '@millrace/core';
import { SeededRandom } from '@millrace/testing';
import type { JobClient } from 'millrace';
import { KILL_WAYS, type KillWay } from '../crash/worker-kill.ts';
import type { MemorySample } from './memory-samples.ts';
import { SoakChannel, type SoakMessage } from './soak-messages.ts';

export interface SoakRunOptions {
  readonly channel: string;
  readonly parallelism: number;
  readonly seed: number;
  /** On average; 0 for never. */
  readonly killEveryMs: number;
}

export interface SoakEnd {
  readonly elapsedMs: number;
  readonly restarts: number;
  readonly checkpoints: number;
  readonly kills: ReadonlyMap<KillWay, number>;
  readonly memory: readonly MemorySample[];
  readonly faults: readonly string[];
}

const SAMPLE_INTERVAL_MS = 1000;
const PROGRESS_INTERVAL_SAMPLES = 30;
const STOP_ATTEMPTS = 20;
const RUNNING_POLL_MS = 50;

export class SoakRun {
  private readonly options: SoakRunOptions;
  private readonly random: SeededRandom;
  private readonly channel: SoakChannel;
  private readonly workers: Worker[] = [];
  private readonly heaps = new Map<number, number>();
  private readonly kills = new Map<KillWay, number>();
  private readonly memory: MemorySample[] = [];
  private readonly faults: string[] = [];

  constructor(options: SoakRunOptions) {
    this.options = options;
    this.random = new SeededRandom(options.seed);
    this.channel = new SoakChannel(options.channel, (message) => this.hear(message));
    process.on('worker', (worker) => {
      this.workers.push(worker);
      worker.on('exit', () => this.workers.splice(this.workers.indexOf(worker), 1));
    });
  }

  async watch(job: JobClient, durationMs: number): Promise<SoakEnd> {
    const began = Date.now();
    let killAt = this.nextKill(began);
    for (let now = began; now - began < durationMs; now = Date.now()) {
      await sleep(SAMPLE_INTERVAL_MS);
      this.sample(job, began);
      if (now >= killAt && job.details().status === 'RUNNING') {
        this.kill();
        killAt = this.nextKill(now);
      }
    }
    await this.drain(job);
    const { numberOfRestarts, checkpoints } = job.details();
    this.channel.close();
    return {
      elapsedMs: Date.now() - began,
      restarts: numberOfRestarts,
      checkpoints: checkpoints.counts.completed,
      kills: this.kills,
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
  private async drain(job: JobClient): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      while (job.details().status !== 'RUNNING') {
        await sleep(RUNNING_POLL_MS);
      }
      try {
        await job.stopWithSavepoint({ advanceToEndOfEventTime: true });
        return;
      } catch (error) {
        process.stderr.write(`soak: the job did not stop: ${errorMessage(error)}\n`);
        if (attempt >= STOP_ATTEMPTS) {
          throw error;
        }
      }
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
