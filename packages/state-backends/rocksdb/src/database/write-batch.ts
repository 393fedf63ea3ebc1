/** Operations that are applied to a database together. */
// Hot path.
import { TaskError } from '@millrace/core';
import { BatchOperation } from '../binding/native-addon.ts';

/** Of a batch that is cleared; what a larger one took is given back. */
const BYTES_KEPT = 4 * 1024 * 1024;
const HEAD_BYTES = 1 + 4 + 4 + 4;
/** Of RocksDB itself. */
const KEY_BYTES_MAX = 8 * 1024 * 1024;
const VALUE_BYTES_MAX = 3 * 1024 * 1024 * 1024;
/** Flink's RocksDBWriteBatchWrapper. */
const OPERATIONS_WITHOUT_SIZE = 500;

export class WriteBatch {
  /** As `NativeDatabase.write` takes them, up to `end`. */
  bytes: Uint8Array;
  end = 0;
  /** Operations. */
  count = 0;
  private view: DataView;
  private readonly capacity: number;

  constructor(capacity: number = 64 * 1024) {
    this.capacity = capacity;
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** `source` holds the key from `keyStart` to `keyEnd`, and the value from there to `valueEnd`. */
  put(
    columnFamily: number,
    source: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueEnd: number,
  ): void {
    this.add(BatchOperation.PUT, columnFamily, source, keyStart, keyEnd, valueEnd);
  }

  merge(
    columnFamily: number,
    source: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueEnd: number,
  ): void {
    this.add(BatchOperation.MERGE, columnFamily, source, keyStart, keyEnd, valueEnd);
  }

  delete(columnFamily: number, source: Uint8Array, keyStart: number, keyEnd: number): void {
    this.add(BatchOperation.DELETE, columnFamily, source, keyStart, keyEnd, keyEnd);
  }

  clear(): void {
    this.end = 0;
    this.count = 0;
    if (this.bytes.length > Math.max(BYTES_KEPT, this.capacity)) {
      this.setBytes(new Uint8Array(this.capacity));
    }
  }

  private add(
    operation: number,
    columnFamily: number,
    source: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueEnd: number,
  ): void {
    checkEntrySize(keyEnd - keyStart, valueEnd - keyEnd);
    const needed = this.end + HEAD_BYTES + valueEnd - keyStart;
    if (needed > this.bytes.length) {
      this.grow(needed);
    }
    const { bytes, view } = this;
    let at = this.end;
    bytes[at] = operation;
    view.setUint32(at + 1, columnFamily, true);
    view.setUint32(at + 5, keyEnd - keyStart, true);
    view.setUint32(at + 9, valueEnd - keyEnd, true);
    at += HEAD_BYTES;
    for (let i = keyStart; i < valueEnd; i++) {
      bytes[at++] = source[i]!;
    }
    this.end = at;
    this.count++;
  }

  private grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    grown.set(this.bytes.subarray(0, this.end));
    this.setBytes(grown);
  }

  private setBytes(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

/**
 * Whether a batch is to be applied before more is put into it.
 *
 * @param writeBatchBytes - `state.backend.rocksdb.write-batch-size`; 0: after 500 operations, whatever
 *   their size
 */
export function isBatchFull(batch: WriteBatch, writeBatchBytes: number): boolean {
  return writeBatchBytes > 0
    ? batch.end >= writeBatchBytes
    : batch.count >= OPERATIONS_WITHOUT_SIZE;
}

/** @throws TaskError `ROCKSDB_ENTRY_TOO_LARGE` */
export function checkEntrySize(keyBytes: number, valueBytes: number): void {
  if (keyBytes > KEY_BYTES_MAX || valueBytes > VALUE_BYTES_MAX) {
    throw tooLarge(keyBytes, valueBytes);
  }
}

function tooLarge(keyBytes: number, valueBytes: number): TaskError {
  return new TaskError(
    'ROCKSDB_ENTRY_TOO_LARGE',
    `an entry has a key of ${keyBytes} bytes and a value of ${valueBytes}; RocksDB takes keys of ` +
      `${KEY_BYTES_MAX} and values of ${VALUE_BYTES_MAX}; use a map state in place of one large value`,
  );
}
