/**
 * Files in memory that can lose what a crash of the machine would lose.
 *
 * Invariants:
 * - After `crash()` a file holds what was synced, and a name what was durable: a file that was
 *   never synced is gone, a rename that resolved is kept, a deletion is kept.
 * - Readers and writers that were open at the crash fail with `IO_EXCEPTION`.
 * - Nothing depends on time or chance.
 */
import {
  type FileReader,
  type FileStatus,
  type FileSystem,
  type FileWriter,
  TaskError,
} from '@millrace/core';

class MemoryFile {
  bytes: Uint8Array = new Uint8Array(0);
  syncedLength = 0;

  append(bytes: Uint8Array): void {
    const grown = new Uint8Array(this.bytes.length + bytes.length);
    grown.set(this.bytes);
    grown.set(bytes, this.bytes.length);
    this.bytes = grown;
  }
}

export class MemoryFileSystem implements FileSystem {
  readonly scheme: string;
  readonly isOfThread = true;
  private files = new Map<string, MemoryFile>();
  /** What the names stand for after a crash. */
  private durable = new Map<string, MemoryFile>();
  private directories = new Set<string>();
  private crashes = 0;

  constructor(options: { readonly scheme?: string } = {}) {
    this.scheme = options.scheme ?? 'memory';
  }

  /** Paths of all files, sorted. */
  get paths(): string[] {
    return [...this.files.keys()].sort();
  }

  /** A copy of a file's bytes, synced or not. @throws TaskError `FILE_NOT_FOUND` */
  contents(path: string): Uint8Array {
    return this.fileAt(normalize(path)).bytes.slice();
  }

  /** The machine loses power: everything that was not made durable is gone. */
  crash(): void {
    this.crashes++;
    this.files = new Map();
    for (const [path, file] of this.durable) {
      file.bytes = file.bytes.slice(0, file.syncedLength);
      this.files.set(path, file);
    }
  }

  async open(path: string): Promise<FileReader> {
    const name = normalize(path);
    const { bytes } = this.fileAt(name);
    const opened = this.crashes;
    return {
      sizeBytes: bytes.length,
      read: async (position, length) => {
        this.checkSame(opened, name);
        if (position < 0 || length < 0 || position + length > bytes.length) {
          throw new TaskError(
            'IO_EXCEPTION',
            `${name} has ${bytes.length} bytes; cannot read ${length} from ${position}`,
          );
        }
        return bytes.slice(position, position + length);
      },
      close: async () => {},
    };
  }

  async create(path: string, options: { overwrite: boolean }): Promise<FileWriter> {
    const name = normalize(path);
    if (this.directories.has(name) || (this.files.has(name) && !options.overwrite)) {
      throw new TaskError('FILE_EXISTS', `${name} exists; delete it or choose another name`);
    }
    this.makeParents(name);
    const file = new MemoryFile();
    this.files.set(name, file);
    return this.writerOf(name, file);
  }

  async getFileStatus(path: string): Promise<FileStatus | undefined> {
    const name = normalize(path);
    const file = this.files.get(name);
    if (file !== undefined) {
      return { path: name, sizeBytes: file.bytes.length, isDirectory: false };
    }
    const exists = this.directories.has(name);
    return exists ? { path: name, sizeBytes: 0, isDirectory: true } : undefined;
  }

  async listStatus(directory: string): Promise<FileStatus[]> {
    const name = normalize(directory);
    if (!this.directories.has(name)) {
      throw notFound(name);
    }
    const children = [...this.files.keys(), ...this.directories].filter(
      (p) => parentOf(p) === name,
    );
    const statuses = await Promise.all(children.sort().map((child) => this.getFileStatus(child)));
    return statuses.filter((status) => status !== undefined);
  }

  async mkdirs(path: string): Promise<void> {
    const name = normalize(path);
    if (this.files.has(name)) {
      throw new TaskError('FILE_EXISTS', `${name} is a file; choose another directory`);
    }
    this.makeParents(name);
    this.directories.add(name);
  }

  async rename(source: string, target: string): Promise<void> {
    const from = normalize(source);
    const to = normalize(target);
    const file = this.fileAt(from);
    this.makeParents(to);
    this.files.delete(from);
    this.files.set(to, file);
    this.durable.delete(from);
    this.durable.set(to, file);
  }

  async delete(path: string, options: { recursive: boolean }): Promise<boolean> {
    const name = normalize(path);
    const below = (other: string): boolean => other.startsWith(`${name}/`);
    const children = [...this.files.keys(), ...this.directories].filter(below);
    if (children.length > 0 && !options.recursive) {
      throw new TaskError('IO_EXCEPTION', `${name} is not empty; delete it recursively`);
    }
    const existed = this.files.has(name) || this.directories.has(name);
    for (const gone of [name, ...children]) {
      this.files.delete(gone);
      this.durable.delete(gone);
      this.directories.delete(gone);
    }
    return existed;
  }

  private writerOf(name: string, file: MemoryFile): FileWriter {
    const opened = this.crashes;
    let closed = false;
    const check = (): void => {
      this.checkSame(opened, name);
      if (closed) {
        throw new TaskError('IO_EXCEPTION', `${name} is closed; open it again to write`);
      }
    };
    const sync = async (): Promise<void> => {
      check();
      file.syncedLength = file.bytes.length;
      if (this.files.get(name) === file) {
        this.durable.set(name, file);
      }
    };
    return {
      get position(): number {
        return file.bytes.length;
      },
      write: async (bytes) => {
        check();
        file.append(bytes);
      },
      sync,
      close: async () => {
        await sync();
        closed = true;
      },
      abort: async () => {
        if (opened === this.crashes && !closed && this.files.get(name) === file) {
          this.files.delete(name);
          this.durable.delete(name);
        }
        closed = true;
      },
    };
  }

  private checkSame(opened: number, name: string): void {
    if (opened !== this.crashes) {
      throw new TaskError(
        'IO_EXCEPTION',
        `${name} was open when the machine crashed; open it again`,
      );
    }
  }

  private fileAt(name: string): MemoryFile {
    const file = this.files.get(name);
    if (file === undefined) {
      throw notFound(name);
    }
    return file;
  }

  private makeParents(name: string): void {
    for (let parent = parentOf(name); parent !== undefined; parent = parentOf(parent)) {
      if (this.files.has(parent)) {
        throw new TaskError('FILE_EXISTS', `${parent} is a file; choose another directory`);
      }
      this.directories.add(parent);
    }
  }
}

function notFound(name: string): TaskError {
  return new TaskError('FILE_NOT_FOUND', `${name} does not exist; check the path`);
}

/** `memory:///a//b/` and `memory:/a/b` are one file. */
function normalize(path: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(path)?.[0] ?? '';
  const parts = path
    .slice(scheme.length)
    .split('/')
    .filter((part) => part !== '');
  return `${scheme}/${parts.join('/')}`;
}

function parentOf(name: string): string | undefined {
  const slash = name.lastIndexOf('/');
  const isRoot = name.endsWith('/');
  return isRoot ? undefined : name.slice(0, Math.max(slash, name.indexOf('/') + 1));
}
