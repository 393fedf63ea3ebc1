/**
 * Sorts the records of a task by the bytes of their keys and then by timestamp, in files where the
 * memory that it may use ends.
 *
 * Invariants:
 * - Records of one key come out one after the other, by timestamp; those of one timestamp too in the
 *   order in which they came in.
 * - What is held in memory stays near `memoryBytes`, and half as much more while files are merged.
 * - A record is written to files as many times as there are levels: runs of one level are merged into
 *   one of the next when there are `maxFan` of them.
 *
 * Flink: ExternalSorter as the sorting inputs of batch execution use it.
 */
// Hot path.
import { DataInputView, DataOutputView, invariant, type TypeSerializer } from '@millrace/core';
import { MergedRuns } from './merged-runs.ts';
import {
  ENTRY_HEADER_BYTES,
  entryLength,
  FileRun,
  inputOf,
  MemoryRun,
  recordOf,
  type SortedRun,
} from './sorted-run.ts';
import { SpillFile } from './spill-file.ts';

export interface ExternalSorterOptions {
  /** Of the records of each input. */
  readonly serializers: readonly TypeSerializer<unknown>[];
  readonly memoryBytes: number;
  readonly spillFolder: string;
  /** Names the files; not used by another sorter of the folder. */
  readonly name: string;
  /** How many files are merged at once. Flink: taskmanager.runtime.max-fan. */
  readonly maxFan: number;
}

/** So that positions fit 32 bits. */
const MEMORY_BYTES_MAX = 2 ** 31 - 1;
const SPILL_BUFFER_BYTES = 1024 * 1024;
const READ_BUFFER_BYTES_MIN = 4 * 1024;
const READ_BUFFER_BYTES_MAX = 256 * 1024;
/** Of a record, beside its bytes: its position, and what sorting needs. */
const INDEX_BYTES = 24;
/** A number is exact up to 53 bits. */
const PREFIX_BYTES = 6;

export class ExternalSorter {
  /** Of the record that `next` found. */
  value: unknown;
  timestamp: number;
  input: number;
  private readonly options: ExternalSorterOptions;
  private readonly memoryBytes: number;
  private readonly entries: DataOutputView;
  private readonly record: DataInputView;
  private positions: number[];
  private readonly readBufferBytes: number;
  /** Runs in files by level, those of one level in the order of their records. */
  private levels: FileRun[][];
  private files: number;
  private merged: MergedRuns | undefined;

  constructor(options: ExternalSorterOptions) {
    this.value = undefined;
    this.timestamp = 0;
    this.input = 0;
    this.options = options;
    this.memoryBytes = Math.min(options.memoryBytes, MEMORY_BYTES_MAX);
    this.entries = new DataOutputView(64 * 1024);
    this.record = new DataInputView(this.entries.buffer);
    this.positions = [];
    this.readBufferBytes = Math.min(
      Math.max(Math.floor(this.memoryBytes / 2 / options.maxFan), READ_BUFFER_BYTES_MIN),
      READ_BUFFER_BYTES_MAX,
    );
    this.levels = [];
    this.files = 0;
    this.merged = undefined;
  }

  /**
   * @param key - copied
   * @param at - `input`: index of the serializer, in `[0, 256)`
   * @throws TaskError `DISK_FULL`, `IO_EXCEPTION`
   */
  add(key: Uint8Array, value: unknown, at: { timestamp: number; input: number }): void {
    invariant(this.merged === undefined, 'nothing is added to what is being read');
    const { entries } = this;
    const start = entries.position;
    entries.writeInt(0);
    entries.writeInt(key.length);
    entries.write(key);
    entries.writeDouble(at.timestamp);
    entries.writeByte(at.input);
    (this.options.serializers[at.input] as TypeSerializer<unknown>).serialize(value, entries);
    const end = entries.position;
    entries.position = start;
    entries.writeInt(end - start - 4);
    entries.position = end;
    this.positions.push(start);
    if (end + INDEX_BYTES * this.positions.length >= this.memoryBytes) {
      this.spill();
    }
  }

  /** Nothing follows; `next` gives the records in order. */
  finish(): void {
    // A run of a higher level holds records that came before all of the lower ones.
    this.merged = new MergedRuns([...this.levels.toReversed().flat(), this.sortedMemory()]);
  }

  /** @returns false after the last record */
  next(): boolean {
    const run = (this.merged as MergedRuns).next();
    if (run === undefined) {
      return false;
    }
    this.timestamp = run.timestamp;
    this.input = inputOf(run);
    recordOf(run, this.record);
    this.value = (this.options.serializers[this.input] as TypeSerializer<unknown>).deserialize(
      this.record,
    );
    return true;
  }

  /** Files that were written so far. */
  get numberOfSpilledFiles(): number {
    return this.files;
  }

  close(): void {
    for (const run of this.levels.flat()) {
      run.close();
    }
    this.levels = [];
    this.positions = [];
  }

  private sortedMemory(): MemoryRun {
    const bytes = Buffer.from(
      this.entries.buffer.buffer,
      this.entries.buffer.byteOffset,
      this.entries.position,
    );
    return new MemoryRun(bytes, sortPositions(bytes, this.positions));
  }

  private spill(): void {
    this.addRun(0, this.writeRun(this.sortedMemory()));
    this.positions = [];
    this.entries.reset();
  }

  private addRun(level: number, run: FileRun): void {
    const runs = this.levels[level] ?? [];
    this.levels[level] = runs;
    runs.push(run);
    if (runs.length === this.options.maxFan) {
      const merged = this.writeRun(new MergedRuns(runs));
      this.levels[level] = [];
      this.addRun(level + 1, merged);
    }
  }

  /** Closes the source once all of it is written. */
  private writeRun(source: MemoryRun | MergedRuns): FileRun {
    const file = new SpillFile(this.options.spillFolder, `${this.options.name}-${this.files++}`);
    try {
      const target = new DataOutputView();
      for (let run = nextOf(source); run !== undefined; run = nextOf(source)) {
        const length = entryLength(run.bytes, run.position);
        target.write(run.bytes.subarray(run.position, run.position + length));
        if (target.position >= SPILL_BUFFER_BYTES) {
          file.append(target.bytes());
          target.reset();
        }
      }
      file.append(target.bytes());
    } catch (error) {
      file.close();
      throw error;
    }
    source.close();
    return new FileRun(file, this.readBufferBytes);
  }
}

function nextOf(source: MemoryRun | MergedRuns): SortedRun | undefined {
  if (source instanceof MergedRuns) {
    return source.next();
  }
  return source.advance() ? source : undefined;
}

/** The first bytes of the keys decide most comparisons, as numbers. */
function sortPositions(bytes: Buffer, positions: readonly number[]): Uint32Array {
  const prefixes = new Float64Array(positions.length);
  const order = new Uint32Array(positions.length);
  for (let i = 0; i < positions.length; i++) {
    prefixes[i] = keyPrefix(bytes, positions[i] as number);
    order[i] = i;
  }
  order.sort((a, b) => {
    const byPrefix = (prefixes[a] as number) - (prefixes[b] as number);
    if (byPrefix !== 0) {
      return byPrefix;
    }
    return compareAt(bytes, positions[a] as number, positions[b] as number) || a - b;
  });
  return order.map((index) => positions[index] as number);
}

function keyPrefix(bytes: Buffer, position: number): number {
  const length = Math.min(bytes.readUInt32BE(position + 4), PREFIX_BYTES);
  let prefix = 0;
  for (let i = 0; i < PREFIX_BYTES; i++) {
    prefix = prefix * 256 + (i < length ? (bytes[position + ENTRY_HEADER_BYTES + i] as number) : 0);
  }
  return prefix;
}

function compareAt(bytes: Buffer, a: number, b: number): number {
  const aKey = a + ENTRY_HEADER_BYTES;
  const bKey = b + ENTRY_HEADER_BYTES;
  const aEnd = aKey + bytes.readUInt32BE(a + 4);
  const bEnd = bKey + bytes.readUInt32BE(b + 4);
  const byKey = bytes.compare(bytes, bKey, bEnd, aKey, aEnd);
  if (byKey !== 0) {
    return byKey;
  }
  const aTime = bytes.readDoubleBE(aEnd);
  const bTime = bytes.readDoubleBE(bEnd);
  return aTime < bTime ? -1 : aTime > bTime ? 1 : 0;
}
