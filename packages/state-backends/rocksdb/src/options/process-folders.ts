/**
 * In each local directory a thread of a process has a folder, which says whose it is: what a dead process
 * left, or a worker thread that was ended, is removed by the next that comes, and nothing else is.
 *
 * A process is known to be dead when it ran on this start of this machine, where its number is nobody's
 * or another's now, or on an earlier start of it. Numbers of another container mean nothing here: its
 * folders stay. So do those of a machine with the same host name, and where machines cannot be told
 * apart, those of an earlier start.
 *
 * Flink: ClusterEntrypointUtils.generateTaskManagerWorkingDirectoryFile, which leaves that to the user.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { endedThreads } from '@millrace/core';

const PREFIX = 'millrace-rocksdb-';
const OWNER_FILE = 'owner.json';

export interface FolderOwner {
  readonly host: string;
  readonly pid: number;
  /** Of the process; 0 is its main thread. */
  readonly thread?: number;
  /** When the process began, as the machine counts; empty where it does not say. */
  readonly started: string;
  /** Another with each start of the machine. */
  readonly boot: string;
  /** Kept over its starts; empty where it has none. */
  readonly machine: string;
  /** In which the number counts. */
  readonly pidNamespace: string;
}

interface Taken {
  readonly path: string;
  users: number;
}

/** Of this thread, by local directory. */
const taken = new Map<string, Taken>();

/** The folder of this process; leave it once for each time that it was taken. */
export async function takeFolderOfProcess(directory: string): Promise<string> {
  const before = taken.get(directory);
  if (before !== undefined) {
    before.users++;
    return before.path;
  }
  mkdirSync(directory, { recursive: true });
  const path = join(directory, PREFIX + randomUUID());
  mkdirSync(path);
  taken.set(directory, { path, users: 1 });
  try {
    writeFileSync(join(path, OWNER_FILE), JSON.stringify(thisProcess()), { flag: 'wx' });
    await removeLeftOvers(directory);
  } catch (error) {
    leaveFolderOfProcess(directory);
    throw error;
  }
  return path;
}

/** Never throws. */
export function leaveFolderOfProcess(directory: string): void {
  const folder = taken.get(directory);
  if (folder !== undefined && --folder.users === 0) {
    taken.delete(directory);
    try {
      rmSync(folder.path, { recursive: true, force: true });
    } catch {
      // The next process that uses the directory removes it.
    }
  }
}

/** @returns the folders that were removed */
export async function removeLeftOvers(
  directory: string,
  facts: ProcessFacts = processFacts(),
): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (!name.startsWith(PREFIX) || !isDead(await ownerOf(path), facts)) {
      continue;
    }
    try {
      await rm(path, { recursive: true, force: true });
      removed.push(path);
    } catch {
      // Of another user, perhaps: it is not ours to remove.
    }
  }
  return removed;
}

/** What this process can tell of others. */
export interface ProcessFacts {
  readonly self: FolderOwner;
  /** Of this process. */
  readonly endedThreads?: readonly number[];
  /** When it began, empty where that is not told; `undefined` when there is no such process. */
  startOf(pid: number): string | undefined;
}

export function isDead(
  owner: FolderOwner | undefined,
  { self, startOf, endedThreads: ended = [] }: ProcessFacts,
): boolean {
  if (
    owner === undefined ||
    owner.host !== self.host ||
    owner.machine !== self.machine ||
    owner.pidNamespace !== self.pidNamespace
  ) {
    return false;
  }
  if (owner.boot !== self.boot) {
    return self.machine !== '';
  }
  const started = startOf(owner.pid);
  if (owner.pid === self.pid && owner.started === self.started) {
    return owner.thread !== undefined && ended.includes(owner.thread);
  }
  const isAnother = started !== '' && owner.started !== '' && started !== owner.started;
  return started === undefined || isAnother;
}

/** `undefined` where the file is not there, not yet, or not ours. */
async function ownerOf(folder: string): Promise<FolderOwner | undefined> {
  try {
    const owner = JSON.parse(await readFile(join(folder, OWNER_FILE), 'utf8')) as FolderOwner;
    return Number.isSafeInteger(owner.pid) && owner.pid > 0 ? owner : undefined;
  } catch {
    return undefined;
  }
}

function thisProcess(): FolderOwner {
  return {
    host: hostname(),
    pid: process.pid,
    thread: threadId,
    started: startOfProcess(process.pid) ?? '',
    boot: textOf('/proc/sys/kernel/random/boot_id'),
    machine: textOf('/etc/machine-id'),
    pidNamespace: pidNamespace(),
  };
}

function processFacts(): ProcessFacts {
  return { self: thisProcess(), startOf: startOfProcess, endedThreads: endedThreads() };
}

function startOfProcess(pid: number): string | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat !== '') {
    // After the name, which may hold anything: the 20th field is when it began.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  }
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? undefined : '';
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return ''; // No such thing on this system.
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
