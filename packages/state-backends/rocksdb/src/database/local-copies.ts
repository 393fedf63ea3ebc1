/**
 * Copies of databases that stay on the local disk, so that a restart in the life of the process need
 * not fetch what it has.
 *
 * The checkpoint storage stays what counts: a copy is used when it is whole, once, and else passed over.
 *
 * Invariants:
 * - Of one backend there are at most `COPIES_MAX`; older ones go once a newer checkpoint has completed.
 * - A copy is given out once: if the job fails on it, the next restore goes by the storage.
 * - No call throws: without a copy a restore is slower, not wrong.
 *
 * Flink: TaskLocalStateStore, execution.checkpointing.local-backup.enabled.
 */
import { type FileSystem, fileName, joinPath, LocalFileSystem } from '@millrace/core';
import { type IncrementalRemoteKeyedStateHandle, stateHandleSizeBytes } from '@millrace/state';

const COPIES_MAX = 3; // the last completed checkpoint, and two that are under way

interface LocalCopy {
  readonly checkpointId: number;
  readonly directory: string;
  wasGivenOut: boolean;
}

/** By the checkpoint and the backend that wrote it. */
export type CopiedState = Pick<
  IncrementalRemoteKeyedStateHandle,
  'backendId' | 'checkpointId' | 'shared' | 'private'
>;

export class LocalCopies {
  /** Absolute, of these copies alone; made on demand. */
  readonly directory: string;
  private readonly files: FileSystem;
  /** By backend id, oldest first. */
  private readonly copies = new Map<string, LocalCopy[]>();
  private isClosed = false;

  constructor(directory: string, files: FileSystem = new LocalFileSystem()) {
    this.directory = directory;
    this.files = files;
  }

  /** Takes the folder over; where that fails there is no copy. */
  async keep(state: CopiedState, folder: string): Promise<void> {
    const { backendId, checkpointId } = state;
    if (this.isClosed) {
      return;
    }
    const directory = joinPath(this.directory, backendId, `chk-${checkpointId}`);
    try {
      await this.files.mkdirs(joinPath(this.directory, backendId));
      await this.files.rename(folder, directory);
    } catch {
      return; // A full or read-only disk: the checkpoint is in the storage.
    }
    const copies = this.copies.get(backendId) ?? [];
    this.copies.set(backendId, [...copies, { checkpointId, directory, wasGivenOut: false }]);
    await this.drop(backendId, (_, newer) => this.isClosed || newer >= COPIES_MAX);
  }

  /** Older copies of the backend go. */
  async complete(backendId: string, completed: number): Promise<void> {
    await this.drop(backendId, ({ checkpointId }) => checkpointId < completed);
  }

  async abort(backendId: string, aborted: number): Promise<void> {
    await this.drop(backendId, ({ checkpointId }) => checkpointId === aborted);
  }

  /**
   * The folder of the copy of a checkpoint, with all files of the handle in their sizes; it stays as it
   * is, so what restores from it links its files. `undefined` where there is none, or it was given
   * out before.
   */
  async find(state: CopiedState): Promise<string | undefined> {
    const { backendId, checkpointId } = state;
    const copy = this.copies.get(backendId)?.find((each) => each.checkpointId === checkpointId);
    if (copy === undefined || copy.wasGivenOut) {
      return undefined;
    }
    copy.wasGivenOut = true;
    return (await this.isWhole(state, copy.directory)) ? copy.directory : undefined;
  }

  /** Removes all. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.copies.clear();
    await this.remove(this.directory);
  }

  private async isWhole(state: CopiedState, directory: string): Promise<boolean> {
    try {
      const found = await this.files.listStatus(directory);
      const sizes = new Map(found.map(({ path, sizeBytes }) => [fileName(path), sizeBytes]));
      return [...state.shared, ...state.private].every(
        ({ localPath, handle }) => sizes.get(localPath) === stateHandleSizeBytes(handle),
      );
    } catch {
      return false;
    }
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
