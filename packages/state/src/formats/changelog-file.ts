/**
 * A file of a changelog, as the bytes that were logged: a flag says whether they are compressed, and
 * places in them count neither the flag nor the compression.
 *
 * Bytes: docs/formats/changelog.md. Flink: ChangelogStreamHandleReaderWithCache, StateChangeIteratorImpl.
 */
import { CheckpointError } from '@millrace/core';
import type { OpenStateHandle, StateHandleReader } from '../snapshot/state-handle-reader.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import {
  readSnappyChunkIndex,
  type SnappyChunkIndex,
  SnappyFramedFile,
} from './snappy-framed-file.ts';

const FLAG_BYTES = 1;

export function changelogFileName(handle: StreamStateHandle): string {
  switch (handle.kind) {
    case 'byte-stream':
      return `changelog (inline, ${handle.handleName})`;
    case 'empty-segment-file':
      return 'changelog (empty)';
    default:
      return `changelog ${handle.path}`;
  }
}

/** Where the chunks of a compressed file are; `plain` for one that is not. */
export type ChangelogFileLayout = SnappyChunkIndex | 'plain';

export interface ChangelogFile extends StateHandleReader {
  /** To open the file again without looking for it. */
  readonly layout: ChangelogFileLayout;
}

/**
 * @param known - of a file that was open before
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`
 */
export async function openChangelogFile(
  handle: StreamStateHandle,
  openStateHandle: OpenStateHandle,
  known?: ChangelogFileLayout,
): Promise<ChangelogFile> {
  const source = changelogFileName(handle);
  const file = await openStateHandle(handle, { wholeFile: true });
  try {
    const layout = known ?? (await readLayout(file, source));
    const payload = new ChangelogPayload(file, layout, source);
    // The length of the file itself stands for nothing else.
    const logged = 'sizeBytes' in handle ? handle.sizeBytes : payload.sizeBytes;
    if (payload.sizeBytes !== logged) {
      throw corrupt(source, `has ${payload.sizeBytes} bytes of changes instead of ${logged}`);
    }
    return payload;
  } catch (error) {
    await file.close().catch(() => undefined); // What failed before is to be told.
    throw error;
  }
}

async function readLayout(file: StateHandleReader, source: string): Promise<ChangelogFileLayout> {
  const [flag] = await file.read(0, FLAG_BYTES);
  if (flag !== 0 && flag !== 1) {
    throw corrupt(source, `begins with ${flag}, which says neither plain (0) nor compressed (1)`);
  }
  return flag === 0 ? 'plain' : readSnappyChunkIndex(file, { source, start: FLAG_BYTES });
}

/** What was logged, without the flag and the compression. */
class ChangelogPayload implements ChangelogFile {
  readonly sizeBytes: number;
  readonly layout: ChangelogFileLayout;
  private readonly file: StateHandleReader;
  private readonly frames: SnappyFramedFile | undefined;

  constructor(file: StateHandleReader, layout: ChangelogFileLayout, source: string) {
    this.file = file;
    this.layout = layout;
    this.frames = layout === 'plain' ? undefined : new SnappyFramedFile(file, source, layout);
    this.sizeBytes = this.frames?.sizeBytes ?? file.sizeBytes - FLAG_BYTES;
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return this.frames?.read(position, length) ?? this.file.read(FLAG_BYTES + position, length);
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

function corrupt(source: string, reason: string): CheckpointError {
  return new CheckpointError('SNAPSHOT_CORRUPT', `${source} ${reason}; restore another snapshot`);
}
