/** A snapshot whose files are in memory, where one can be another than on disk. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileReader, type FileSystem, TaskError } from '@millrace/core';
import { createStateHandleOpener, type OpenStateHandle, rebasePath } from '@millrace/state';
import { FIXTURE_REBASE, FIXTURES } from '../compatibility/flink-fixtures.ts';

export class SnapshotInMemory {
  /** Of the metadata, as a URI. */
  readonly folder: string;
  readonly metadataPath: string;
  readonly openStateHandle: OpenStateHandle;
  /** By URI. */
  private readonly files: ReadonlyMap<string, Uint8Array>;
  /** Told of each read; for all readers of this one. */
  onRead: (path: string, position: number, length: number) => void = () => {};

  private constructor(folder: string, files: ReadonlyMap<string, Uint8Array>) {
    this.folder = folder;
    this.metadataPath = `${folder}/_metadata`;
    this.files = files;
    const fileSystem = { scheme: 'file', open: (path: string) => this.open(path) };
    this.openStateHandle = createStateHandleOpener({
      getFileSystem: () => fileSystem as unknown as FileSystem,
      pathRebase: [FIXTURE_REBASE],
    });
  }

  /** @param folder - of a snapshot, relative to the fixtures */
  static ofFixture(folder: string): SnapshotInMemory {
    const fixture = folder.split('/')[0] as string;
    const files = new Map<string, Uint8Array>();
    for (const entry of readdirSync(join(FIXTURES, fixture), {
      recursive: true,
      withFileTypes: true,
    })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && !entry.name.endsWith('.json')) {
        files.set(uriOf(path), new Uint8Array(readFileSync(path)));
      }
    }
    return new SnapshotInMemory(uriOf(join(FIXTURES, folder)), files);
  }

  with(path: string, bytes: Uint8Array): SnapshotInMemory {
    return new SnapshotInMemory(this.folder, new Map(this.files).set(path, bytes));
  }

  /** By URI; also of files of other snapshots of the fixture. */
  bytesOf(path: string): Uint8Array | undefined {
    return this.files.get(path);
  }

  /** What a handle names, where that is a file here. */
  fileOf(path: string): string | undefined {
    const moved = rebasePath(path, [FIXTURE_REBASE]);
    return this.files.has(moved) ? moved : undefined;
  }

  private async open(path: string): Promise<FileReader> {
    const bytes = this.files.get(path);
    if (bytes === undefined) {
      throw new TaskError('FILE_NOT_FOUND', `there is no ${path}`);
    }
    return {
      sizeBytes: bytes.length,
      read: async (position, length) => {
        if (position < 0 || length < 0 || position + length > bytes.length) {
          throw new TaskError('IO_EXCEPTION', `${length} bytes at ${position} are not in ${path}`);
        }
        this.onRead(path, position, length);
        return bytes.slice(position, position + length);
      },
      close: async () => {},
    };
  }
}

function uriOf(path: string): string {
  return `file:${path}`;
}
