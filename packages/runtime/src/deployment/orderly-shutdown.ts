/**
 * Ends the jobs of the process in order when it is told to stop, and then the process.
 *
 * Invariants:
 * - Signals are listened to only while a job runs that asked for it; without one Node's own way holds.
 * - The first signal ends the jobs, the second ends the process at once, and so does a job that is still
 *   there after its deadline.
 * - A job that is added after the first signal is ended at once, with a deadline of its own.
 * - The process is ended as soon as the jobs have ended: a program does not go on behind `execute()`
 *   as if its job had failed.
 *
 * Exit code: 0 when all jobs stopped with their savepoint, 128 + the number of the signal when they were
 * suspended or cancelled, 1 when one did not do what it was told in time.
 *
 * Flink: ClusterEntrypoint's shutdown hook.
 */
import { constants } from 'node:os';
import { errorMessage } from '@millrace/core';

/** A job, as far as its end is concerned. */
export interface JobToEnd {
  readonly jobName: string;
  readonly withSavepoint: boolean;
  /** From the first signal on, or from its own start when that came later. */
  readonly timeoutMs: number;
  /** @param onTaken - called with the path of the savepoint, before the job ends */
  stopWithSavepoint(onTaken: (path: string) => void): Promise<unknown>;
  /** Cancels the job; with high availability another process goes on with it. */
  suspend(): Promise<void>;
  warn(message: string): void;
}

/** What is done to the process. */
export interface ShutdownProcess {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  readonly stdout: { write(text: string): unknown };
  exit(code: number): void;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

export class OrderlyShutdown {
  private readonly process: ShutdownProcess;
  private readonly jobs = new Set<JobToEnd>();
  private signal: NodeJS.Signals | undefined;
  private exitCode: number | undefined;

  constructor(process: ShutdownProcess) {
    this.process = process;
  }

  /** @returns called when the job has ended, whatever ended it */
  add(job: JobToEnd): () => void {
    if (this.jobs.size === 0) {
      for (const signal of SIGNALS) {
        this.process.on(signal, this.onSignal);
      }
    }
    this.jobs.add(job);
    const { signal } = this;
    if (signal !== undefined) {
      // Once the caller has what tells of the job's end.
      queueMicrotask(() => this.beginEnd(job, signal));
    }
    return () => this.remove(job);
  }

  private remove(job: JobToEnd): void {
    if (!this.jobs.delete(job) || this.jobs.size > 0) {
      return;
    }
    if (this.signal !== undefined) {
      this.process.exit(this.exitCode ?? 0);
    }
    for (const signal of SIGNALS) {
      this.process.off(signal, this.onSignal);
    }
  }

  private readonly onSignal = (signal: NodeJS.Signals): void => {
    if (this.signal !== undefined) {
      this.process.exit(codeOf(signal));
      return;
    }
    this.signal = signal;
    for (const job of this.jobs) {
      this.beginEnd(job, signal);
    }
  };

  private beginEnd(job: JobToEnd, signal: NodeJS.Signals): void {
    if (!this.jobs.has(job)) {
      return;
    }
    job.warn(`${signal}: job ${job.jobName} is ended in order; a second signal ends at once`);
    this.setDeadline(job);
    // What fails here is told by the job, and by the deadline at the latest.
    void this.end(job, signal);
  }

  private async end(job: JobToEnd, signal: NodeJS.Signals): Promise<void> {
    if (job.withSavepoint) {
      try {
        await job.stopWithSavepoint((path) => {
          this.process.stdout.write(`Savepoint completed. Path: ${path}\n`);
        });
        return;
      } catch (error) {
        job.warn(`job ${job.jobName} did not stop with a savepoint: ${errorMessage(error)}`);
        this.exitCode = 1;
      }
    }
    this.exitCode ??= codeOf(signal);
    await job.suspend();
  }

  private setDeadline(job: JobToEnd): void {
    setTimeout(() => {
      if (this.jobs.has(job)) {
        job.warn(`job ${job.jobName} has not ended after ${job.timeoutMs} ms and is left as it is`);
        this.process.exit(1);
      }
    }, job.timeoutMs).unref();
  }
}

/** What a shell tells of a process that the signal ended. */
function codeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
