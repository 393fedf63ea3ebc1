/**
 * The open SST files of a database: those in use, and as many more as may stay open.
 *
 * Invariant: a file that nobody uses is closed when more are open than may be; how many are open
 * does not depend on how many there are.
 */
import type { StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { corruptFile } from './rocks-input.ts';
import { openSstTable, type SstTable } from './sst-table.ts';
import type { LiveFile } from './version-edit.ts';

const UNUSED_FILES_MAX = 32;
const UNUSED_INDEX_BYTES_MAX = 16 * 1024 * 1024;

export interface SstSource {
  /** Names the file in messages. */
  readonly source: string;
  open(): Promise<StateHandleReader>;
}

interface OpenTable {
  readonly opened: Promise<{ readonly table: SstTable; readonly reader: StateHandleReader }>;
  users: number;
  indexBytes: number;
}

export class SstTables {
  private readonly sourceOf: (file: LiveFile) => SstSource;
  /** By file number; who was used last comes last. */
  private readonly tables = new Map<number, OpenTable>();

  constructor(sourceOf: (file: LiveFile) => SstSource) {
    this.sourceOf = sourceOf;
  }

  /**
   * Opens a file, or takes the one that is open. Whoever asks says when it is not needed any more.
   *
   * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `UNSUPPORTED`
   */
  async acquire(file: LiveFile, columnFamilyName: string): Promise<SstTable> {
    let entry = this.tables.get(file.number);
    if (entry === undefined) {
      entry = { opened: this.open(file, columnFamilyName), users: 0, indexBytes: 0 };
    }
    this.tables.delete(file.number);
    this.tables.set(file.number, entry);
    entry.users++;
    try {
      const { table } = await entry.opened;
      entry.indexBytes = table.index.bytes.length;
      return table;
    } catch (error) {
      this.tables.delete(file.number);
      throw error;
    }
  }

  async release(file: LiveFile): Promise<void> {
    const entry = this.tables.get(file.number);
    if (entry !== undefined) {
      entry.users--;
      await this.closeUnused({ files: UNUSED_FILES_MAX, indexBytes: UNUSED_INDEX_BYTES_MAX });
    }
  }

  async close(): Promise<void> {
    for (const entry of this.tables.values()) {
      entry.users = 0;
    }
    await this.closeUnused({ files: 0, indexBytes: 0 });
  }

  private async closeUnused(most: { files: number; indexBytes: number }): Promise<void> {
    const unused = [...this.tables].filter(([, entry]) => entry.users === 0);
    let files = unused.length;
    let indexBytes = unused.reduce((sum, [, entry]) => sum + entry.indexBytes, 0);
    for (const [number, entry] of unused) {
      if (files <= most.files && indexBytes <= most.indexBytes) {
        return;
      }
      files--;
      indexBytes -= entry.indexBytes;
      this.tables.delete(number);
      const { reader } = await entry.opened;
      await reader.close();
    }
  }

  private async open(
    file: LiveFile,
    columnFamilyName: string,
  ): Promise<{ table: SstTable; reader: StateHandleReader }> {
    const { source, open } = this.sourceOf(file);
    const reader = await open();
    try {
      if (reader.sizeBytes !== file.sizeBytes) {
        const what = `it has ${reader.sizeBytes} bytes, the manifest says ${file.sizeBytes}`;
        throw corruptFile(
          source,
          Math.min(reader.sizeBytes, file.sizeBytes),
          `at its end: ${what}`,
        );
      }
      const table = await openSstTable(reader, source, file);
      const name = table.properties.columnFamilyName;
      if (name !== undefined && name !== columnFamilyName) {
        const what = `it belongs to '${name}', the manifest says to '${columnFamilyName}'`;
        throw corruptFile(source, 0, `in its properties: ${what}`);
      }
      return { table, reader };
    } catch (error) {
      await reader.close();
      throw error;
    }
  }
}
