/**
 * A change set: the changes that one backend logged between two checkpoints, by key group.
 *
 * Invariant: finding where each key group's changes are reads their lengths, and holds none of them.
 *
 * Bytes: docs/formats/changelog.md. Flink: StateChangeFormat.
 */
import { UPPER_BOUND_MAX_PARALLELISM } from '@millrace/core';
import type { StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { COMMON_KEY_GROUP } from './changelog-change.ts';
import { FormatInput } from './format-input.ts';

/** Changes of one key group that lie one behind the other, each behind its length. */
export interface ChangeRun {
  /** `COMMON_KEY_GROUP` for changes of metadata. */
  readonly keyGroup: number;
  readonly count: number;
  /** In the bytes that were logged. */
  readonly start: number;
  readonly end: number;
  /** Of the changes without their lengths. */
  readonly changeBytes: number;
}

const WINDOW_BYTES = 64 * 1024;
const INT_BYTES = 4;
const CHANGE_BYTES_MIN = INT_BYTES + 1; // its length and its operation

/** @throws CheckpointError `SNAPSHOT_CORRUPT` */
export async function* readChangeSet(
  payload: StateHandleReader,
  place: { readonly source: string; readonly offset: number },
): AsyncGenerator<ChangeRun, void, undefined> {
  const cursor = new LengthCursor(payload, place);
  const groups = await cursor.count('number of key groups', 2 * INT_BYTES);
  for (let i = 0; i < groups; i++) {
    const field = 'number of changes';
    const count = await cursor.count(field, 0);
    const keyGroup = await cursor.keyGroup();
    cursor.check(field, count, CHANGE_BYTES_MIN);
    const start = cursor.offset;
    let changeBytes = 0;
    for (let k = 0; k < count; k++) {
      const length = await cursor.count(`length of a change in key group ${keyGroup}`, 1);
      changeBytes += length;
      cursor.skip(length);
    }
    yield { keyGroup, count, start, end: cursor.offset, changeBytes };
  }
}

/** Reads numbers here and there, by windows. */
class LengthCursor {
  offset: number;
  private readonly payload: StateHandleReader;
  private readonly source: string;
  private window: Uint8Array = new Uint8Array();
  private windowStart = 0;

  constructor(
    payload: StateHandleReader,
    place: { readonly source: string; readonly offset: number },
  ) {
    this.payload = payload;
    this.source = place.source;
    this.offset = place.offset;
    this.windowStart = place.offset;
  }

  /** Of things that take at least `sizeBytesMin` bytes each. */
  async count(field: string, sizeBytesMin: number): Promise<number> {
    const count = await this.int(field);
    this.check(field, count, sizeBytesMin);
    return count;
  }

  check(field: string, count: number, sizeBytesMin: number): void {
    const left = this.payload.sizeBytes - this.offset;
    if (count < 0 || count * sizeBytesMin > left) {
      throw this.corrupt(field, `${count} of them do not fit into ${left} bytes`);
    }
  }

  async keyGroup(): Promise<number> {
    const keyGroup = await this.int('key group');
    if (keyGroup < COMMON_KEY_GROUP || keyGroup >= UPPER_BOUND_MAX_PARALLELISM) {
      throw this.corrupt('key group', `it is ${keyGroup}`);
    }
    return keyGroup;
  }

  skip(length: number): void {
    this.offset += length;
  }

  private async int(field: string): Promise<number> {
    const { sizeBytes } = this.payload;
    if (this.offset < 0 || this.offset + INT_BYTES > sizeBytes) {
      throw this.corrupt(field, `${INT_BYTES} bytes at ${this.offset} are not in ${sizeBytes}`);
    }
    let at = this.offset - this.windowStart;
    if (at + INT_BYTES > this.window.length) {
      const length = Math.min(WINDOW_BYTES, sizeBytes - this.offset);
      this.window = await this.payload.read(this.offset, length);
      this.windowStart = this.offset;
      at = 0;
    }
    const { buffer, byteOffset } = this.window;
    const value = new DataView(buffer, byteOffset + at).getInt32(0);
    this.offset += INT_BYTES;
    return value;
  }

  private corrupt(field: string, reason: string): Error {
    const at = Math.max(0, this.offset - INT_BYTES);
    return new FormatInput(new Uint8Array(), this.source, at).corrupt(field, reason, 0);
  }
}
