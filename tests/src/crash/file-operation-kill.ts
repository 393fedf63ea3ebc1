/**
 * Kills this process hard at one file operation, or counts them all.
 *
 * `KILL_AT_FILE_OPERATION=rename metadata 3 before` kills before the third renaming of a checkpoint's
 * metadata; `after` kills once it is done. A write that is killed has written half of its bytes.
 * The process says on standard error what it died of. `COUNT_FILE_OPERATIONS=1` prints at the end
 * how many there were of each kind, as JSON on standard error.
 *
 * Only what the job writes counts, below its root.
 */
import fs from 'node:fs';
import fsPromises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a file is to the job. */
export type FileRole = 'metadata' | 'state' | 'pointer' | 'part' | 'directory';

export interface FileOperationKill {
  /** Such as `rename metadata`. */
  readonly kind: string;
  /** From 1. */
  readonly occurrence: number;
  readonly moment: 'before' | 'after';
}

const OPERATIONS = ['open', 'rename', 'mkdir', 'rm', 'unlink', 'truncate'] as const;

export const KILL_VARIABLE = 'KILL_AT_FILE_OPERATION';
export const COUNT_VARIABLE = 'COUNT_FILE_OPERATIONS';
export const KILLED_PREFIX = 'killed at ';

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

class FileOperationWatch {
  private readonly root: string;
  private readonly kill: FileOperationKill | undefined;
  private readonly counts = new Map<string, number>();
  private readonly pathOfDescriptor = new Map<number, string>();

  constructor(root: string, kill: FileOperationKill | undefined) {
    this.root = root;
    this.kill = kill;
  }

  get countsByKind(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }

  install(): void {
    const promises = fsPromises as unknown as Record<string, AnyFunction>;
    const sync = fs as unknown as Record<string, AnyFunction>;
    for (const operation of OPERATIONS) {
      promises[operation] = this.watched(operation, promises[operation] as AnyFunction);
      sync[`${operation}Sync`] = this.watched(operation, sync[`${operation}Sync`] as AnyFunction);
    }
    sync.writeSync = this.watchedWriteSync(fs.writeSync as unknown as AnyFunction);
    syncBuiltinESMExports();
  }

  private watched(operation: string, original: AnyFunction): AnyFunction {
    const watch = this;
    return function wrapper(this: unknown, ...args: unknown[]): unknown {
      const path = localPath(args[0]);
      const due = watch.count(operation, path);
      if (due === 'before') {
        watch.die();
      }
      const result = original.apply(this, args);
      if (result instanceof Promise) {
        return result.then((value: unknown) => {
          if (due === 'after') {
            watch.die();
          }
          return operation === 'open' ? watch.watchedHandle(path, value as FileHandle) : value;
        });
      }
      if (due === 'after') {
        watch.die();
      }
      if (operation === 'open') {
        watch.pathOfDescriptor.set(result as number, path);
      }
      return result;
    };
  }

  private watchedHandle(path: string, handle: FileHandle): FileHandle {
    const write = handle.write.bind(handle) as unknown as AnyFunction;
    const watched = async (bytes: Uint8Array, offset: number, length: number): Promise<unknown> => {
      const due = this.count('write', path);
      if (due === undefined) {
        return write(bytes, offset, length);
      }
      await write(bytes, offset, due === 'before' ? length >> 1 : length);
      return this.die();
    };
    return Object.assign(handle, { write: watched as unknown as FileHandle['write'] });
  }

  private watchedWriteSync(original: AnyFunction): AnyFunction {
    const watch = this;
    return function wrapper(this: unknown, ...args: unknown[]): unknown {
      const [descriptor, bytes, offset, length] = args as [number, Uint8Array, number, number];
      const path = watch.pathOfDescriptor.get(descriptor);
      const due = path === undefined ? undefined : watch.count('write', path);
      if (due === undefined) {
        return original.apply(this, args);
      }
      original.call(this, descriptor, bytes, offset, due === 'before' ? length >> 1 : length);
      return watch.die();
    };
  }

  /** @returns when this operation is the one to die of */
  private count(operation: string, path: string): FileOperationKill['moment'] | undefined {
    if (!path.startsWith(this.root)) {
      return undefined;
    }
    const kind = `${operation} ${roleOf(path.slice(this.root.length), operation)}`;
    const occurrence = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, occurrence);
    const isDue = this.kill?.kind === kind && this.kill.occurrence === occurrence;
    return isDue ? this.kill?.moment : undefined;
  }

  private die(): never {
    const { kind, occurrence, moment } = this.kill as FileOperationKill;
    // Not through process.stderr, which may write later.
    fs.appendFileSync(2, `${KILLED_PREFIX}${kind} ${occurrence} ${moment}\n`);
    process.kill(process.pid, 'SIGKILL');
    throw new Error('the process is dead');
  }
}

/** @param root - folder of the job */
export function watchFileOperations(root: string): void {
  const wanted = process.env[KILL_VARIABLE];
  const counts = process.env[COUNT_VARIABLE] !== undefined;
  if (wanted === undefined && !counts) {
    return;
  }
  const watch = new FileOperationWatch(root, wanted === undefined ? undefined : parseKill(wanted));
  watch.install();
  if (counts) {
    process.once('exit', () => fs.appendFileSync(2, `${JSON.stringify(watch.countsByKind)}\n`));
  }
}

export function formatKill(kill: FileOperationKill): string {
  return `${kill.kind} ${kill.occurrence} ${kill.moment}`;
}

function parseKill(text: string): FileOperationKill {
  const [operation, role, occurrence, moment] = text.split(' ');
  if (moment !== 'before' && moment !== 'after') {
    throw new Error(`${KILL_VARIABLE} is '${text}'; write for example 'rename part 3 before'`);
  }
  return { kind: `${operation} ${role}`, occurrence: Number(occurrence), moment };
}

function localPath(path: unknown): string {
  const text = String(path);
  return text.startsWith('file:') ? fileURLToPath(text) : text;
}

/** @param path - below the job's root, with a slash before it */
function roleOf(path: string, operation: string): FileRole {
  if (operation === 'mkdir') {
    return 'directory';
  }
  if (path.startsWith(join('/', 'high-availability'))) {
    return 'pointer';
  }
  if (path.startsWith(join('/', 'output'))) {
    return 'part';
  }
  return /\/_metadata(\.inprogress)?$/.test(path) ? 'metadata' : 'state';
}
