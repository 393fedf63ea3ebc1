/**
 * In a worker thread: where tasks write their state. Checkpoints go to the storage that the
 * configuration names, as in the main thread; savepoints to the folder that the main thread made.
 *
 * The folder of a savepoint is said on the message port and its barrier may come by a ring, so a task
 * may have to wait for the former: its streams do, nothing else.
 */
import { CheckpointingOptions, type Configuration, type FileSystems } from '@millrace/core';
import {
  type CheckpointedStateScope,
  type CheckpointStateOutputStream,
  type CheckpointStorage,
  type CheckpointStreamFactory,
  type KeyedStateFormat,
  resolveSavepointStorageLocation,
  type StreamStateHandle,
} from '@millrace/state';
import type { CheckpointBarrier } from '../../checkpoint/checkpoint-options.ts';
import { checkpointStreamsAt } from '../../checkpoint/checkpoint-streams.ts';

/** Savepoints that a late write may still ask for. */
const REMEMBERED_SAVEPOINTS = 64;

interface Announcement {
  readonly directory: Promise<string>;
  readonly announce: (directory: string) => void;
}

export class WorkerCheckpointStreams {
  private readonly storage: CheckpointStorage;
  private readonly configuration: Configuration;
  private readonly fileSystems: FileSystems;
  private readonly savepoints = new Map<number, Announcement>();

  constructor(
    storage: CheckpointStorage,
    { configuration, fileSystems }: { configuration: Configuration; fileSystems: FileSystems },
  ) {
    this.storage = storage;
    this.configuration = configuration;
    this.fileSystems = fileSystems;
  }

  /** The folder of a savepoint. */
  announce(checkpointId: number, directory: string): void {
    this.announcementOf(checkpointId).announce(directory);
  }

  streams({ checkpointId, snapshotType }: CheckpointBarrier): CheckpointStreamFactory {
    const location =
      snapshotType.kind === 'savepoint'
        ? this.savepointStreams(checkpointId, snapshotType.formatType)
        : this.storage.resolveCheckpointStorageLocation(checkpointId);
    return checkpointStreamsAt(location, snapshotType, this.configuration);
  }

  private savepointStreams(
    checkpointId: number,
    keyedStateFormat: KeyedStateFormat,
  ): CheckpointStreamFactory {
    const { directory } = this.announcementOf(checkpointId);
    const resolved = directory.then((uri) =>
      resolveSavepointStorageLocation(uri, {
        fileSystem: this.fileSystems.getFileSystem(uri),
        keyedStateFormat,
        inlineThresholdBytes: this.configuration.get(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD),
        writeBufferSizeBytes: this.configuration.get(CheckpointingOptions.FS_WRITE_BUFFER_SIZE),
      }),
    );
    resolved.catch(() => {}); // Told to whoever writes.
    return {
      keyedStateFormat,
      createCheckpointStateOutputStream: (scope) => new DeferredStream(resolved, scope),
    };
  }

  private announcementOf(checkpointId: number): Announcement {
    let known = this.savepoints.get(checkpointId);
    if (known === undefined) {
      let announce: Announcement['announce'] = () => {};
      const directory = new Promise<string>((resolve) => {
        announce = resolve;
      });
      known = { directory, announce };
      this.savepoints.set(checkpointId, known);
      this.forgetOldest();
    }
    return known;
  }

  private forgetOldest(): void {
    for (const oldest of this.savepoints.keys()) {
      if (this.savepoints.size <= REMEMBERED_SAVEPOINTS) {
        return;
      }
      this.savepoints.delete(oldest);
    }
  }
}

/** One whose place is about to be known. */
class DeferredStream implements CheckpointStateOutputStream {
  position = 0;
  private readonly stream: Promise<CheckpointStateOutputStream>;

  constructor(location: Promise<CheckpointStreamFactory>, scope: CheckpointedStateScope) {
    this.stream = location.then((factory) => factory.createCheckpointStateOutputStream(scope));
    this.stream.catch(() => {}); // Told to whoever writes.
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.position += bytes.length;
    await (await this.stream).write(bytes);
  }

  async closeAndGetHandle(): Promise<StreamStateHandle | undefined> {
    return (await this.stream).closeAndGetHandle();
  }

  async abort(): Promise<void> {
    await this.stream.then(
      (stream) => stream.abort(),
      () => {},
    );
  }
}
