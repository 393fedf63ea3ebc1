/**
 * Brings rows of any snapshot into a database, or timers onto the heap. The bytes of a row are those of
 * RocksDB: nothing but keys is decoded, to see whether they are whole.
 *
 * Invariant: besides the batch of the reader at most one run of rows is in memory.
 *
 * Flink: RocksDBFullRestoreOperation, which writes batches through memtables.
 */
import type { KeyGroupRange } from '@millrace/core';
import type { KeyedStateRow, KeyedStateRowBatch, KeyedStateRowReader } from '@millrace/state';
import { keyGroupPrefix, keyGroupPrefixBytes, rowKey } from '@millrace/state';
import type { CollectedTimers } from './collected-timers.ts';
import type { RowKeyCheck } from './row-key-check.ts';
import { SortedRun } from './sorted-run.ts';
import type { SstLoad } from './sst-load.ts';

/** What rows that are not in order may take, before they become a file of their own. */
const RUN_BYTES_MAX = 32 * 1024 * 1024;

/** Where the rows of a state go: a column family, or onto the heap. */
export type RowTarget = number | CollectedTimers;

export interface RowLoad {
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  readonly load: SstLoad;
  /** By state id of the reader. */
  readonly targets: readonly RowTarget[];
  /** Of this reader; left out where checksums protect the rows. */
  readonly keyCheck?: RowKeyCheck | undefined;
  readonly runBytesMax?: number;
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND` */
export async function loadRows(reader: KeyedStateRowReader, options: RowLoad): Promise<void> {
  const loader = new RowLoader(options);
  for await (const batch of reader.rows(options.keyGroupRange)) {
    options.keyCheck?.batch(batch);
    await loader.add(batch);
  }
  await loader.endRun();
}

class RowLoader {
  // Hot path.
  private readonly prefixBytes: number;
  private readonly load: SstLoad;
  private readonly targets: readonly RowTarget[];
  private readonly run: SortedRun;
  private keyGroup = -1;
  private stateId = -1;
  private target: RowTarget = -1;
  private prefix: Uint8Array = new Uint8Array();

  constructor({ numberOfKeyGroups, load, targets, runBytesMax = RUN_BYTES_MAX }: RowLoad) {
    this.prefixBytes = keyGroupPrefixBytes(numberOfKeyGroups);
    this.load = load;
    this.targets = targets;
    this.run = new SortedRun(runBytesMax);
  }

  async add(batch: KeyedStateRowBatch): Promise<void> {
    const { rows } = batch;
    for (let at = 0; at < rows.length; ) {
      const row = rows[at]!;
      if (row.stateId !== this.stateId || batch.keyGroup !== this.keyGroup) {
        await this.endRun();
        this.begin(batch.keyGroup, row.stateId);
      }
      at = this.addSome(batch, at);
      if (this.run.isDue) {
        await this.flush();
      }
    }
  }

  /** All rows of a state in a key group are there. */
  async endRun(): Promise<void> {
    if (!this.run.isEmpty) {
      await this.flush();
    }
    this.run.reset();
  }

  private begin(keyGroup: number, stateId: number): void {
    this.keyGroup = keyGroup;
    this.stateId = stateId;
    this.target = this.targets[stateId]!;
    this.prefix = keyGroupPrefix(keyGroup, this.prefixBytes);
  }

  /** Rows of one state, until the run is due. @returns the index of the next row */
  private addSome(batch: KeyedStateRowBatch, first: number): number {
    const { rows, bytes } = batch;
    const { run, target, prefix } = this;
    let at = first;
    for (; at < rows.length && rows[at]!.stateId === this.stateId && !run.isDue; at++) {
      const row = rows[at] as KeyedStateRow;
      if (typeof target === 'number') {
        run.add(prefix, bytes, row.keyStart, row.keyEnd, row.valueStart, row.valueEnd);
      } else {
        target.add(batch.keyGroup, rowKey(batch, row));
      }
    }
    return at;
  }

  private async flush(): Promise<void> {
    for (const chunk of this.run.take()) {
      await this.load.add(this.target as number, chunk);
    }
  }
}
