/**
 * Named entries whose key and value are framed by their lengths, so that what is not understood can
 * be skipped, and kept.
 *
 * Flink: LinkedOptionalMapSerializer.
 */
import type { DataInputView } from './data-input-view.ts';
import { DataOutputView } from './data-output-view.ts';
import { snapshotCorrupt } from './not-of-type.ts';

const HEADER = 0x000004f2c69a3d70n;

export interface OptionalEntry {
  readonly name: string;
  /** `undefined` when the writer did not know the key's class. */
  readonly key: Uint8Array | undefined;
  readonly value: Uint8Array | undefined;
}

export function writeOptionalMap(target: DataOutputView, entries: readonly OptionalEntry[]): void {
  target.writeBigLong(HEADER);
  target.writeInt(entries.length);
  for (const entry of entries) {
    target.writeUTF(entry.name);
    writeFrame(target, entry.key);
    writeFrame(target, entry.value);
  }
}

export function readOptionalMap(source: DataInputView): OptionalEntry[] {
  const header = source.readBigLong();
  if (header !== HEADER) {
    throw snapshotCorrupt(`a map begins with ${HEADER}, found ${header} at ${source.position - 8}`);
  }
  const count = source.readCount();
  const entries: OptionalEntry[] = [];
  for (let i = 0; i < count; i++) {
    const name = source.readUTF();
    const key = readFrame(source);
    entries.push({ name, key, value: readFrame(source) });
  }
  return entries;
}

/** The bytes that `write` writes. */
export function frame(write: (target: DataOutputView) => void): Uint8Array {
  const target = new DataOutputView();
  write(target);
  return target.copyBytes();
}

function writeFrame(target: DataOutputView, bytes: Uint8Array | undefined): void {
  target.writeBoolean(bytes !== undefined);
  if (bytes !== undefined) {
    target.writeInt(bytes.length);
    target.write(bytes);
  }
}

function readFrame(source: DataInputView): Uint8Array | undefined {
  return source.readBoolean() ? new Uint8Array(source.readBytes(source.readCount())) : undefined;
}
