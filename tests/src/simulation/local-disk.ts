/**
 * A folder on the real disk for the databases of simulated processes: each has its own part of it,
 * and what is done there with `node:fs/promises` is its `RealWork`. Everything else passes through.
 */
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import files, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import type { RealWork } from './real-work.ts';

const PREFIX = 'millrace-simulation-';
const MEMORY_FOLDER = '/dev/shm';

type Operation = (...args: unknown[]) => Promise<unknown>;

/** What the backend and the local file system use; `open` apart. */
const OPERATIONS = [
  'copyFile',
  'link',
  'lstat',
  'mkdir',
  'readdir',
  'readFile',
  'rename',
  'rm',
  'rmdir',
  'stat',
] as const;
const HANDLE_OPERATIONS = ['read', 'stat', 'sync', 'write'] as const;

/** Folders of processes, with a separator at their end. */
const workOf = new Map<string, RealWork>();
/** Dead processes do not close theirs. */
const openHandles = new Map<FileHandle, () => Promise<unknown>>();
let isWatched = false;

export class LocalDisk {
  private root: string | undefined;
  private processes = 0;

  /** Folders of all runs that are there now. */
  static inUse(): string[] {
    return readdirSync(fastFolder())
      .filter((name) => name.startsWith(`${PREFIX}${process.pid}-`))
      .concat([...workOf.keys()]);
  }

  /** @returns a folder for one process, where what is done is `work` */
  folderFor(work: RealWork): string {
    watch();
    this.root ??= mkdtempSync(join(fastFolder(), `${PREFIX}${process.pid}-`));
    const folder = join(this.root, `process-${this.processes++}`);
    mkdirSync(folder);
    workOf.set(folder + sep, work);
    return folder;
  }

  /** When the machine is done with all work. One run is there at a time. */
  async remove(): Promise<void> {
    const { root } = this;
    await Promise.all([...openHandles.values()].map((close) => close()));
    if (root === undefined) {
      return;
    }
    for (const folder of [...workOf.keys()].filter((each) => each.startsWith(root + sep))) {
      workOf.delete(folder);
    }
    rmSync(root, { recursive: true, force: true });
  }
}

/** In memory where the system has such a folder: what RocksDB syncs need not reach a disk. */
function fastFolder(): string {
  try {
    accessSync(MEMORY_FOLDER, constants.W_OK);
    return MEMORY_FOLDER;
  } catch {
    return tmpdir();
  }
}

/** In this whole process, once: those who imported the functions before call these too. */
function watch(): void {
  if (isWatched) {
    return;
  }
  isWatched = true;
  const all = files as unknown as Record<string, Operation>;
  for (const name of OPERATIONS) {
    const operation = all[name] as Operation;
    all[name] = (...args) => {
      const work = workAt(args[0]);
      return work === undefined ? operation(...args) : work.run(() => operation(...args));
    };
  }
  const open = all.open as Operation;
  all.open = (...args) => {
    const work = workAt(args[0]);
    return work === undefined
      ? open(...args)
      : work.run(async () => watched((await open(...args)) as FileHandle, work));
  };
  syncBuiltinESMExports();
}

function watched(handle: FileHandle, work: RealWork): FileHandle {
  const all = handle as unknown as Record<string, Operation>;
  const close = handle.close.bind(handle);
  openHandles.set(handle, close);
  handle.close = () =>
    work.run(() => {
      openHandles.delete(handle);
      return close();
    });
  for (const name of HANDLE_OPERATIONS) {
    const operation = (all[name] as Operation).bind(handle);
    all[name] = (...args) => work.run(() => operation(...args));
  }
  return handle;
}

function workAt(path: unknown): RealWork | undefined {
  if (typeof path !== 'string' || workOf.size === 0) {
    return undefined;
  }
  for (const [folder, work] of workOf) {
    if (`${path}${sep}`.startsWith(folder)) {
      return work;
    }
  }
  return undefined;
}
