/**
 * Writes rows as the keyed state of a canonical savepoint.
 *
 * Invariant: what is in memory is what was put since the last flush, and never more than one row
 * after it.
 *
 * Bytes: docs/formats/canonical-keyed-state.md. Flink: FullSnapshotAsyncWriter.
 */
// Hot path.
import { DataOutputView, type KeyGroupRange } from '@millrace/core';
import { END_OF_KEY_GROUP_MARK, META_DATA_FOLLOWS_FLAG } from '../formats/canonical-keyed-state.ts';
import { keyGroupPrefixBytes, writeKeyGroupPrefix } from '../formats/composite-key.ts';
import {
  type KeyedBackendHeader,
  writeKeyedBackendHeader,
} from '../formats/keyed-backend-header.ts';
import { SnappyFramedStreams } from '../formats/snappy-framed-streams.ts';
import type { KeyGroupsSavepointStateHandle } from '../snapshot/keyed-state-handle.ts';
import type { CheckpointStateOutputStream } from '../storage/checkpoint-storage.ts';

const FLUSH_BYTES = 256 * 1024;
const LENGTH_BYTES = 4;
const NONE = -1;

export class CanonicalRowWriter {
  private readonly stream: CheckpointStateOutputStream;
  private readonly keyGroupRange: KeyGroupRange;
  private readonly prefixBytes: number;
  /** What is being written, before it is compressed. */
  private readonly output = new DataOutputView(2 * FLUSH_BYTES);
  /** What is compressed; `undefined` when the header says that nothing is. */
  private readonly frames: SnappyFramedStreams | undefined;
  /** Of the key groups that were begun, and of those before them. */
  private readonly offsets: number[] = [];
  /** Bytes that are in the stream already. */
  private flushed = 0;
  private keyGroup = NONE;
  private stateId = NONE;
  /** Where the last row's key begins: it gets its flag when its run ends. */
  private lastKey = NONE;

  /** @param stream - is the writer's until `finish` or `abort` */
  constructor(
    stream: CheckpointStateOutputStream,
    of: {
      /** Says whether key groups are compressed. */
      readonly header: KeyedBackendHeader;
      readonly keyGroupRange: KeyGroupRange;
      readonly numberOfKeyGroups: number;
    },
  ) {
    this.stream = stream;
    this.keyGroupRange = of.keyGroupRange;
    this.prefixBytes = keyGroupPrefixBytes(of.numberOfKeyGroups);
    this.frames = of.header.compressed ? new SnappyFramedStreams() : undefined;
    writeKeyedBackendHeader(this.frames?.output ?? this.output, of.header);
  }

  /** True when `flush` is due. */
  get isFull(): boolean {
    return Math.max(this.output.position, this.frames?.output.position ?? 0) >= FLUSH_BYTES;
  }

  /**
   * Key groups come in ascending order, and rows of one state in a key group best together.
   *
   * @param key - as a row has it: without the key group
   * @throws RangeError for a key group that is not the writer's, or lies before the last
   */
  put(keyGroup: number, stateId: number, key: Uint8Array, value: Uint8Array): void {
    const { output } = this;
    if (keyGroup !== this.keyGroup) {
      this.beginKeyGroup(keyGroup);
    }
    if (stateId !== this.stateId) {
      this.endRun();
      output.writeShort(stateId);
      this.stateId = stateId;
    }
    output.writeInt(this.prefixBytes + key.length);
    this.lastKey = output.position;
    writeKeyGroupPrefix(output, keyGroup, this.prefixBytes);
    output.write(key);
    output.writeInt(value.length);
    output.write(value);
  }

  /** All but the last row, whose flag is not known yet. @throws CheckpointError `IO_EXCEPTION` */
  async flush(): Promise<void> {
    const { output, frames } = this;
    const end = this.lastKey === NONE ? output.position : this.lastKey - LENGTH_BYTES;
    const settled = output.buffer.subarray(0, end);
    if (frames === undefined) {
      await this.stream.write(settled);
      this.flushed += end;
      this.drop(end);
      return;
    }
    this.drop(frames.writeWholeBlocks(settled));
    await this.stream.write(frames.output.bytes());
    this.flushed += frames.output.position;
    frames.output.reset();
  }

  /** `undefined` when there was no row. @throws CheckpointError `IO_EXCEPTION` */
  async finish(): Promise<KeyGroupsSavepointStateHandle | undefined> {
    const hadRows = this.offsets.length > 0;
    this.endKeyGroup();
    if (!hadRows) {
      await this.stream.abort();
      return undefined;
    }
    const { keyGroupRange, offsets } = this;
    while (offsets.length < keyGroupRange.numberOfKeyGroups) {
      offsets.push(0);
    }
    await this.flush();
    const stream = await this.stream.closeAndGetHandle();
    return stream === undefined
      ? undefined
      : { kind: 'key-groups-savepoint', keyGroupRange, offsets, stream };
  }

  /** Gives up. Never throws. */
  async abort(): Promise<void> {
    await this.stream.abort();
  }

  private beginKeyGroup(keyGroup: number): void {
    if (keyGroup < this.keyGroup || !this.keyGroupRange.contains(keyGroup)) {
      const { startKeyGroup, endKeyGroup } = this.keyGroupRange;
      throw new RangeError(
        `key group ${keyGroup} after ${this.keyGroup}; they ascend from ${startKeyGroup} to ${endKeyGroup}`,
      );
    }
    this.endKeyGroup();
    this.keyGroup = keyGroup;
    while (this.offsets.length < keyGroup - this.keyGroupRange.startKeyGroup) {
      this.offsets.push(0); // no entries
    }
    this.offsets.push(this.flushed + (this.frames?.output ?? this.output).position);
  }

  private endKeyGroup(): void {
    if (this.lastKey !== NONE) {
      this.endRun();
      this.output.writeShort(END_OF_KEY_GROUP_MARK);
      this.lastKey = NONE;
      this.stateId = NONE;
      if (this.frames !== undefined) {
        this.frames.end(this.output.bytes());
        this.output.reset();
      }
    }
  }

  /** The first `count` bytes of `output`, which have left it. */
  private drop(count: number): void {
    const { output } = this;
    output.buffer.copyWithin(0, count, output.position);
    output.position -= count;
    this.lastKey -= this.lastKey === NONE ? 0 : count;
  }

  private endRun(): void {
    if (this.lastKey !== NONE) {
      const { buffer } = this.output;
      buffer[this.lastKey] = (buffer[this.lastKey] as number) | META_DATA_FOLLOWS_FLAG;
    }
  }
}
