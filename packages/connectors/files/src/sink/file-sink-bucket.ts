/**
 * The parts of one writer in one folder: at most one takes records, the others are finished.
 *
 * Invariants:
 * - Bytes reach the file in buffers; where a part ends does not depend on when buffers are emptied.
 * - A part is handed out for commit only after all its bytes and its name are on the disk.
 *
 * Flink: FileWriterBucket.
 */
// Hot path.

import { join } from 'node:path';
import { TaskError } from '@millrace/core';
import type { BucketState, FileSinkCommittable, InProgressPart } from './file-sink-state.ts';
import type { PartFiles } from './part-files.ts';
import type { PartNames } from './part-name.ts';
import type { CheckedRollingPolicy } from './rolling-policy.ts';
import type { RowEncoder } from './row-encoder.ts';

/** Characters gathered before they are encoded and written by one call. */
const BUFFERED_CHARS = 64 * 1024;
/** A UTF-16 code unit takes at most this many bytes in UTF-8. */
const BYTES_PER_CHAR_MAX = 3;

/** What the buckets of one writer share. */
export interface BucketContext<T> {
  readonly files: PartFiles;
  readonly names: PartNames;
  readonly encoder: RowEncoder<T>;
  readonly policy: CheckedRollingPolicy;
  readonly now: () => number;
  /** Directories with new names, to be synced by the next flush. */
  readonly changedDirectories: Set<string>;
  scratch: Buffer;
}

interface Part {
  readonly handle: number;
  readonly hiddenName: string;
  readonly committedName: string;
  readonly createdAt: number;
  lastWrittenAt: number;
  /** On disk or with the operating system. */
  writtenBytes: number;
}

export interface FileSinkBucketOptions<T> {
  readonly context: BucketContext<T>;
  readonly bucketId: string;
  /** The bucket's folder, an absolute path. */
  readonly directory: string;
  /** Counter of the first new part; no part in `directory` has it or a higher one. */
  readonly firstCounter: number;
}

export class FileSinkBucket<T> {
  readonly bucketId: string;
  readonly directory: string;
  private readonly context: BucketContext<T>;
  private nextCounter: number;
  private part: Part | undefined;
  private text: string;
  private gotRecords: boolean;
  /** Finished and closed, not synced. */
  private finished: Part[];
  private pending: FileSinkCommittable[];
  private handedOut: string[];

  constructor(options: FileSinkBucketOptions<T>) {
    this.context = options.context;
    this.bucketId = options.bucketId;
    this.directory = options.directory;
    this.nextCounter = options.firstCounter;
    this.part = undefined;
    this.text = '';
    this.gotRecords = false;
    this.finished = [];
    this.pending = [];
    this.handedOut = [];
  }

  write(element: T): void {
    // Encoded first: a record that cannot be encoded leaves nothing behind.
    const row = this.context.encoder.encode(element);
    if (this.part !== undefined && this.isFull(this.part)) {
      this.finishPart();
    }
    if (this.part === undefined) {
      this.beginPart();
    }
    this.text += row;
    this.gotRecords = true;
    if (this.text.length >= BUFFERED_CHARS) {
      this.drain();
    }
  }

  private isFull(part: Part): boolean {
    const { maxPartSizeBytes } = this.context.policy;
    if (part.writtenBytes + this.text.length * BYTES_PER_CHAR_MAX < maxPartSizeBytes) {
      return false;
    }
    // Near the limit only the exact size may decide.
    this.drain();
    return part.writtenBytes >= maxPartSizeBytes;
  }

  private drain(): void {
    const { part, text, context } = this;
    if (part === undefined || text.length === 0) {
      return;
    }
    if (context.scratch.length < text.length * BYTES_PER_CHAR_MAX) {
      context.scratch = Buffer.allocUnsafeSlow(text.length * BYTES_PER_CHAR_MAX);
    }
    const length = context.scratch.write(text, 0, 'utf8');
    context.files.write(
      part.handle,
      join(this.directory, part.hiddenName),
      context.scratch,
      length,
    );
    part.writtenBytes += length;
    this.text = '';
  }

  private beginPart(): void {
    const { files, names, encoder, changedDirectories } = this.context;
    for (const changed of files.makeDirectory(this.directory)) {
      changedDirectories.add(changed);
    }
    const counter = this.nextCounter;
    const hiddenName = names.inProgress(counter, files.uniqueId());
    const handle = files.create(join(this.directory, hiddenName));
    const now = this.context.now();
    this.nextCounter = counter + 1;
    changedDirectories.add(this.directory);
    this.text = encoder.header;
    this.part = {
      handle,
      hiddenName,
      committedName: names.committed(counter),
      createdAt: now,
      lastWrittenAt: now,
      writtenBytes: 0,
    };
  }

  private finishPart(): void {
    this.drain();
    const part = this.part as Part;
    this.part = undefined;
    this.finished.push(part);
    // Closed before it is synced, so that many small parts do not use up the file handles.
    this.context.files.close(part.handle, join(this.directory, part.hiddenName));
  }

  /** Goes on with a part of a checkpoint, or, if one is open already, only finishes it. */
  restorePart(restored: InProgressPart, goOn: boolean): void {
    const path = join(this.directory, restored.hiddenName);
    const size = this.context.files.sizeBytes(path);
    if (size === undefined || size < restored.lengthBytes) {
      const found = size === undefined ? 'does not exist' : `has ${size} bytes`;
      throw new TaskError(
        'SINK_FAILED',
        `the part ${path} ${found}, but the snapshot holds ${restored.lengthBytes} bytes of it: it goes on ` +
          'with the files of the folder that the job wrote to; give the sink that folder as it was, bring the ' +
          'file back, or restore from the latest snapshot',
      );
    }
    const part: Part = {
      handle: this.context.files.reopen(path, restored.lengthBytes),
      hiddenName: restored.hiddenName,
      committedName: restored.committedName,
      createdAt: restored.createdAt,
      lastWrittenAt: this.context.now(),
      writtenBytes: restored.lengthBytes,
    };
    if (goOn && this.part === undefined) {
      this.part = part;
    } else {
      this.finished.push(part);
      this.context.files.close(part.handle, path);
    }
  }

  /** Every hidden part of this subtask with a smaller counter belongs to a checkpoint. */
  get counter(): number {
    return this.nextCounter;
  }

  /** Parts of a checkpoint never share a counter with later ones. */
  raiseCounter(nextCounter: number): void {
    this.nextCounter = Math.max(this.nextCounter, nextCounter);
  }

  addPendingNames(names: readonly string[]): void {
    this.handedOut.push(...names);
  }

  /** Everything written so far reaches the disk. */
  async flush(endOfInput: boolean): Promise<void> {
    const { files } = this.context;
    if (this.part !== undefined) {
      if (this.gotRecords) {
        this.part.lastWrittenAt = this.context.now();
        this.gotRecords = false;
      }
      if (endOfInput || this.isDue(this.part)) {
        this.finishPart();
      } else {
        this.drain();
        await files.sync(this.part.handle, join(this.directory, this.part.hiddenName));
      }
    }
    while (this.finished.length > 0) {
      const part = this.finished[0] as Part;
      await files.syncFile(join(this.directory, part.hiddenName));
      this.finished.shift();
      this.pending.push({
        bucketId: this.bucketId,
        hiddenName: part.hiddenName,
        committedName: part.committedName,
        lengthBytes: part.writtenBytes,
      });
    }
  }

  private isDue(part: Part): boolean {
    const { policy } = this.context;
    const now = this.context.now();
    return (
      policy.rollOnCheckpoint ||
      now - part.createdAt >= policy.rolloverIntervalMs ||
      now - part.lastWrittenAt >= policy.inactivityIntervalMs
    );
  }

  takePending(into: FileSinkCommittable[]): void {
    for (const committable of this.pending) {
      into.push(committable);
      this.handedOut.push(committable.hiddenName);
    }
    this.pending = [];
  }

  /** `undefined` when nothing of the bucket needs to be remembered: the folder tells the counter. */
  snapshotState(): BucketState | undefined {
    this.handedOut = this.handedOut.filter(
      (name) => this.context.files.sizeBytes(join(this.directory, name)) !== undefined,
    );
    if (this.part === undefined && this.handedOut.length === 0) {
      return undefined;
    }
    const inProgress = this.part && {
      hiddenName: this.part.hiddenName,
      committedName: this.part.committedName,
      lengthBytes: this.part.writtenBytes,
      createdAt: this.part.createdAt,
    };
    return {
      bucketId: this.bucketId,
      nextCounter: this.nextCounter,
      inProgress,
      pendingNames: [...this.handedOut],
    };
  }

  /** No checkpoint knows its hidden files: those that were not handed out for commit are removed. */
  discard(): void {
    const names = [...this.finished, ...this.pending].map(({ hiddenName }) => hiddenName);
    const open = this.part?.hiddenName;
    this.close();
    for (const name of open === undefined ? names : [...names, open]) {
      this.context.files.delete(join(this.directory, name));
    }
    this.finished = [];
    this.pending = [];
  }

  /** Hidden files stay: a checkpoint may need them. */
  close(): void {
    const { part } = this;
    this.part = undefined;
    if (part !== undefined) {
      this.context.files.close(part.handle, join(this.directory, part.hiddenName));
    }
  }
}
