/**
 * Rows of a snapshot of the heap backend. They lie there in another form, so each entry is decoded to
 * find its ends, and its bytes are put together anew.
 *
 * Bytes: docs/formats/heap-keyed-state.md, docs/formats/canonical-keyed-state.md
 */
import {
  CheckpointError,
  type DataInputView,
  DataOutputView,
  errorCode,
  type KeyGroupRange,
} from '@millrace/core';
import { FormatInput } from '../formats/format-input.ts';
import { type HeapKeyGroup, HeapKeyGroupDecoder } from '../formats/heap-keyed-state.ts';
import { type KeyGroupPlace, keyGroupPlaces } from '../formats/key-group-places.ts';
import type { KeyedBackendHeader } from '../formats/keyed-backend-header.ts';
import type { KeyGroupsStateHandle } from '../snapshot/keyed-state-handle.ts';
import type { OpenStateHandle, StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { HeapEntrySplitter } from './heap-entry-splitter.ts';
import { type KeyGroupBytes, PlainKeyGroupBytes } from './key-group-bytes.ts';
import {
  type BytesPlace,
  type KeyedStateRow,
  type KeyedStateRowBatch,
  type KeyedStateRowReader,
  placedInput,
} from './keyed-state-rows.ts';
import { type OpenedKeyGroupStream, openKeyGroupStream } from './open-key-group-stream.ts';
import { SnappyKeyGroupBytes } from './snappy-key-group-bytes.ts';

export class HeapRowReader implements KeyedStateRowReader {
  readonly source: string;
  readonly header: KeyedBackendHeader;
  readonly keyGroupRange: KeyGroupRange;
  private readonly places: readonly KeyGroupPlace[];
  private readonly reader: StateHandleReader;
  private readonly splitters: readonly HeapEntrySplitter[];

  private constructor(handle: KeyGroupsStateHandle, opened: OpenedKeyGroupStream) {
    const { header, numberOfKeyGroups } = opened;
    this.source = opened.source;
    this.header = header;
    this.keyGroupRange = handle.keyGroupRange;
    this.reader = opened.reader;
    this.places = keyGroupPlaces(handle, {
      source: opened.source,
      sizeBytes: opened.reader.sizeBytes,
    });
    if (this.places.length < handle.offsets.length) {
      throw new CheckpointError(
        'SNAPSHOT_CORRUPT',
        `${this.source} is corrupt: the heap backend writes all key groups, and of ` +
          `${handle.offsets.length} only ${this.places.length} have a place; restore another snapshot`,
      );
    }
    const keySerializer = header.keySerializer.restoreSerializer();
    this.splitters = header.states.map(
      (state, stateId) =>
        new HeapEntrySplitter(state, { stateId, keySerializer, numberOfKeyGroups }),
    );
  }

  /** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN` */
  static open(
    handle: KeyGroupsStateHandle,
    options: { readonly numberOfKeyGroups: number; readonly openStateHandle: OpenStateHandle },
  ): Promise<HeapRowReader> {
    return openKeyGroupStream(handle, options, (opened) => new HeapRowReader(handle, opened));
  }

  async *rows(
    keyGroups: KeyGroupRange = this.keyGroupRange,
  ): AsyncGenerator<KeyedStateRowBatch, void, undefined> {
    for (const place of this.places) {
      const { keyGroup, isEndKnown } = place;
      if (!keyGroups.contains(keyGroup)) {
        continue;
      }
      const { reader, source } = this;
      const plain = new PlainKeyGroupBytes(reader, { source, ...place });
      const bytes = this.header.compressed ? new SnappyKeyGroupBytes(plain, INT_BYTES) : plain;
      for await (const batch of new KeyGroupEntries(
        bytes,
        this.splitters,
        place,
        source,
      ).batches()) {
        if (batch.endOffset !== undefined && !isEndKnown && !this.header.compressed) {
          await this.checkNextKeyGroup(keyGroup + 1, batch.endOffset);
        }
        yield batch;
      }
    }
  }

  /** What follows the last key group of a handle that was cut. */
  private async checkNextKeyGroup(keyGroup: number, offset: number): Promise<void> {
    const length = Math.min(INT_BYTES, this.reader.sizeBytes - offset);
    const input = new FormatInput(await this.reader.read(offset, length), this.source, offset);
    const stored = length === 0 ? keyGroup : input.int('key group');
    if (stored !== keyGroup) {
      throw input.corrupt('key group', `it is ${stored} instead of ${keyGroup}`, 0);
    }
  }

  /** The same as objects, without the way over rows; of what is not compressed. */
  async *keyGroups(
    range: KeyGroupRange = this.keyGroupRange,
  ): AsyncGenerator<HeapKeyGroup, void, undefined> {
    const decoder = new HeapKeyGroupDecoder(this.header, this.source);
    for (const { keyGroup, start, end } of this.places) {
      if (range.contains(keyGroup)) {
        const bytes = await this.reader.read(start, end - start);
        yield decoder.decode(keyGroup, bytes, start);
      }
    }
  }

  async close(): Promise<void> {
    await this.reader.close();
  }
}

const BATCH_BYTES = 256 * 1024;
const STATE_ID_BYTES = 2;
const INT_BYTES = 4;

/** One key group, batch by batch. */
class KeyGroupEntries {
  private readonly window: KeyGroupBytes;
  private readonly splitters: readonly HeapEntrySplitter[];
  private readonly source: string;
  private readonly keyGroup: number;
  private input: FormatInput;
  private output = new DataOutputView();
  private rows: KeyedStateRow[] = [];
  private batchPlace: BytesPlace;

  constructor(
    window: KeyGroupBytes,
    splitters: readonly HeapEntrySplitter[],
    { keyGroup }: KeyGroupPlace,
    source: string,
  ) {
    this.window = window;
    this.splitters = splitters;
    this.source = source;
    this.keyGroup = keyGroup;
    this.input = this.windowInput();
    this.batchPlace = window.placeAt(0);
  }

  async *batches(): AsyncGenerator<KeyedStateRowBatch, void, undefined> {
    const { keyGroup } = this;
    await this.fetch(INT_BYTES, 'key group');
    const stored = this.input.int('key group');
    if (stored !== keyGroup) {
      throw this.input.corrupt('key group', `it is ${stored} instead of ${keyGroup}`, 0);
    }
    this.batchPlace = this.window.placeAt(0);
    const seen = new Set<number>();
    while (seen.size < this.splitters.length) {
      const splitter = await this.nextState(seen);
      const field = `number of entries of state '${splitter.state.name}' in key group ${keyGroup}`;
      await this.fetch(INT_BYTES, field);
      const count = this.input.int(field);
      if (count < 0) {
        throw this.input.corrupt(field, `it is ${count}`, this.input.position - INT_BYTES);
      }
      for (let left = count; left > 0; ) {
        left -= await this.splitEntries(splitter, left);
        if (this.output.position >= BATCH_BYTES) {
          yield this.takeBatch();
        }
      }
    }
    await this.window.expectEnd(this.input.position, `end of key group ${keyGroup}`);
    const endOffset = this.window.placeAt(this.input.position).fileOffset;
    yield { ...this.takeBatch(), endOffset };
  }

  private async nextState(seen: Set<number>): Promise<HeapEntrySplitter> {
    await this.fetch(STATE_ID_BYTES, 'state id');
    const stateId = this.input.read('state id', (view) => view.readUnsignedShort());
    const splitter = this.splitters[stateId];
    if (splitter === undefined || seen.has(stateId)) {
      const at = this.input.position - STATE_ID_BYTES;
      const field = `state id in key group ${this.keyGroup}`;
      throw this.input.corrupt(field, `${stateId} is not expected`, at);
    }
    seen.add(stateId);
    return splitter;
  }

  /**
   * Splits up to `count` entries, until the batch is full. What ends with the window is tried again
   * with more of it.
   *
   * @returns how many
   */
  private async splitEntries(splitter: HeapEntrySplitter, count: number): Promise<number> {
    const field = `entry of state '${splitter.state.name}'`;
    const split = (view: DataInputView): void => splitter.split(view, this.output, this.rows);
    let done = 0;
    while (done < count && this.output.position < BATCH_BYTES) {
      const inputStart = this.input.position;
      const outputStart = this.output.position;
      const rowsBefore = this.rows.length;
      try {
        this.input.decode(field, split);
        done++;
      } catch (error) {
        if (this.window.isLast || errorCode(error) !== 'SNAPSHOT_CORRUPT') {
          throw error;
        }
        this.output.position = outputStart;
        this.rows.length = rowsBefore;
        await this.window.advanceForMore(inputStart);
        this.input = this.windowInput();
      }
    }
    return done;
  }

  private async fetch(length: number, field: string): Promise<void> {
    if (this.input.remaining < length) {
      await this.window.advance(this.input.position, length, field);
      this.input = this.windowInput();
    }
  }

  private windowInput(): FormatInput {
    return placedInput(this.window.bytes, this.source, this.window.placeAt(0));
  }

  private takeBatch(): KeyedStateRowBatch {
    const { keyGroup, rows, batchPlace } = this;
    const bytes = this.output.bytes();
    this.output = new DataOutputView();
    this.rows = [];
    this.batchPlace = this.window.placeAt(this.input.position);
    return { ...batchPlace, keyGroup, bytes, rows };
  }
}
