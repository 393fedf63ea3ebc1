/**
 * Records that were in flight between two tasks when an unaligned checkpoint was taken.
 *
 * A handle names chunks of one file: what a network buffer held, cut anywhere. The chunks of the
 * input channel of one task and then those of the subpartition before it are whole elements again.
 *
 * Invariants:
 * - Every byte of every chunk belongs to an element, or the snapshot is corrupt.
 * - Memory holds one chunk and the element that is not complete yet, whatever a length says.
 *
 * Bytes: docs/formats/channel-state.md. Flink: ChannelStateSerializerImpl, SpillingAdaptiveSpanningRecordDeserializer.
 */
import type { StreamElement, StreamElementSerializer } from '@millrace/core';
import type { ChannelStateHandle } from '../snapshot/operator-state.ts';
import type { OpenStateHandle, StateHandleReader } from '../snapshot/state-handle-reader.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import { FormatInput } from './format-input.ts';

const VERSION = 0;
const LENGTH_BYTES = 4;

/** Some bytes of a channel, and where they are. */
interface Chunk {
  readonly bytes: Uint8Array;
  readonly file: string;
  /** Of the first byte, in the file. */
  readonly position: number;
}

export interface ChunkSpan {
  /** Of the first byte, in the file. */
  readonly position: number;
  readonly length: number;
}

export interface ChannelToRead<T> {
  /** For messages: from which task to which. */
  readonly name: string;
  /** In their order: those of the input channel, then those of the subpartition. */
  readonly handles: readonly ChannelStateHandle[];
  /** Of the elements on the edge; asked for only when there are some. */
  elementSerializer(): StreamElementSerializer<T>;
}

/** Reads channels one after the other. Files that channels share are opened once. */
export class ChannelStateReader {
  private readonly openStateHandle: OpenStateHandle;
  private readonly files = new Map<string, Promise<StateHandleReader>>();

  constructor(openStateHandle: OpenStateHandle) {
    this.openStateHandle = openStateHandle;
  }

  /**
   * Gives the elements of one channel in the order in which they were sent.
   *
   * @throws CheckpointError `SNAPSHOT_CORRUPT` with the file, the byte and the channel,
   *   `SNAPSHOT_NOT_FOUND`, and what `elementSerializer` throws
   */
  async readElements<T>(
    channel: ChannelToRead<T>,
    emit: (element: StreamElement<T>) => void,
  ): Promise<void> {
    const elements = new ElementAssembler(channel, emit);
    for (const handle of channel.handles) {
      for await (const chunk of this.chunks(handle, channel.name)) {
        elements.add(chunk);
      }
    }
    elements.expectEnd();
  }

  /** True when nothing was in flight: such handles have chunks of no bytes. */
  async isEmpty(handle: ChannelStateHandle, channelName: string): Promise<boolean> {
    for await (const { bytes } of this.chunks(handle, channelName)) {
      if (bytes.length > 0) {
        return false;
      }
    }
    return true;
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.files.values());
    this.files.clear();
    const closed = await Promise.allSettled(
      // What failed to open is closed already, or was never open.
      opened.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.close() : undefined)),
    );
    for (const outcome of closed) {
      if (outcome.status === 'rejected') {
        throw outcome.reason;
      }
    }
  }

  /**
   * Where the chunks of a handle lie in its file, without their lengths.
   *
   * @throws CheckpointError `SNAPSHOT_CORRUPT` with the file, the byte and the channel, `SNAPSHOT_NOT_FOUND`
   */
  async chunkSpans(handle: ChannelStateHandle, channelName: string): Promise<ChunkSpan[]> {
    const reader = await this.open(handle.delegate, channelName);
    const spans: ChunkSpan[] = [];
    for (const offset of handle.offsets) {
      spans.push(await chunkSpan(reader, offset, { file: fileOf(handle), channelName }));
    }
    return spans;
  }

  private async *chunks(handle: ChannelStateHandle, channelName: string): AsyncGenerator<Chunk> {
    const file = fileOf(handle);
    const reader = await this.open(handle.delegate, channelName);
    for (const offset of handle.offsets) {
      const { position, length } = await chunkSpan(reader, offset, { file, channelName });
      yield { bytes: await reader.read(position, length), file, position };
    }
  }

  private open(delegate: StreamStateHandle, channelName: string): Promise<StateHandleReader> {
    const key = streamKey(delegate);
    if (key === undefined) {
      return this.openChecked(delegate, channelName);
    }
    const opened = this.files.get(key) ?? this.openChecked(delegate, channelName);
    this.files.set(key, opened);
    return opened;
  }

  private async openChecked(
    delegate: StreamStateHandle,
    channelName: string,
  ): Promise<StateHandleReader> {
    const reader = await this.openStateHandle(delegate);
    try {
      await checkVersion(reader, { file: describeStream(delegate), channelName });
      return reader;
    } catch (error) {
      await reader.close().catch(() => {}); // Why it was refused says more.
      throw error;
    }
  }
}

async function checkVersion(
  reader: StateHandleReader,
  of: { readonly file: string; readonly channelName: string },
): Promise<void> {
  const field = `the version of channel state, for ${of.channelName}`;
  const input = inputAt(of.file, 0);
  if (reader.sizeBytes < LENGTH_BYTES) {
    throw input.corrupt(field, `there are only ${reader.sizeBytes} bytes`);
  }
  const version = readInt(await reader.read(0, LENGTH_BYTES));
  if (version !== VERSION) {
    throw input.corrupt(field, `it is ${version}; only ${VERSION} is known`);
  }
}

async function chunkSpan(
  reader: StateHandleReader,
  offset: number,
  { file, channelName }: { readonly file: string; readonly channelName: string },
): Promise<ChunkSpan> {
  const field = `a chunk of ${channelName}`;
  if (offset < LENGTH_BYTES || offset + LENGTH_BYTES > reader.sizeBytes) {
    const reason = `it lies outside the ${reader.sizeBytes} bytes`;
    throw inputAt(file, offset).corrupt(`the offset of ${field}`, reason);
  }
  const length = readInt(await reader.read(offset, LENGTH_BYTES));
  const left = reader.sizeBytes - offset - LENGTH_BYTES;
  if (length < 0 || length > left) {
    const reason = `it is ${length}, and ${left} bytes follow`;
    throw inputAt(file, offset).corrupt(`the length of ${field}`, reason);
  }
  return { position: offset + LENGTH_BYTES, length };
}

function fileOf(handle: ChannelStateHandle): string {
  return describeStream(handle.delegate);
}

/** Puts together what the chunks cut. */
class ElementAssembler<T> {
  private readonly channel: ChannelToRead<T>;
  private readonly emit: (element: StreamElement<T>) => void;
  private serializer: StreamElementSerializer<T> | undefined;
  /** What is left of chunks that were read. */
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;
  /** With fewer bytes than these nothing is complete. */
  private wantedBytes = LENGTH_BYTES;
  /** Where the element begins that is not complete. */
  private start: { readonly file: string; readonly position: number } | undefined;

  constructor(channel: ChannelToRead<T>, emit: (element: StreamElement<T>) => void) {
    this.channel = channel;
    this.emit = emit;
  }

  add(chunk: Chunk): void {
    if (chunk.bytes.length === 0) {
      return;
    }
    const carriedBytes = this.pendingBytes;
    this.pending.push(chunk.bytes);
    this.pendingBytes += chunk.bytes.length;
    this.start ??= chunk;
    if (this.pendingBytes < this.wantedBytes) {
      return;
    }
    const bytes = this.pending.length === 1 ? chunk.bytes : Buffer.concat(this.pending);
    let at = 0;
    let next = this.lengthAt(bytes, at);
    while (next !== undefined && at + LENGTH_BYTES + next <= bytes.length) {
      const end = at + LENGTH_BYTES + next;
      this.decode(bytes.subarray(at + LENGTH_BYTES, end));
      at = end;
      // An element may end only in the newest chunk: what came before it was not complete.
      this.start = { file: chunk.file, position: chunk.position + at - carriedBytes };
      next = this.lengthAt(bytes, at);
    }
    this.keep(bytes.subarray(at), next);
  }

  expectEnd(): void {
    if (this.pendingBytes > 0) {
      const reason = `it has ${this.wantedBytes} bytes, of which only ${this.pendingBytes} are there`;
      throw this.input().corrupt(this.field, reason);
    }
  }

  private keep(rest: Uint8Array, length: number | undefined): void {
    this.pending = rest.length === 0 ? [] : [rest];
    this.pendingBytes = rest.length;
    this.wantedBytes = length === undefined ? LENGTH_BYTES : LENGTH_BYTES + length;
    if (rest.length === 0) {
      this.start = undefined;
    }
  }

  /** `undefined` where not even the length is complete. */
  private lengthAt(bytes: Uint8Array, at: number): number | undefined {
    if (bytes.length - at < LENGTH_BYTES) {
      return undefined;
    }
    const length = readInt(bytes.subarray(at));
    if (length < 1) {
      throw this.input().corrupt(`the length of ${this.field}`, `it is ${length}`);
    }
    return length;
  }

  private decode(bytes: Uint8Array): void {
    this.serializer ??= this.channel.elementSerializer();
    const { serializer } = this;
    const input = this.input(bytes);
    const element = input.decode(this.field, (view) => serializer.deserialize(view));
    if (input.remaining > 0) {
      const reason = `it has ${bytes.length} bytes, but its type takes ${input.position} of them`;
      throw this.input().corrupt(this.field, reason);
    }
    this.emit(element);
  }

  private get field(): string {
    return `an element of ${this.channel.name}`;
  }

  private input(bytes: Uint8Array = new Uint8Array(0)): FormatInput {
    const { file, position } = this.start ?? { file: 'the snapshot', position: 0 };
    return new FormatInput(bytes, file, position);
  }
}

function inputAt(file: string, position: number): FormatInput {
  return new FormatInput(new Uint8Array(0), file, position);
}

function readInt(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(0);
}

/** `undefined` for bytes in the metadata, which nothing shares. */
function streamKey(delegate: StreamStateHandle): string | undefined {
  switch (delegate.kind) {
    case 'byte-stream':
    case 'empty-segment-file':
      return undefined;
    case 'segment-file':
      return `${delegate.path} ${delegate.startPosition} ${delegate.sizeBytes}`;
    default:
      return delegate.path;
  }
}

function describeStream(delegate: StreamStateHandle): string {
  switch (delegate.kind) {
    case 'byte-stream':
      return `${delegate.handleName} (inside the metadata)`;
    case 'empty-segment-file':
      return 'an empty segment';
    case 'segment-file':
      return `${delegate.path} (from byte ${delegate.startPosition})`;
    default:
      return delegate.path;
  }
}
