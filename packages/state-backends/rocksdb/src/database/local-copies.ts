/**
 * Copies of databases that stay on the local disk, so that a restart in the life of the process need
 * not fetch what it has.
 *
 * The checkpoint storage stays what counts: a copy is used when it is whole, once, and else passed over.
 * They are moved and linked, not copied, so each lies on the disk of its database.
 *
 * Invariants:
 * - Of one backend there are at most `COPIES_MAX`; older ones go once a newer checkpoint has completed.
 * - A copy is given out once: if the job fails on it, the next restore goes by the storage.
 * - Nothing here throws: without a copy a restore is slower, not wrong.
 *
 * Flink: TaskLocalStateStore, execution.checkpointing.local-backup.enabled.
 */
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { type FileSystem, LocalFileSystem } from '@millrace/core';

const COPIES_MAX = 3; // the last completed checkpoint, and two that are under way

interface LocalCopy {
  readonly checkpointId: number;
  readonly directory: string;
  wasGivenOut: boolean;
}

/** Of one checkpoint of one backend. */
export interface CopiedState {
  readonly backendId: string;
  readonly checkpointId: number;
}

export interface LocalCopiesOptions {
  /**
   * Keeps the folder of the process in `directory` while copies are in it.
   *
   * @param directory - one of `state.backend.rocksdb.localdir`
   */
  take(directory: string): Promise<string>;
  /** Once for each `take`. */
  leave(directory: string): void;
  readonly files?: FileSystem;
}

export class LocalCopies {
  private readonly options: LocalCopiesOptions;
  private readonly files: FileSystem;
  /** Of all that are kept here, in the folder of the process. */
  private readonly name: string;
  /** Directories with a folder of the process that was taken, and that folder. */
  private readonly taken = new Map<string, string>();
  /** By backend id, oldest first. */
  private readonly copies = new Map<string, LocalCopy[]>();

  constructor(options: LocalCopiesOptions) {
    this.options = options;
    this.files = options.files ?? new LocalFileSystem();
    this.name = `localState-${randomUUID()}`;
  }

  /**
   * Takes over the copy that is in the working directory of its backend; where that fails there is none.
   *
   * @param folder - in a working directory, which is in the folder of the process
   */
  async keep({ backendId, checkpointId }: CopiedState, folder: string): Promise<void> {
    let directory: string;
    try {
      const processFolder = await this.take(dirname(dirname(dirname(folder))));
      directory = join(processFolder, this.name, backendId, `chk-${checkpointId}`);
      await this.files.mkdirs(dirname(directory));
      await this.files.rename(folder, directory);
    } catch {
      return; // A full or read-only disk: the checkpoint is in the storage.
    }
    const copies = this.copies.get(backendId) ?? [];
    this.copies.set(backendId, [...copies, { checkpointId, directory, wasGivenOut: false }]);
    await this.drop(backendId, (_, newer) => newer >= COPIES_MAX);
  }

  /** Older copies of the backend go. */
  async complete(backendId: string, completed: number): Promise<void> {
    await this.drop(backendId, ({ checkpointId }) => checkpointId < completed);
  }

  async abort(backendId: string, aborted: number): Promise<void> {
    await this.drop(backendId, ({ checkpointId }) => checkpointId === aborted);
  }

  /**
   * Absolute path of the folder with the files of a checkpoint, under their names in the database.
   * `undefined` where there is none, or where it was given out before. Whoever restores from it looks
   * whether it is whole, and leaves it as it is.
   */
  async find({ backendId, checkpointId }: CopiedState): Promise<string | undefined> {
    const copy = this.copies.get(backendId)?.find((each) => each.checkpointId === checkpointId);
    if (copy === undefined || copy.wasGivenOut) {
      return undefined;
    }
    copy.wasGivenOut = true;
    return copy.directory;
  }

  /** The job is over: removes all. Others may be kept after that. */
  async clear(): Promise<void> {
    const taken = [...this.taken];
    this.taken.clear();
    this.copies.clear();
    for (const [directory, processFolder] of taken) {
      await this.remove(join(processFolder, this.name));
      this.options.leave(directory);
    }
  }

  private async take(directory: string): Promise<string> {
    const before = this.taken.get(directory);
    if (before !== undefined) {
      return before;
    }
    const processFolder = await this.options.take(directory);
    if (this.taken.has(directory)) {
      this.options.leave(directory); // Another subtask was as quick.
    }
    this.taken.set(directory, processFolder);
    return processFolder;
  }

  /** @param isOver - is given how many newer ones of the backend there are */
  private async drop(
    backendId: string,
    isOver: (copy: LocalCopy, newer: number) => boolean,
  ): Promise<void> {
    const copies = this.copies.get(backendId) ?? [];
    const over = copies.filter((copy, index) => isOver(copy, copies.length - 1 - index));
    const kept = copies.filter((copy) => !over.includes(copy));
    if (kept.length === 0) {
      this.copies.delete(backendId);
    } else {
      this.copies.set(backendId, kept);
    }
    for (const { directory } of over) {
      await this.remove(directory);
    }
  }

  private async remove(directory: string): Promise<void> {
    await this.files.delete(directory, { recursive: true }).catch(() => false);
  }
}
