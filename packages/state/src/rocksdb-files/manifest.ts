/**
 * Which files a database is made of: CURRENT names MANIFEST, whose edits leave the live files of
 * each column family.
 *
 * Bytes: docs/formats/rocksdb-files.md. RocksDB: VersionSet::Recover.
 */
import type { StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { readLogRecords } from './log-records.ts';
import { corruptFile } from './rocks-input.ts';
import { type LiveFile, readVersionEdit, type VersionEdit } from './version-edit.ts';

const CURRENT_BYTES_MAX = 256; // a name and a line feed
const DEFAULT_COLUMN_FAMILY = 'default';

export interface ColumnFamilyFiles {
  readonly name: string;
  readonly files: readonly LiveFile[];
}

/** @returns the name of the manifest. @throws CheckpointError `SNAPSHOT_CORRUPT` */
export async function readCurrent(reader: StateHandleReader, source: string): Promise<string> {
  const length = Math.min(reader.sizeBytes, CURRENT_BYTES_MAX);
  const text = Buffer.from(await reader.read(0, length)).toString('latin1');
  const name = /^(MANIFEST-\d+)\n$/.exec(text)?.[1];
  if (name === undefined || reader.sizeBytes > CURRENT_BYTES_MAX) {
    throw corruptFile(source, 0, `in the name of the manifest: ${JSON.stringify(text)} is none`);
  }
  return name;
}

/**
 * By name, in the order in which they were made.
 *
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `UNSUPPORTED`
 */
export async function readManifest(
  reader: StateHandleReader,
  source: string,
): Promise<Map<string, ColumnFamilyFiles>> {
  const families = new ColumnFamilies(source);
  let group: { edits: [VersionEdit, number][]; remaining: number } | undefined;
  for await (const { bytes, offset } of readLogRecords(reader, source)) {
    const edit = readVersionEdit(bytes, source, offset);
    const { groupRemaining } = edit;
    if (group !== undefined && groupRemaining !== group.remaining - 1) {
      throw corruptFile(source, offset, 'in a group of edits: it is not whole');
    }
    const edits: [VersionEdit, number][] = [...(group?.edits ?? []), [edit, offset]];
    if (groupRemaining === undefined || groupRemaining === 0) {
      for (const [each, at] of edits) {
        families.apply(each, at);
      }
      group = undefined;
    } else {
      group = { edits, remaining: groupRemaining };
    }
  }
  if (group !== undefined) {
    throw corruptFile(source, reader.sizeBytes, 'at its end: a group of edits is cut');
  }
  return families.byName();
}

interface OpenColumnFamily {
  readonly name: string;
  readonly files: Map<number, LiveFile>;
}

class ColumnFamilies {
  private readonly source: string;
  private readonly byId = new Map<number, OpenColumnFamily>([
    [0, { name: DEFAULT_COLUMN_FAMILY, files: new Map() }],
  ]);

  constructor(source: string) {
    this.source = source;
  }

  apply(edit: VersionEdit, offset: number): void {
    const { columnFamilyId } = edit;
    if (edit.columnFamilyAdded !== undefined) {
      if (columnFamilyId !== 0 && this.byId.has(columnFamilyId)) {
        throw this.corrupt(offset, `column family ${columnFamilyId} is added twice`);
      }
      this.byId.set(columnFamilyId, { name: edit.columnFamilyAdded, files: new Map() });
      return;
    }
    const family = this.byId.get(columnFamilyId);
    if (family === undefined) {
      throw this.corrupt(offset, `column family ${columnFamilyId} is not there`);
    }
    if (edit.columnFamilyDropped) {
      this.byId.delete(columnFamilyId);
      return;
    }
    for (const { level, number } of edit.deletedFiles) {
      if (family.files.get(number)?.level !== level) {
        throw this.corrupt(offset, `file ${number} is deleted on level ${level}, where it is not`);
      }
      family.files.delete(number);
    }
    for (const file of edit.newFiles) {
      if (family.files.has(file.number)) {
        throw this.corrupt(offset, `file ${file.number} is added twice`);
      }
      family.files.set(file.number, file);
    }
  }

  byName(): Map<string, ColumnFamilyFiles> {
    const families = new Map<string, ColumnFamilyFiles>();
    for (const { name, files } of this.byId.values()) {
      if (families.has(name)) {
        throw this.corrupt(0, `there are two column families '${name}'`);
      }
      families.set(name, { name, files: [...files.values()] });
    }
    return families;
  }

  private corrupt(offset: number, what: string): Error {
    return corruptFile(this.source, offset, `in an edit: ${what}`);
  }
}
