/** For tests: a database that is a set of files, and a job's folder of checkpoints. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type FileSystem,
  fileName,
  INT_SERIALIZER,
  KeyGroupRange,
  LocalFileSystem,
  SystemClock,
  type TypeSerializer,
  toFileUri,
} from '@millrace/core';
import {
  type CheckpointStorageLocation,
  type CheckpointStreamFactory,
  EMPTY_SUBTASK_STATE,
  FileSystemCheckpointStorage,
  filesOf,
  type IncrementalRemoteKeyedStateHandle,
  type KeyedStateHandle,
  SharedStateRegistry,
  type SharingFilesStrategy,
  type SnapshotFiles,
  type StateMetaInfoSnapshot,
} from '@millrace/state';
import { DatabaseBarrier } from '../barrier/database-barrier.ts';
import type { StoredState } from '../database/column-families.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';
import type { SnapshotSource } from './snapshot-strategy.ts';

/** Its copies have the files that `files` names now. */
export class FolderDatabase {
  files: Map<string, Uint8Array> = new Map();
  /** Thrown by the next copy, after one file. */
  failure: Error | undefined;
  /** Resolved before a copy is made. */
  gate: Promise<void> = Promise.resolve();

  /** Replaces all files; the text is the contents. */
  set(...names: string[]): void {
    this.files = new Map(names.map((name) => [name, contentsOf(name)]));
  }

  async createCheckpoint(path: string): Promise<void> {
    const files = [...this.files];
    await this.gate;
    await mkdir(path);
    for (const [name, bytes] of files) {
      await writeFile(join(path, name), bytes);
      if (this.failure !== undefined) {
        throw this.failure;
      }
    }
  }

  waitForCheckpoint(): void {
    throw new Error('a test waits for nothing');
  }

  write(): void {}
}

/** More than is kept in the metadata. */
export function contentsOf(name: string): Uint8Array {
  const bytes = new Uint8Array(1000 + name.length);
  bytes.set(new TextEncoder().encode(name));
  return bytes;
}

const VALUE_STATE: StateMetaInfoSnapshot = {
  name: 'count',
  backendStateType: 'KEY_VALUE',
  options: new Map([['KEYED_STATE_TYPE', 'VALUE']]),
  serializers: new Map([
    ['NAMESPACE_SERIALIZER', INT_SERIALIZER.snapshotConfiguration()],
    ['VALUE_SERIALIZER', INT_SERIALIZER.snapshotConfiguration()],
  ]),
};

export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-snapshots-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** The source of a database of files, with one state. */
export function folderSource(
  database: FolderDatabase,
  of: { readonly workingDirectory: string } & Partial<SnapshotSource>,
): SnapshotSource {
  const states = new Map<string, StoredState>([['count', { info: VALUE_STATE, columnFamily: 1 }]]);
  const keySerializer = INT_SERIALIZER as TypeSerializer<unknown>;
  const clock = new SystemClock();
  const source: SnapshotSource = {
    database: database as unknown as RocksDatabase,
    states,
    backendId: '11111111-2222-3333-4444-555555555555',
    keyGroupRange: new KeyGroupRange(0, 127),
    numberOfKeyGroups: 128,
    keySerializer,
    barrier: new DatabaseBarrier({ database, clock, snapshotSliceMs: 5 }),
    clock,
    snapshotSliceMs: 5,
    transferConcurrency: 3,
    ttl: new Map(),
    heapTimers: [],
    header: ({ compressed }) => ({
      compressed,
      keySerializer: keySerializer.snapshotConfiguration(),
      states: [...source.states.values()].map(({ info }) => info),
    }),
    ...of,
  };
  return source;
}

/** What the coordinator does with checkpoints: who is told, and which files go when. */
export class JobFolder {
  readonly registry: SharedStateRegistry = new SharedStateRegistry();
  readonly fileSystem: FileSystem;
  private readonly storage: FileSystemCheckpointStorage;
  private readonly directory: string;
  private readonly locations = new Map<number, CheckpointStorageLocation>();
  private readonly retained = new Map<number, SnapshotFiles>();

  constructor(
    directory: string,
    options: { readonly fileSystem?: FileSystem; readonly inlineThresholdBytes?: number } = {},
  ) {
    this.directory = directory;
    this.fileSystem = options.fileSystem ?? new LocalFileSystem();
    this.storage = new FileSystemCheckpointStorage(this.fileSystem, {
      checkpointDirectory: directory,
      jobId: 'job',
      inlineThresholdBytes: options.inlineThresholdBytes ?? 100,
    });
  }

  async streams(
    checkpointId: number,
    sharingFilesStrategy: SharingFilesStrategy = 'forward-backward',
  ): Promise<CheckpointStreamFactory> {
    await this.storage.initializeBaseLocations();
    const location = await this.storage.initializeLocationForCheckpoint(checkpointId);
    this.locations.set(checkpointId, location);
    return { ...location, sharingFilesStrategy };
  }

  /** The task has handed in its state. */
  acknowledge(checkpointId: number, handle: KeyedStateHandle | undefined): void {
    this.registry.acknowledged(checkpointId, filesIn(handle));
  }

  /** Completed: older ones go. */
  async complete(checkpointId: number, handle: KeyedStateHandle | undefined): Promise<void> {
    const files = filesIn(handle);
    this.registry.complete(checkpointId, files);
    const discarded = [...this.retained.keys()];
    this.retained.clear();
    this.retained.set(checkpointId, files);
    const { ofCheckpoints, shared } = this.registry.subsume(new Set([checkpointId]), discarded);
    await this.delete([...[...ofCheckpoints.values()].flat(), ...shared]);
  }

  async abort(checkpointId: number, handle: KeyedStateHandle | undefined): Promise<void> {
    await this.delete(this.registry.abort(checkpointId, filesIn(handle)));
    await this.locations.get(checkpointId)?.disposeOnFailure();
  }

  /** The job is over, and keeps its last checkpoint. */
  async end(): Promise<void> {
    await this.delete([...this.registry.end(new Set(this.retained.keys()), []).shared]);
  }

  /** Paths of the shared files that the retained checkpoint names, sorted. */
  get named(): string[] {
    return [...this.retained.values()]
      .flatMap((files) => [...files])
      .filter(([, scope]) => scope === 'shared')
      .map(([path]) => path)
      .sort();
  }

  /** Paths of the files in `shared/`, sorted. */
  async sharedFiles(): Promise<string[]> {
    const folder = join(this.directory, 'job', 'shared');
    await mkdir(folder, { recursive: true });
    return (await readdir(folder)).map((name) => toFileUri(join(folder, name))).sort();
  }

  /** Names of the folders of checkpoints, and what is in them. */
  async checkpointFolders(): Promise<Map<string, number>> {
    const job = join(this.directory, 'job');
    const names = (await readdir(job)).filter((name) => name.startsWith('chk-'));
    return new Map(
      await Promise.all(
        names.map(async (name) => [name, (await readdir(join(job, name))).length] as const),
      ),
    );
  }

  private async delete(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      await this.fileSystem.delete(path, { recursive: false });
    }
  }
}

export function filesIn(handle: KeyedStateHandle | undefined): SnapshotFiles {
  return filesOf([{ ...EMPTY_SUBTASK_STATE, managedKeyedState: handle }]);
}

export function incremental(
  handle: KeyedStateHandle | undefined,
): IncrementalRemoteKeyedStateHandle {
  if (handle?.kind !== 'incremental-remote') {
    throw new Error(`a handle of a database's files, not ${handle?.kind}`);
  }
  return handle;
}

/** Names of the SST files that a checkpoint names, with the file in `shared/` that holds each. */
export function sharedNames(handle: KeyedStateHandle | undefined): Map<string, string> {
  return new Map(
    incremental(handle).shared.map(({ localPath, handle: file }) => [
      localPath,
      file.kind === 'file' ? fileName(file.path) : file.kind,
    ]),
  );
}
