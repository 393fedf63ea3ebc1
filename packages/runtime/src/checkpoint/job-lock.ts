/**
 * Keeps a second process from running a job that is running already: both would cut back and write
 * the same files.
 *
 * Invariants:
 * - One holder at a time, where processes on one machine share the directory.
 * - A lock whose holder is dead is taken over; one of another machine is not, since nobody here can
 *   tell whether it lives.
 *
 * Flink leaves this to its leader election.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { ConfigError, errorCode, type FileSystem } from '@millrace/core';

/** Who holds a lock. The simulator runs several in one process of the system. */
export interface LockOwner {
  readonly id: string;
  /** True unless it is sure that the owner of that id is gone. */
  isAlive(id: string): boolean;
}

export interface JobLockOptions {
  readonly fileSystem: FileSystem;
  readonly path: string;
  readonly owner: LockOwner;
  /** For the message. */
  readonly jobName: string;
}

/** Locks that jobs of this process hold, so that one left by a job that ended is known as stale. */
const held = new Set<string>();

const MAX_TRIES = 3;

export class JobLock {
  private readonly options: JobLockOptions;

  private constructor(options: JobLockOptions) {
    this.options = options;
    held.add(heldKey(options));
  }

  /** @throws ConfigError `JOB_ALREADY_RUNS` */
  static async acquire(options: JobLockOptions): Promise<JobLock> {
    for (let tries = 1; ; tries++) {
      if (await created(options)) {
        return new JobLock(options);
      }
      const holder = await holderOf(options);
      if (holder !== undefined && (tries === MAX_TRIES || holdsStill(holder, options))) {
        throw new ConfigError(
          'JOB_ALREADY_RUNS',
          `job ${options.jobName} is run by ${holder} already; stop that process, give this job ` +
            `another name or high-availability.cluster-id, or, if it is gone, remove ${options.path}`,
        );
      }
      await options.fileSystem.delete(options.path, { recursive: false });
    }
  }

  async release(): Promise<void> {
    held.delete(heldKey(this.options));
    await this.options.fileSystem.delete(this.options.path, { recursive: false });
  }
}

/** `host:process id:start of the process`, so that a recycled process id is not taken for it. */
export function thisProcess(): LockOwner {
  const host = hostname();
  return {
    id: `${host}:${process.pid}:${startOf(process.pid) ?? ''}`,
    isAlive: (id) => {
      const [otherHost, pid, start] = id.split(':');
      if (otherHost !== host) {
        return true;
      }
      return isRunning(Number(pid)) && (start === '' || startOf(Number(pid)) === start);
    },
  };
}

function heldKey({ path, owner }: JobLockOptions): string {
  return `${owner.id} ${path}`;
}

function holdsStill(holder: string, options: JobLockOptions): boolean {
  return holder === options.owner.id ? held.has(heldKey(options)) : options.owner.isAlive(holder);
}

async function created({ fileSystem, path, owner }: JobLockOptions): Promise<boolean> {
  try {
    const writer = await fileSystem.create(path, { overwrite: false });
    await writer.write(new TextEncoder().encode(owner.id));
    await writer.close();
    return true;
  } catch (error) {
    if (errorCode(error) === 'FILE_EXISTS') {
      return false;
    }
    throw error;
  }
}

/** `undefined` when the lock is gone or was never written whole: its holder died over it. */
async function holderOf({ fileSystem, path }: JobLockOptions): Promise<string | undefined> {
  try {
    const reader = await fileSystem.open(path);
    try {
      const id = new TextDecoder().decode(await reader.read(0, reader.sizeBytes));
      return /^[^:]*:\d+:\d*$/.test(id) ? id : undefined;
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (errorCode(error) === 'FILE_NOT_FOUND') {
      return undefined;
    }
    throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process started, in ticks since boot; `undefined` where the system does not tell. */
function startOf(pid: number): string | undefined {
  return statusOf(pid)[19];
}

/** Killed, and its parent has not asked how it ended: a signal still finds it. */
function isZombie(pid: number): boolean {
  const state = statusOf(pid)[0];
  return state === 'Z' || state === 'X';
}

/** What the system tells of a process, from its state on; empty where it tells nothing. */
function statusOf(pid: number): readonly string[] {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold anything, so fields are counted from its end.
    return status.slice(status.lastIndexOf(')') + 2).split(' ');
  } catch {
    return []; // No such process, or no such system.
  }
}
