/**
 * A source of the records of files, bounded or watching for new files.
 *
 * Guarantees: every record of every file once, also across failures and restores; the records of
 * one split in the order of the file. A file must not change once it is found.
 *
 * Flink: org.apache.flink.connector.file.src.FileSource.
 */
import {
  type Boundedness,
  ConfigError,
  type FileStatus,
  FileSystems,
  type SimpleVersionedSerializer,
  type Source,
  type SourceReader,
  type SourceReaderContext,
  type SplitEnumerator,
  type SplitEnumeratorContext,
} from '@millrace/core';
import type { BulkFormat, StreamFormat } from '../format/file-format.ts';
import { discoverFiles } from './file-discovery.ts';
import {
  FileSourceEnumerator,
  type FileSourceEnumeratorOptions,
  type FileSourceEnumeratorState,
  FileSourceEnumeratorStateSerializer,
} from './file-source-enumerator.ts';
import { FileSourceReader } from './file-source-reader.ts';
import {
  type FileSourceSplit,
  FileSourceSplitSerializer,
  fileSourceSplit,
} from './file-source-split.ts';

/** Uncompressed text beyond this is read by several readers. */
const SPLIT_BYTES = 64 * 1024 * 1024;

export class FileSource<T> implements Source<T, FileSourceSplit, FileSourceEnumeratorState> {
  readonly boundedness: Boundedness;
  readonly splitSerializer: SimpleVersionedSerializer<FileSourceSplit> =
    new FileSourceSplitSerializer();
  readonly enumeratorCheckpointSerializer: SimpleVersionedSerializer<FileSourceEnumeratorState> =
    new FileSourceEnumeratorStateSerializer();
  private readonly format: StreamFormat<T> | BulkFormat<T>;
  private readonly paths: readonly string[];
  private readonly scanIntervalMs: number | undefined;
  private readonly splitBytes: number;
  private readonly fileSystems: FileSystems;

  private constructor(
    format: StreamFormat<T> | BulkFormat<T>,
    paths: readonly string[],
    settings: FileSourceSettings,
  ) {
    if (paths.length === 0) {
      throw new ConfigError('CONFIG_VALUE_INVALID', 'a file source has no path; give at least one');
    }
    this.format = format;
    this.paths = paths;
    this.scanIntervalMs = settings.scanIntervalMs;
    this.boundedness = settings.scanIntervalMs === undefined ? 'bounded' : 'continuous-unbounded';
    this.splitBytes = settings.splitBytes;
    this.fileSystems = settings.fileSystems;
  }

  /**
   * @param paths - files, or directories that are read with all below them; see `discoverFiles`
   * @throws ConfigError `CONFIG_VALUE_INVALID` without a path
   */
  static forRecordStreamFormat<T>(format: StreamFormat<T>, ...paths: string[]): FileSource<T> {
    return new FileSource(format, paths, defaultSettings());
  }

  /** As `forRecordStreamFormat`. */
  static forBulkFileFormat<T>(format: BulkFormat<T>, ...paths: string[]): FileSource<T> {
    return new FileSource(format, paths, defaultSettings());
  }

  /**
   * The same source, never ending: looks for new files each `intervalMs`.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID` unless `intervalMs` is at least 1
   */
  monitorContinuously(options: { readonly intervalMs: number }): FileSource<T> {
    const scanIntervalMs = atLeastOne('intervalMs', options.intervalMs);
    return new FileSource(this.format, this.paths, { ...this.settings(), scanIntervalMs });
  }

  /**
   * The same source with ranges of at most this many bytes for uncompressed text; 64 MiB unless set.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID` unless `splitBytes` is at least 1
   */
  withSplitBytes(splitBytes: number): FileSource<T> {
    const settings = { ...this.settings(), splitBytes: atLeastOne('splitBytes', splitBytes) };
    return new FileSource(this.format, this.paths, settings);
  }

  /** The same source, with file systems for schemes other than `file`. */
  withFileSystems(fileSystems: FileSystems): FileSource<T> {
    return new FileSource(this.format, this.paths, { ...this.settings(), fileSystems });
  }

  createEnumerator(
    context: SplitEnumeratorContext<FileSourceSplit>,
  ): SplitEnumerator<FileSourceSplit, FileSourceEnumeratorState> {
    return new FileSourceEnumerator(context, this.enumeratorOptions(), undefined);
  }

  restoreEnumerator(
    context: SplitEnumeratorContext<FileSourceSplit>,
    checkpoint: FileSourceEnumeratorState,
  ): SplitEnumerator<FileSourceSplit, FileSourceEnumeratorState> {
    return new FileSourceEnumerator(context, this.enumeratorOptions(), checkpoint);
  }

  createReader(context: SourceReaderContext): SourceReader<T, FileSourceSplit> {
    return new FileSourceReader(context, this.format, this.fileSystems);
  }

  private settings(): FileSourceSettings {
    const { scanIntervalMs, splitBytes, fileSystems } = this;
    return { scanIntervalMs, splitBytes, fileSystems };
  }

  private enumeratorOptions(): FileSourceEnumeratorOptions {
    return {
      discover: () => discoverFiles(this.paths, this.fileSystems),
      toSplits: (file) => this.toSplits(file),
      scanIntervalMs: this.scanIntervalMs,
      paths: this.paths,
    };
  }

  private toSplits(file: FileStatus): FileSourceSplit[] {
    if (!this.format.isSplittable(file.path) || file.sizeBytes <= this.splitBytes) {
      return [fileSourceSplit(file.path, 0, file.sizeBytes)];
    }
    const splits: FileSourceSplit[] = [];
    for (let offset = 0; offset < file.sizeBytes; offset += this.splitBytes) {
      const length = Math.min(this.splitBytes, file.sizeBytes - offset);
      splits.push(fileSourceSplit(file.path, offset, length));
    }
    return splits;
  }
}

interface FileSourceSettings {
  readonly scanIntervalMs: number | undefined;
  readonly splitBytes: number;
  readonly fileSystems: FileSystems;
}

function defaultSettings(): FileSourceSettings {
  return { scanIntervalMs: undefined, splitBytes: SPLIT_BYTES, fileSystems: new FileSystems() };
}

function atLeastOne(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new ConfigError('CONFIG_VALUE_INVALID', `${name} is ${value}; use a whole number from 1`);
  }
  return value;
}
