/**
 * What a checkpoint keeps of the sink: of each writer its open parts and counters, and the finished
 * parts that are to be committed. File names are relative, so a moved folder still restores.
 *
 * Flink: FileWriterBucketState, FileSinkCommittable and their serializers.
 */
import { DataInputView, DataOutputView, type SimpleVersionedSerializer } from '@millrace/core';
import { checkEnd, checkVersion, readText, writeText } from '../source/file-source-split.ts';

/** One for each writer, also when it wrote nothing. */
export interface FileSinkWriterState {
  readonly subtaskId: number;
  readonly numberOfParallelSubtasks: number;
  readonly buckets: readonly BucketState[];
}

export interface BucketState {
  readonly bucketId: string;
  /** Every hidden part of this subtask with a smaller counter belongs to the checkpoint. */
  readonly nextCounter: number;
  readonly inProgress: InProgressPart | undefined;
  /** Hidden names of parts that were finished, and perhaps are not committed yet. */
  readonly pendingNames: readonly string[];
}

export interface InProgressPart {
  readonly hiddenName: string;
  readonly committedName: string;
  /** Bytes that the checkpoint covers; what follows them is cut off on restore. */
  readonly lengthBytes: number;
  /** By the clock of the job, for the rolling policy. */
  readonly createdAt: number;
}

/** A finished part. */
export interface FileSinkCommittable {
  readonly bucketId: string;
  readonly hiddenName: string;
  readonly committedName: string;
  readonly lengthBytes: number;
}

/**
 * Layout of version 1, big-endian: subtask (int), parallelism (int), number of buckets (int), each:
 * bucket id (text), next counter (long), has open part (boolean), if so hidden name (text), final
 * name (text), length (long), created at (timestamp), then number of pending names (int) and each
 * (text). A text is its length in bytes (int) and UTF-8.
 */
export class FileSinkWriterStateSerializer
  implements SimpleVersionedSerializer<FileSinkWriterState>
{
  readonly version = 1;

  serialize(state: FileSinkWriterState): Uint8Array {
    const out = new DataOutputView();
    out.writeInt(state.subtaskId);
    out.writeInt(state.numberOfParallelSubtasks);
    out.writeInt(state.buckets.length);
    for (const bucket of state.buckets) {
      writeBucket(out, bucket);
    }
    return out.copyBytes();
  }

  deserialize(version: number, bytes: Uint8Array): FileSinkWriterState {
    checkVersion('the writer state of a file sink', version, this.version);
    const input = new DataInputView(bytes);
    const subtaskId = input.readInt();
    const numberOfParallelSubtasks = input.readInt();
    const buckets: BucketState[] = [];
    for (let left = input.readInt(); left > 0; left--) {
      buckets.push(readBucket(input));
    }
    checkEnd('the writer state of a file sink', input);
    return { subtaskId, numberOfParallelSubtasks, buckets };
  }
}

function writeBucket(out: DataOutputView, bucket: BucketState): void {
  writeText(out, bucket.bucketId);
  out.writeLong(bucket.nextCounter);
  out.writeBoolean(bucket.inProgress !== undefined);
  if (bucket.inProgress !== undefined) {
    writeText(out, bucket.inProgress.hiddenName);
    writeText(out, bucket.inProgress.committedName);
    out.writeLong(bucket.inProgress.lengthBytes);
    out.writeTimestamp(bucket.inProgress.createdAt);
  }
  out.writeInt(bucket.pendingNames.length);
  for (const name of bucket.pendingNames) {
    writeText(out, name);
  }
}

function readBucket(input: DataInputView): BucketState {
  const bucketId = readText(input);
  const nextCounter = input.readLong();
  const inProgress = input.readBoolean()
    ? {
        hiddenName: readText(input),
        committedName: readText(input),
        lengthBytes: input.readLong(),
        createdAt: input.readTimestamp(),
      }
    : undefined;
  const pendingNames: string[] = [];
  for (let left = input.readInt(); left > 0; left--) {
    pendingNames.push(readText(input));
  }
  return { bucketId, nextCounter, inProgress, pendingNames };
}

/**
 * Layout of version 1, big-endian: bucket id (text), hidden name (text), final name (text), length
 * in bytes (long).
 */
export class FileSinkCommittableSerializer
  implements SimpleVersionedSerializer<FileSinkCommittable>
{
  readonly version = 1;

  serialize(committable: FileSinkCommittable): Uint8Array {
    const out = new DataOutputView();
    writeText(out, committable.bucketId);
    writeText(out, committable.hiddenName);
    writeText(out, committable.committedName);
    out.writeLong(committable.lengthBytes);
    return out.copyBytes();
  }

  deserialize(version: number, bytes: Uint8Array): FileSinkCommittable {
    checkVersion('a committable of a file sink', version, this.version);
    const input = new DataInputView(bytes);
    const committable = {
      bucketId: readText(input),
      hiddenName: readText(input),
      committedName: readText(input),
      lengthBytes: input.readLong(),
    };
    checkEnd('a committable of a file sink', input);
    return committable;
  }
}
