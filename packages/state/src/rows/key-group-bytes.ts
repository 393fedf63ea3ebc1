/**
 * The bytes of one key group, of which a part is in memory at a time.
 *
 * Invariant: what is in memory is about a window, or one entry where that is larger.
 */
import { FormatInput } from '../formats/format-input.ts';
import type { StateHandleReader } from '../snapshot/state-handle-reader.ts';
import type { BytesPlace } from './keyed-state-rows.ts';

export interface KeyGroupBytes {
  /** What is in memory, from the place that was reached. Replaced by `advance`, never written to. */
  readonly bytes: Uint8Array;
  /** Where the byte at `position` of `bytes` is, or would be. */
  placeAt(position: number): BytesPlace;
  /** True when nothing follows `bytes`. */
  readonly isLast: boolean;
  /**
   * Goes on by `consumed` bytes.
   *
   * @param atLeast - bytes that are in memory afterwards
   * @param field - what they are, for messages
   * @throws CheckpointError `SNAPSHOT_CORRUPT` when the key group ends before
   */
  advance(consumed: number, atLeast: number, field: string): Promise<void>;
  /**
   * Goes on by `consumed` bytes, for something that did not fit into what was left of `bytes`: twice
   * as many are in memory afterwards, or all that there are.
   */
  advanceForMore(consumed: number): Promise<void>;
  /**
   * Nothing is wrong with what follows where others may follow that were cut away.
   *
   * @throws CheckpointError `SNAPSHOT_CORRUPT` when something follows `consumed` bytes
   */
  expectEnd(consumed: number, field: string): Promise<void>;
}

const WINDOW_BYTES = 256 * 1024;

/** Of a key group that lies in its file as it is. */
export class PlainKeyGroupBytes implements KeyGroupBytes {
  bytes: Uint8Array = new Uint8Array();
  /** Of the first of `bytes`. */
  fileOffset: number;
  readonly source: string;
  /** Where the key group ends, at the latest. */
  readonly end: number;
  /** False when it may end before. */
  readonly isEndKnown: boolean;
  private readonly reader: StateHandleReader;

  /** @param place - `end` is where the next key group begins, or the end of the file */
  constructor(
    reader: StateHandleReader,
    place: {
      readonly source: string;
      readonly start: number;
      readonly end: number;
      readonly isEndKnown?: boolean;
    },
  ) {
    this.reader = reader;
    this.source = place.source;
    this.fileOffset = place.start;
    this.end = place.end;
    this.isEndKnown = place.isEndKnown ?? true;
  }

  get isLast(): boolean {
    return this.fileOffset + this.bytes.length === this.end;
  }

  placeAt(position: number): BytesPlace {
    return { fileOffset: this.fileOffset + position };
  }

  async advance(consumed: number, atLeast: number, field: string): Promise<void> {
    const start = this.fileOffset + consumed;
    if (atLeast < 0 || start + atLeast > this.end) {
      const input = new FormatInput(this.bytes, this.source, this.fileOffset);
      throw input.corrupt(field, `${atLeast} bytes do not fit before byte ${this.end}`, consumed);
    }
    await this.read(start, Math.max(atLeast, WINDOW_BYTES));
  }

  async advanceForMore(consumed: number): Promise<void> {
    const left = this.bytes.length - consumed;
    await this.read(this.fileOffset + consumed, Math.max(2 * left, WINDOW_BYTES));
  }

  async expectEnd(consumed: number, field: string): Promise<void> {
    const left = this.end - this.fileOffset - consumed;
    if (left !== 0 && this.isEndKnown) {
      const input = new FormatInput(this.bytes, this.source, this.fileOffset);
      throw input.corrupt(field, `${left} bytes follow that do not belong there`, consumed);
    }
  }

  private async read(start: number, length: number): Promise<void> {
    this.bytes = await this.reader.read(start, Math.min(this.end - start, length));
    this.fileOffset = start;
  }
}
