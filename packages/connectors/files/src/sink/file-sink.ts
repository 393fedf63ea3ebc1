/**
 * A sink of rows into files, exactly once.
 *
 * Guarantees:
 * - A record is in one visible file once its checkpoint has completed, and in no two; also across
 *   failures, restores and changes of parallelism.
 * - A visible file never changes. What is not finished has a hidden name (`.part-…inprogress…`).
 * - With size as the only reason to begin a new part, equal runs of a bounded job give equal folders.
 *
 * Flink: org.apache.flink.connector.file.sink.FileSink.
 */
import {
  type Committer,
  ConfigError,
  pathScheme,
  type SimpleVersionedSerializer,
  type Sink,
  type SinkWriter,
  toLocalPath,
  type WriterInitContext,
} from '@millrace/core';
import { type BucketAssigner, basePathBucketAssigner } from './bucket-assigner.ts';
import { FileSinkCommitter } from './file-sink-committer.ts';
import {
  type FileSinkCommittable,
  FileSinkCommittableSerializer,
  type FileSinkWriterState,
  FileSinkWriterStateSerializer,
} from './file-sink-state.ts';
import { FileSinkWriter, type FileSinkWriterOptions } from './file-sink-writer.ts';
import { LocalPartFiles, type PartFiles } from './part-files.ts';
import { type OutputFileConfig, PartNames } from './part-name.ts';
import { checkRollingPolicy, type RollingPolicy } from './rolling-policy.ts';
import type { RowEncoder } from './row-encoder.ts';

export interface FileSinkOptions<T> {
  /** All into the base path unless set. */
  readonly bucketAssigner?: BucketAssigner<T>;
  readonly rollingPolicy?: RollingPolicy;
  readonly outputFileConfig?: OutputFileConfig;
}

export class FileSink<T> implements Sink<T, FileSinkWriterState, FileSinkCommittable> {
  readonly writerStateSerializer: SimpleVersionedSerializer<FileSinkWriterState> =
    new FileSinkWriterStateSerializer();
  readonly committableSerializer: SimpleVersionedSerializer<FileSinkCommittable> =
    new FileSinkCommittableSerializer();
  private readonly options: FileSinkWriterOptions<T>;

  private constructor(options: FileSinkWriterOptions<T>) {
    this.options = options;
  }

  /**
   * @param path - a local folder, made when it is missing
   * @throws ConfigError `UNSUPPORTED` for another scheme than `file`, `CONFIG_VALUE_INVALID`
   */
  static forRowFormat<T>(
    path: string,
    encoder: RowEncoder<T>,
    options: FileSinkOptions<T> = {},
  ): FileSink<T> {
    const scheme = pathScheme(path) ?? 'file';
    if (scheme !== 'file') {
      throw new ConfigError(
        'UNSUPPORTED',
        `the file sink cannot write to ${path}: it needs to rename and cut files; use a local path`,
      );
    }
    const outputFileConfig = { ...options.outputFileConfig };
    // Bad names are to fail where the program is built.
    new PartNames(outputFileConfig, 0);
    return new FileSink({
      basePath: toLocalPath(path),
      encoder,
      bucketAssigner: options.bucketAssigner ?? basePathBucketAssigner(),
      rollingPolicy: checkRollingPolicy(options.rollingPolicy ?? {}),
      outputFileConfig,
      files: new LocalPartFiles(),
    });
  }

  /**
   * The same sink with another door to the disk; tests pass one that fails.
   *
   * @internal
   */
  withPartFiles(files: PartFiles): FileSink<T> {
    return new FileSink({ ...this.options, files });
  }

  createWriter(
    context: WriterInitContext,
  ): SinkWriter<T, FileSinkWriterState, FileSinkCommittable> {
    const writer = new FileSinkWriter(this.options, context);
    if (context.restoredCheckpointId !== undefined) {
      writer.restore([]);
    }
    return writer;
  }

  restoreWriter(
    context: WriterInitContext,
    states: readonly FileSinkWriterState[],
  ): SinkWriter<T, FileSinkWriterState, FileSinkCommittable> {
    const writer = new FileSinkWriter(this.options, context);
    writer.restore(states);
    return writer;
  }

  createCommitter(): Committer<FileSinkCommittable> {
    return new FileSinkCommitter(this.options.basePath, this.options.files);
  }
}
