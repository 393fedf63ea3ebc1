/**
 * RocksDB as a simulated process uses it: real databases on a real disk, whose asynchronous calls take
 * simulated time and real time that nobody sees.
 *
 * Invariants:
 * - What a database does by itself is switched off: a compaction of its own would come at another
 *   moment each time. The seed decides when all is compacted.
 * - A process that dies leaves its databases as they are, open, in a folder that no other one uses.
 *   They are closed when the run is over and judged.
 */
import type { KeyedStateBackend, KeyedStateBackendParameters } from '@millrace/state';
import {
  EmbeddedRocksDBStateBackend,
  type NativeAddon,
  type NativeDatabase,
  wrapNativeAddon,
} from '@millrace/state-backend-rocksdb';
import { LocalDisk } from './local-disk.ts';
import { SimulatedCopies } from './simulated-copies.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** There are thousands of databases with a few rows each. */
const ARENA_BLOCK_BYTES = 8 * 1024;

/** Names of slots are never the same: what a dead process took stays taken until the end. */
let processes = 0;

/** All that one run has on the real disk. */
export class SimulatedRocksDB {
  private readonly disk = new LocalDisk();
  private readonly processes: SimulatedProcess[] = [];
  private readonly databases: NativeDatabase[] = [];
  private readonly backends: KeyedStateBackend<unknown>[] = [];

  /** @returns the state backend of a process, which is the only one from now on */
  backendOf(process: SimulatedProcess): EmbeddedRocksDBStateBackend {
    this.processes.push(process);
    wrapNativeAddon((addon) => this.addonOf(process, addon));
    return new ProcessBackend(`process ${processes++}`, this.backends)
      .setDbStoragePath(this.disk.folderFor(process.realWork))
      .setRocksDBOptions({
        createDBOptions: (current) => ({
          ...current,
          max_file_opening_threads: 1,
          stats_dump_period_sec: 0,
          stats_persist_period_sec: 0,
        }),
        createColumnOptions: (current) => ({
          ...current,
          arena_block_size: ARENA_BLOCK_BYTES,
          disable_auto_compactions: true,
        }),
      });
  }

  /** After the run: nothing is left of it on the disk or in memory. */
  async close(): Promise<void> {
    for (const process of this.processes) {
      process.end();
    }
    const disposals = this.backends.map((backend) => backend.dispose());
    void Promise.allSettled(disposals); // One that waits for a clock that stands waits for ever.
    for (const { realWork } of this.processes) {
      await realWork.finish();
    }
    await Promise.all(this.databases.map((database) => database.close()));
    if (this.processes.length > 0) {
      wrapNativeAddon(undefined);
      await this.disk.remove();
    }
  }

  private addonOf(process: SimulatedProcess, addon: NativeAddon): NativeAddon {
    const { realWork } = process;
    const wrapped: Partial<NativeAddon> = {
      open: (path, spec) =>
        realWork.run(async () => {
          const database = await addon.open(path, spec);
          this.databases.push(database);
          return watchedDatabase(database, process, spec.columnFamilies.length);
        }),
    };
    return Object.assign(Object.create(addon), wrapped) as NativeAddon;
  }
}

/** Keeps those that it makes, so that they can be disposed of when their process did not. */
class ProcessBackend extends EmbeddedRocksDBStateBackend {
  private readonly processName: string;
  private readonly made: KeyedStateBackend<unknown>[];

  constructor(processName: string, made: KeyedStateBackend<unknown>[]) {
    super();
    this.processName = processName;
    this.made = made;
  }

  override async createKeyedStateBackend<K>(
    parameters: KeyedStateBackendParameters<K>,
  ): Promise<KeyedStateBackend<K>> {
    const { slot } = parameters;
    const backend = await super.createKeyedStateBackend({
      ...parameters,
      ...(slot && { slot: { ...slot, id: `${this.processName} ${slot.id}` } }),
    });
    this.made.push(backend as KeyedStateBackend<unknown>);
    return backend;
  }
}

function watchedDatabase(
  database: NativeDatabase,
  process: SimulatedProcess,
  columnFamilies: number,
): NativeDatabase {
  const { realWork } = process;
  const copies = new SimulatedCopies(database, process, columnFamilies);
  const watched: Partial<NativeDatabase> = {
    createColumnFamily: (spec) => copies.opened(database.createColumnFamily(spec)),
    flush: () => realWork.run(() => database.flush()),
    compactRange: (...args) => realWork.run(() => database.compactRange(...args)),
    compactFiles: (...args) => realWork.run(() => database.compactFiles(...args)),
    ingest: (...args) => realWork.run(() => database.ingest(...args)),
    close: () => realWork.run(() => database.close()),
    createCheckpoint: (path) => copies.create(path),
    waitForCheckpoint: () => copies.wait(),
    createSstFileWriter: (...args) => {
      const writer = database.createSstFileWriter(...args);
      return {
        add: (rows, end) => writer.add(rows, end),
        finish: () => realWork.run(() => writer.finish()),
        abort: () => writer.abort(),
      };
    },
  };
  return Object.assign(Object.create(database), watched) as NativeDatabase;
}
