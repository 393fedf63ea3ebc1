/** Drives a file sink as the engine would: writes, checkpoints, kills, restores. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  type Clock,
  type CommitRequest,
  type Committer,
  type SinkWriter,
  SystemClock,
  type WriterInitContext,
} from '@millrace/core';
import type { FileSink } from '../sink/file-sink.ts';
import type { FileSinkCommittable, FileSinkWriterState } from '../sink/file-sink-state.ts';
import { noMetrics } from './source-harness.ts';

export type Writer<T> = SinkWriter<T, FileSinkWriterState, FileSinkCommittable>;

export interface SinkCheckpoint {
  readonly states: readonly Uint8Array[];
  readonly committables: readonly Uint8Array[];
}

const recordContext = { timestamp: () => undefined, currentWatermark: () => -Infinity };

export function initContext(options: Partial<WriterInitContext> = {}): WriterInitContext {
  return {
    subtaskId: 0,
    numberOfParallelSubtasks: 1,
    restoredCheckpointId: undefined,
    clock: new SystemClock(),
    metricGroup: noMetrics,
    ...options,
  };
}

export function clockAt(ms: number): Clock & { ms: number } {
  const clock = new SystemClock() as SystemClock & { ms: number };
  clock.ms = ms;
  clock.now = () => clock.ms;
  return clock;
}

export function freshWriter<T>(
  sink: FileSink<T>,
  options: Partial<WriterInitContext> = {},
): Writer<T> {
  return sink.createWriter(initContext(options)) as Writer<T>;
}

export function restoredWriter<T>(
  sink: FileSink<T>,
  states: readonly Uint8Array[],
  options: Partial<WriterInitContext> = {},
): Writer<T> {
  const serializer = sink.writerStateSerializer;
  return sink.restoreWriter(
    initContext({ restoredCheckpointId: 1, ...options }),
    states.map((bytes) => serializer.deserialize(1, bytes)),
  ) as Writer<T>;
}

export function writeAll<T>(writer: Writer<T>, elements: readonly T[]): void {
  for (const element of elements) {
    writer.write(element, recordContext);
  }
}

/** Not committed yet: that follows when the checkpoint is complete. */
export async function checkpoint<T>(
  sink: FileSink<T>,
  writer: Writer<T>,
  endOfInput = false,
): Promise<SinkCheckpoint> {
  await writer.flush(endOfInput);
  const committables = (await writer.prepareCommit?.()) ?? [];
  const states = writer.snapshotState?.(1) ?? [];
  return {
    states: states.map((state) => sink.writerStateSerializer.serialize(state)),
    committables: committables.map((c) => sink.committableSerializer.serialize(c)),
  };
}

/** Gives the errors with which parts failed. */
export async function commit<T>(
  sink: FileSink<T>,
  committables: readonly Uint8Array[],
): Promise<unknown[]> {
  const failures: unknown[] = [];
  const committer: Committer<FileSinkCommittable> = sink.createCommitter();
  const requests = committables.map(
    (bytes): CommitRequest<FileSinkCommittable> => ({
      committable: sink.committableSerializer.deserialize(1, bytes),
      numberOfRetries: 0,
      retryLater: () => undefined,
      signalAlreadyCommitted: () => undefined,
      signalFailedWithKnownReason: () => undefined,
      signalFailedWithUnknownReason: (error) => failures.push(error),
    }),
  );
  await committer.commit(requests);
  return failures;
}

/** Visible files below a folder with their text, by relative path. */
export function committedFiles(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const path of allFiles(folder)) {
    if (!path.split('/').some((name) => name.startsWith('.'))) {
      files[path] = readFileSync(join(folder, path), 'utf8');
    }
  }
  return files;
}

export function hiddenFiles(folder: string): string[] {
  return allFiles(folder).filter((path) => path.split('/').at(-1)?.startsWith('.'));
}

function allFiles(folder: string): string[] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}
