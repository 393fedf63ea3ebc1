/**
 * Finds files and hands out their splits, one on each request, in the order of their paths.
 *
 * Invariants:
 * - A file is handed out once, also when it is found again by a later scan or after a restore.
 * - A bounded source looks once; readers that ask for more than there is are told that no split
 *   follows. A continuous one keeps them waiting until a scan finds something.
 *
 * Flink: StaticFileSplitEnumerator and ContinuousFileSplitEnumerator.
 */
import {
  DataInputView,
  DataOutputView,
  type FileStatus,
  type SimpleVersionedSerializer,
  type SplitEnumerator,
  type SplitEnumeratorContext,
  TaskError,
  type Timer,
} from '@millrace/core';
import {
  checkEnd,
  checkVersion,
  type FileSourceSplit,
  FileSourceSplitSerializer,
  readText,
  writeText,
} from './file-source-split.ts';

export interface FileSourceEnumeratorState {
  /** False when the checkpoint was taken before the first scan ended. */
  readonly isDiscovered: boolean;
  /** In the order in which they will be handed out. */
  readonly remainingSplits: readonly FileSourceSplit[];
  /** Paths that a continuous source found already. */
  readonly seenPaths: readonly string[];
}

export interface FileSourceEnumeratorOptions {
  readonly discover: () => Promise<FileStatus[]>;
  readonly toSplits: (file: FileStatus) => FileSourceSplit[];
  /** `undefined` for a bounded source. */
  readonly scanIntervalMs: number | undefined;
  /** For messages. */
  readonly paths: readonly string[];
}

export class FileSourceEnumerator
  implements SplitEnumerator<FileSourceSplit, FileSourceEnumeratorState>
{
  private readonly context: SplitEnumeratorContext<FileSourceSplit>;
  private readonly options: FileSourceEnumeratorOptions;
  private readonly seenPaths: Set<string>;
  private readonly waiting: Set<number>;
  private remaining: FileSourceSplit[];
  private isDiscovered: boolean;
  private timer: Timer | undefined;
  private closed: boolean;

  constructor(
    context: SplitEnumeratorContext<FileSourceSplit>,
    options: FileSourceEnumeratorOptions,
    restored: FileSourceEnumeratorState | undefined,
  ) {
    this.context = context;
    this.options = options;
    this.seenPaths = new Set(restored?.seenPaths);
    this.waiting = new Set();
    this.remaining = [...(restored?.remainingSplits ?? [])];
    context.metricGroup.setUnassignedSplitsGauge(() => this.remaining.length);
    this.isDiscovered = restored?.isDiscovered ?? false;
    this.timer = undefined;
    this.closed = false;
  }

  start(): void {
    if (!this.isDiscovered || this.options.scanIntervalMs !== undefined) {
      this.scan();
    }
  }

  addReader(_subtask: number): void {
    // A reader asks for its first split itself.
  }

  handleSplitRequest(subtask: number): void {
    this.waiting.add(subtask);
    this.serve();
  }

  addSplitsBack(splits: readonly FileSourceSplit[], _subtask: number): void {
    this.remaining.unshift(...splits);
    this.serve();
  }

  snapshotState(_checkpointId: number): FileSourceEnumeratorState {
    return {
      isDiscovered: this.isDiscovered,
      remainingSplits: [...this.remaining],
      seenPaths: [...this.seenPaths],
    };
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
  }

  private scan(): void {
    this.context.callAsync(this.options.discover, (files) => this.onDiscovered(files));
  }

  private onDiscovered(files: readonly FileStatus[]): void {
    if (this.closed) {
      return;
    }
    const { scanIntervalMs } = this.options;
    if (scanIntervalMs === undefined) {
      this.requireSome(files);
    } else {
      this.timer = this.context.clock.setTimer(scanIntervalMs, () => this.scan());
    }
    for (const file of files) {
      if (!this.seenPaths.has(file.path)) {
        this.remaining.push(...this.options.toSplits(file));
        if (scanIntervalMs !== undefined) {
          this.seenPaths.add(file.path);
        }
      }
    }
    this.isDiscovered = true;
    this.serve();
  }

  private requireSome(files: readonly FileStatus[]): void {
    if (files.length === 0) {
      throw new TaskError(
        'SOURCE_FAILED',
        `there is no file to read in ${this.options.paths.join(', ')}; names that begin with '.' ` +
          "or '_' do not count; correct the path of the file source",
      );
    }
  }

  private serve(): void {
    if (!this.isDiscovered) {
      return;
    }
    for (const subtask of [...this.waiting]) {
      if (!this.context.registeredReaders.has(subtask)) {
        // It failed meanwhile and asks again when it is back.
        this.waiting.delete(subtask);
        continue;
      }
      const split = this.remaining.shift();
      if (split !== undefined) {
        this.waiting.delete(subtask);
        this.context.assignSplit(split, subtask);
      } else if (this.options.scanIntervalMs === undefined) {
        this.waiting.delete(subtask);
        this.context.signalNoMoreSplits(subtask);
      }
    }
  }
}

/**
 * Layout of version 1, big-endian: version of the splits (int), is discovered (boolean), number of
 * splits (int), each as its length in bytes (int) and the split serializer's bytes, number of seen
 * paths (int), each as a text (length in bytes as int, UTF-8).
 */
export class FileSourceEnumeratorStateSerializer
  implements SimpleVersionedSerializer<FileSourceEnumeratorState>
{
  readonly version = 1;
  private readonly splits: FileSourceSplitSerializer = new FileSourceSplitSerializer();

  serialize(state: FileSourceEnumeratorState): Uint8Array {
    const out = new DataOutputView();
    out.writeInt(this.splits.version);
    out.writeBoolean(state.isDiscovered);
    out.writeInt(state.remainingSplits.length);
    for (const split of state.remainingSplits) {
      const bytes = this.splits.serialize(split);
      out.writeInt(bytes.length);
      out.write(bytes);
    }
    out.writeInt(state.seenPaths.length);
    for (const path of state.seenPaths) {
      writeText(out, path);
    }
    return out.copyBytes();
  }

  deserialize(version: number, bytes: Uint8Array): FileSourceEnumeratorState {
    checkVersion('the enumerator state of a file source', version, this.version);
    const input = new DataInputView(bytes);
    const splitVersion = input.readInt();
    const isDiscovered = input.readBoolean();
    const remainingSplits: FileSourceSplit[] = [];
    for (let left = input.readInt(); left > 0; left--) {
      const split = input.readBytes(input.readInt());
      remainingSplits.push(this.splits.deserialize(splitVersion, split));
    }
    const seenPaths: string[] = [];
    for (let left = input.readInt(); left > 0; left--) {
      seenPaths.push(readText(input));
    }
    checkEnd('the enumerator state of a file source', input);
    return { isDiscovered, remainingSplits, seenPaths };
  }
}
