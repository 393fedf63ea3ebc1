/**
 * Writes the records of one subtask to hidden part files.
 *
 * Invariants:
 * - After a failed write or sync it refuses all work: what is on the disk is no longer known.
 * - A writer that closes before any checkpoint leaves no hidden part but those that are to be committed.
 * - A restored writer cuts its open parts to the length that the checkpoint covers, goes on behind
 *   it, and gives no part a name that another part has or had.
 *
 * Flink: FileWriter.
 */
// Hot path.

import { join } from 'node:path';
import {
  errorMessage,
  type SinkWriter,
  type SinkWriterContext,
  TaskError,
  type WriterInitContext,
} from '@millrace/core';
import type { BucketAssigner, BucketAssignerContext } from './bucket-assigner.ts';
import { type BucketContext, FileSinkBucket } from './file-sink-bucket.ts';
import type { BucketState, FileSinkCommittable, FileSinkWriterState } from './file-sink-state.ts';
import type { PartFiles } from './part-files.ts';
import { type OutputFileConfig, PartNames } from './part-name.ts';
import type { CheckedRollingPolicy } from './rolling-policy.ts';
import type { RowEncoder } from './row-encoder.ts';

const SCRATCH_BYTES = 256 * 1024;

export interface FileSinkWriterOptions<T> {
  readonly basePath: string;
  readonly encoder: RowEncoder<T>;
  readonly bucketAssigner: BucketAssigner<T>;
  readonly rollingPolicy: CheckedRollingPolicy;
  readonly outputFileConfig: OutputFileConfig;
  readonly files: PartFiles;
}

export class FileSinkWriter<T> implements SinkWriter<T, FileSinkWriterState, FileSinkCommittable> {
  private readonly options: FileSinkWriterOptions<T>;
  private readonly init: WriterInitContext;
  private readonly context: BucketContext<T>;
  private readonly assignerContext: AssignerContext;
  private readonly buckets: Map<string, FileSinkBucket<T>>;
  private lastBucketId: string | undefined;
  private lastBucket: FileSinkBucket<T> | undefined;
  private failure: unknown;
  /** A checkpoint may know of hidden files. */
  private hasSnapshots: boolean;

  constructor(options: FileSinkWriterOptions<T>, init: WriterInitContext) {
    this.options = options;
    this.init = init;
    this.context = {
      files: options.files,
      names: new PartNames(options.outputFileConfig, init.subtaskId),
      encoder: options.encoder,
      policy: options.rollingPolicy,
      now: () => init.clock.now(),
      changedDirectories: new Set(),
      scratch: Buffer.allocUnsafeSlow(SCRATCH_BYTES),
    };
    this.assignerContext = new AssignerContext(init);
    this.buckets = new Map();
    this.lastBucketId = undefined;
    this.lastBucket = undefined;
    this.failure = undefined;
    this.hasSnapshots = false;
  }

  write(element: T, context: SinkWriterContext): void {
    if (this.failure !== undefined) {
      this.refuse();
    }
    this.assignerContext.record = context;
    const bucketId = this.options.bucketAssigner(element, this.assignerContext);
    if (bucketId !== this.lastBucketId) {
      this.lastBucket = this.bucket(bucketId);
      this.lastBucketId = bucketId;
    }
    try {
      (this.lastBucket as FileSinkBucket<T>).write(element);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  async flush(endOfInput: boolean): Promise<void> {
    if (this.failure !== undefined) {
      this.refuse();
    }
    try {
      for (const bucket of this.buckets.values()) {
        await bucket.flush(endOfInput);
      }
      const { changedDirectories, files } = this.context;
      for (const directory of changedDirectories) {
        await files.syncDirectory(directory);
        changedDirectories.delete(directory);
      }
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  prepareCommit(): FileSinkCommittable[] {
    const committables: FileSinkCommittable[] = [];
    for (const bucket of this.buckets.values()) {
      bucket.takePending(committables);
    }
    return committables;
  }

  snapshotState(_checkpointId: number): FileSinkWriterState[] {
    this.hasSnapshots = true;
    const states: BucketState[] = [];
    for (const bucket of this.buckets.values()) {
      const state = bucket.snapshotState();
      if (state === undefined) {
        this.forget(bucket);
      } else {
        states.push(state);
      }
    }
    const { subtaskId, numberOfParallelSubtasks } = this.init;
    return [{ subtaskId, numberOfParallelSubtasks, buckets: states }];
  }

  close(): void {
    for (const bucket of this.buckets.values()) {
      if (this.hasSnapshots) {
        bucket.close();
      } else {
        bucket.discard();
      }
    }
  }

  /** Called once, before the first record. */
  restore(states: readonly FileSinkWriterState[]): void {
    this.hasSnapshots = true;
    const { subtaskId, numberOfParallelSubtasks } = this.init;
    const isOwn = (state: FileSinkWriterState): boolean =>
      state.subtaskId === subtaskId && state.numberOfParallelSubtasks === numberOfParallelSubtasks;
    for (const state of states) {
      for (const bucketState of state.buckets) {
        this.restoreBucket(bucketState, state.subtaskId === subtaskId);
      }
    }
    // After a change of parallelism nobody knows all states of a subtask's number, so no hidden
    // file may be taken for an orphan; their counters are avoided instead.
    const knowsOwnFiles = states.length === 1 && isOwn(states[0] as FileSinkWriterState);
    this.visitHidden('', (bucketId, name, counter) => {
      if (!knowsOwnFiles) {
        const bucket = this.bucket(bucketId);
        bucket.raiseCounter(counter + 1);
        bucket.addPendingNames([name]);
      } else if (counter >= (this.buckets.get(bucketId)?.counter ?? 0)) {
        this.context.files.delete(join(this.directoryOf(bucketId), name));
      }
    });
  }

  private restoreBucket(state: BucketState, sameNumber: boolean): void {
    const bucket = this.bucket(state.bucketId);
    bucket.raiseCounter(state.nextCounter);
    bucket.addPendingNames(state.pendingNames);
    if (state.inProgress !== undefined) {
      bucket.restorePart(state.inProgress, sameNumber);
    }
  }

  private visitHidden(
    bucketId: string,
    visit: (bucketId: string, name: string, counter: number) => void,
  ): void {
    for (const entry of this.context.files.list(this.directoryOf(bucketId))) {
      const counter = this.context.names.inProgressCounter(entry.name);
      if (entry.isDirectory) {
        this.visitHidden(bucketId === '' ? entry.name : `${bucketId}/${entry.name}`, visit);
      } else if (counter !== undefined) {
        visit(bucketId, entry.name, counter);
      }
    }
  }

  private bucket(bucketId: string): FileSinkBucket<T> {
    const known = this.buckets.get(bucketId);
    if (known !== undefined) {
      return known;
    }
    const directory = this.directoryOf(bucketId);
    const { files, names } = this.context;
    let firstCounter = 0;
    for (const entry of files.list(directory)) {
      firstCounter = Math.max(firstCounter, (names.committedCounter(entry.name) ?? -1) + 1);
    }
    const { context } = this;
    const bucket = new FileSinkBucket({ context, bucketId, directory, firstCounter });
    this.buckets.set(bucketId, bucket);
    return bucket;
  }

  private forget(bucket: FileSinkBucket<T>): void {
    this.buckets.delete(bucket.bucketId);
    if (bucket === this.lastBucket) {
      this.lastBucket = undefined;
      this.lastBucketId = undefined;
    }
  }

  private directoryOf(bucketId: string): string {
    if (bucketId !== '' && !isRelativePath(bucketId)) {
      throw new TaskError(
        'SINK_FAILED',
        `the bucket '${bucketId}' is no path below ${this.options.basePath}; let the bucket ` +
          "assigner give names joined by '/', without '.' or '_' in front",
      );
    }
    return join(this.options.basePath, bucketId);
  }

  private refuse(): never {
    throw new TaskError(
      'PROCESS_POISONED',
      `the file sink at ${this.options.basePath} failed before (${errorMessage(this.failure)}); ` +
        'restart it from a checkpoint',
      { cause: this.failure },
    );
  }
}

/** A part of the name that begins with `.` or `_` would hide the results from readers. */
function isRelativePath(bucketId: string): boolean {
  return (
    typeof bucketId === 'string' &&
    !bucketId.includes('\0') &&
    !bucketId.includes('\\') &&
    bucketId.split('/').every((name) => name !== '' && !/^[._]/.test(name))
  );
}

class AssignerContext implements BucketAssignerContext {
  record: SinkWriterContext | undefined;
  private readonly init: WriterInitContext;

  constructor(init: WriterInitContext) {
    this.record = undefined;
    this.init = init;
  }

  timestamp(): number | undefined {
    return this.record?.timestamp();
  }

  currentWatermark(): number {
    return (this.record as SinkWriterContext).currentWatermark();
  }

  currentProcessingTime(): number {
    return this.init.clock.now();
  }
}
