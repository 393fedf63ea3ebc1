/**
 * A file, or a range of one, and where its reader stands.
 *
 * Flink: FileSourceSplit, FileSourceSplitSerializer.
 */
import {
  CheckpointError,
  DataInputView,
  DataOutputView,
  type SimpleVersionedSerializer,
  type SourceSplit,
} from '@millrace/core';

export interface FileSourceSplit extends SourceSplit {
  readonly path: string;
  /** Bytes; records that begin in `[offset, offset + length)` belong to the split. */
  readonly offset: number;
  readonly length: number;
  /** `undefined` before the first record. */
  readonly position: FileSourcePosition | undefined;
}

export interface FileSourcePosition {
  /** In the unit of the format. */
  readonly offset: number;
  /** Records after `offset` that were emitted already. */
  readonly recordsAfterOffset: number;
}

/** One id for one range of one file, whoever finds it. */
export function fileSourceSplit(path: string, offset: number, length: number): FileSourceSplit {
  return { splitId: `${path}@${offset}`, path, offset, length, position: undefined };
}

/** @param length - bytes of UTF-8 are counted by an int, as paths may be long */
export function writeText(out: DataOutputView, text: string): void {
  const bytes = new TextEncoder().encode(text);
  out.writeInt(bytes.length);
  out.write(bytes);
}

export function readText(input: DataInputView): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(input.readBytes(input.readInt()));
}

/** @throws CheckpointError `SNAPSHOT_VERSION_UNSUPPORTED` */
export function checkVersion(what: string, version: number, known: number): void {
  if (version !== known) {
    throw new CheckpointError(
      'SNAPSHOT_VERSION_UNSUPPORTED',
      `${what} has version ${version}, version ${known} can be read; use the release that wrote it`,
    );
  }
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT` */
export function checkEnd(what: string, input: DataInputView): void {
  if (input.remaining > 0) {
    throw new CheckpointError('SNAPSHOT_CORRUPT', `${what} has ${input.remaining} bytes too many`);
  }
}

/**
 * Layout of version 1, big-endian: split id (text), path (text), offset (long), length (long),
 * has position (boolean), then if so position offset (long) and records after it (long). A text is
 * its length in bytes (int) and UTF-8.
 */
export class FileSourceSplitSerializer implements SimpleVersionedSerializer<FileSourceSplit> {
  readonly version = 1;

  serialize(split: FileSourceSplit): Uint8Array {
    const out = new DataOutputView();
    writeText(out, split.splitId);
    writeText(out, split.path);
    out.writeLong(split.offset);
    out.writeLong(split.length);
    out.writeBoolean(split.position !== undefined);
    if (split.position !== undefined) {
      out.writeLong(split.position.offset);
      out.writeLong(split.position.recordsAfterOffset);
    }
    return out.copyBytes();
  }

  deserialize(version: number, bytes: Uint8Array): FileSourceSplit {
    checkVersion('a split of a file source', version, this.version);
    const input = new DataInputView(bytes);
    const splitId = readText(input);
    const path = readText(input);
    const offset = input.readLong();
    const length = input.readLong();
    const position = input.readBoolean()
      ? { offset: input.readLong(), recordsAfterOffset: input.readLong() }
      : undefined;
    checkEnd('a split of a file source', input);
    return { splitId, path, offset, length, position };
  }
}
