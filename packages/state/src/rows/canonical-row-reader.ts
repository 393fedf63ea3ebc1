/**
 * Rows of a canonical savepoint: they lie in its file as they are, or compressed.
 *
 * Bytes: docs/formats/canonical-keyed-state.md. Flink: FullSnapshotRestoreOperation.
 */
import type { CheckpointError, KeyGroupRange } from '@millrace/core';
import { END_OF_KEY_GROUP_MARK, META_DATA_FOLLOWS_FLAG } from '../formats/canonical-keyed-state.ts';
import { keyGroupPrefixBytes } from '../formats/composite-key.ts';
import { type KeyGroupPlace, keyGroupPlaces } from '../formats/key-group-places.ts';
import type { KeyedBackendHeader } from '../formats/keyed-backend-header.ts';
import type { KeyGroupsSavepointStateHandle } from '../snapshot/keyed-state-handle.ts';
import type { OpenStateHandle, StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { type KeyGroupBytes, PlainKeyGroupBytes } from './key-group-bytes.ts';
import {
  type KeyedStateRow,
  type KeyedStateRowBatch,
  type KeyedStateRowReader,
  placedInput,
} from './keyed-state-rows.ts';
import { type OpenedKeyGroupStream, openKeyGroupStream } from './open-key-group-stream.ts';
import { SnappyKeyGroupBytes } from './snappy-key-group-bytes.ts';

export class CanonicalRowReader implements KeyedStateRowReader {
  readonly source: string;
  readonly header: KeyedBackendHeader;
  readonly keyGroupRange: KeyGroupRange;
  private readonly places: readonly KeyGroupPlace[];
  private readonly reader: StateHandleReader;
  private readonly prefixBytes: number;

  private constructor(handle: KeyGroupsSavepointStateHandle, opened: OpenedKeyGroupStream) {
    this.source = opened.source;
    this.header = opened.header;
    this.keyGroupRange = handle.keyGroupRange;
    this.reader = opened.reader;
    this.places = keyGroupPlaces(handle, {
      source: opened.source,
      sizeBytes: opened.reader.sizeBytes,
    });
    this.prefixBytes = keyGroupPrefixBytes(opened.numberOfKeyGroups);
  }

  /** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN` */
  static open(
    handle: KeyGroupsSavepointStateHandle,
    options: { readonly numberOfKeyGroups: number; readonly openStateHandle: OpenStateHandle },
  ): Promise<CanonicalRowReader> {
    return openKeyGroupStream(handle, options, (opened) => new CanonicalRowReader(handle, opened));
  }

  async *rows(
    keyGroups: KeyGroupRange = this.keyGroupRange,
  ): AsyncGenerator<KeyedStateRowBatch, void, undefined> {
    for (const place of this.places) {
      if (keyGroups.contains(place.keyGroup)) {
        const rows = new KeyGroupRows(this.bytesOf(place), {
          source: this.source,
          keyGroup: place.keyGroup,
          prefixBytes: this.prefixBytes,
          stateNames: this.header.states.map(({ name }) => name),
        });
        for (let batch = await rows.next(); batch !== undefined; batch = await rows.next()) {
          yield batch;
        }
      }
    }
  }

  async close(): Promise<void> {
    await this.reader.close();
  }

  private bytesOf(place: KeyGroupPlace): KeyGroupBytes {
    const plain = new PlainKeyGroupBytes(this.reader, { source: this.source, ...place });
    return this.header.compressed ? new SnappyKeyGroupBytes(plain) : plain;
  }
}

const NONE = -1;
const STATE_ID_BYTES = 2;
const LENGTH_BYTES = 4;

/** One key group, batch by batch. */
class KeyGroupRows {
  private readonly window: KeyGroupBytes;
  private readonly source: string;
  private readonly keyGroup: number;
  private readonly prefixBytes: number;
  private readonly stateNames: readonly string[];
  private view: DataView = new DataView(new ArrayBuffer(0));
  /** The state whose run the next row belongs to; `NONE` where a state id comes next. */
  private stateId = NONE;
  private ended = false;
  /** Bytes of the window that were taken, and those that the next row needs. */
  private consumed = 0;
  private needed = STATE_ID_BYTES;
  private neededFor = 'state id';

  constructor(
    window: KeyGroupBytes,
    parts: {
      readonly source: string;
      readonly keyGroup: number;
      readonly prefixBytes: number;
      readonly stateNames: readonly string[];
    },
  ) {
    this.window = window;
    this.source = parts.source;
    this.keyGroup = parts.keyGroup;
    this.prefixBytes = parts.prefixBytes;
    this.stateNames = parts.stateNames;
  }

  /** `undefined` at the end of the key group. */
  async next(): Promise<KeyedStateRowBatch | undefined> {
    const { keyGroup, window } = this;
    while (!this.ended) {
      await window.advance(this.consumed, this.needed, this.field(this.neededFor));
      const { bytes } = window;
      const place = window.placeAt(0);
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.consumed = 0;
      const rows = this.takeRows();
      if (this.ended) {
        await window.expectEnd(this.consumed, this.field('end'));
        const endOffset = window.placeAt(this.consumed).fileOffset;
        return { ...place, keyGroup, bytes, rows, endOffset };
      }
      if (rows.length > 0) {
        return { ...place, keyGroup, bytes, rows };
      }
    }
    return undefined;
  }

  /** Those that are whole. */
  private takeRows(): KeyedStateRow[] {
    const rows: KeyedStateRow[] = [];
    let isWhole = true;
    while (isWhole && !this.ended) {
      isWhole = this.stateId === NONE ? this.takeStateId() : this.takeRow(rows);
    }
    return rows;
  }

  private takeStateId(): boolean {
    const at = this.consumed;
    if (!this.has(STATE_ID_BYTES, 'state id')) {
      return false;
    }
    const stateId = this.view.getUint16(at);
    if (stateId === END_OF_KEY_GROUP_MARK) {
      this.ended = true;
    } else if (stateId < this.stateNames.length) {
      this.stateId = stateId;
    } else {
      throw this.corrupt('state id', `${stateId} is not expected`, at);
    }
    this.consumed = at + STATE_ID_BYTES;
    return true;
  }

  private takeRow(rows: KeyedStateRow[]): boolean {
    const { view, stateId, prefixBytes } = this;
    const start = this.consumed + LENGTH_BYTES;
    if (!this.has(LENGTH_BYTES, 'key length')) {
      return false;
    }
    const keyLength = view.getInt32(this.consumed);
    if (keyLength < prefixBytes) {
      throw this.corrupt('key length', `it is ${keyLength}`, this.consumed);
    }
    const keyEnd = start + keyLength;
    if (!this.has(2 * LENGTH_BYTES + keyLength, 'key')) {
      return false;
    }
    const valueLength = view.getInt32(keyEnd);
    if (valueLength < 0) {
      throw this.corrupt('value length', `it is ${valueLength}`, keyEnd);
    }
    if (!this.has(2 * LENGTH_BYTES + keyLength + valueLength, 'value')) {
      return false;
    }
    const isLast = this.checkKeyGroup(start);
    const valueStart = keyEnd + LENGTH_BYTES;
    const valueEnd = valueStart + valueLength;
    rows.push({ stateId, keyStart: start + prefixBytes, keyEnd, valueStart, valueEnd });
    this.consumed = valueEnd;
    if (isLast) {
      this.stateId = NONE;
    }
    return true;
  }

  /** @returns true when the row is the last of its run */
  private checkKeyGroup(at: number): boolean {
    const first = this.view.getUint8(at);
    const high = first & ~META_DATA_FOLLOWS_FLAG;
    const stored = this.prefixBytes === 1 ? high : high * 256 + this.view.getUint8(at + 1);
    if (stored !== this.keyGroup) {
      throw this.corrupt('key group', `it is ${stored}`, at);
    }
    return (first & META_DATA_FOLLOWS_FLAG) !== 0;
  }

  /** Whether that many bytes are in memory from where the next thing begins. */
  private has(length: number, what: string): boolean {
    this.needed = length;
    this.neededFor = what;
    return this.consumed + length <= this.view.byteLength;
  }

  private field(what: string): string {
    const name = this.stateNames[this.stateId];
    const of = name === undefined ? '' : ` of state '${name}'`;
    return `${what}${of} in key group ${this.keyGroup}`;
  }

  private corrupt(what: string, reason: string, at: number): CheckpointError {
    const { window } = this;
    const input = placedInput(window.bytes, this.source, window.placeAt(0));
    return input.corrupt(this.field(what), reason, at);
  }
}
