/**
 * What is in flight before the barriers of one unaligned checkpoint, in the input channels of a task.
 *
 * Invariants:
 * - Of each channel it holds what was in it when the snapshot was taken and came after that, up to
 *   its barrier: each element once, in order.
 * - An element is turned into bytes before it is processed, since a function may change it then: right
 *   before that, or in slices between batches once all barriers have come.
 * - Nothing of it throws into the record path: what cannot be written fails the checkpoint.
 *
 * Flink: ChannelStateWriter.addInputData, ChannelStatePersister, InputProcessorUtil.
 */
// Hot path: `recordAhead`, while an unaligned checkpoint waits for barriers.

import {
  type Clock,
  DataOutputView,
  errorMessage,
  invariant,
  StreamElementSerializer,
  TaskError,
  type TypeInformation,
} from '@millrace/core';
import { type ChannelPlace, type ChannelStateWriter, SliceBudget } from '@millrace/state';
import type { ChannelEvent } from '../network/channel-event.ts';
import { LocalChannel, type OvertakingBarrier } from '../network/local-channel.ts';

/** How a checkpoint names a channel, and what flows there. */
export interface InputInFlight {
  readonly gateIndex: number;
  readonly channelIndex: number;
  readonly type: TypeInformation<unknown>;
  /** For messages: `from 'a' to 'b'`. */
  readonly edgeName: string;
}

/** So much of a channel is held in memory while barriers are awaited: Flink's network buffer. */
const CHUNK_BYTES = 32 * 1024;
const LENGTH_BYTES = 4;

/** Whether the barrier of a channel has come, and how far what it overtook reaches. */
const OPEN = Number.POSITIVE_INFINITY;

interface Chunk {
  readonly place: ChannelPlace;
  readonly bytes: Uint8Array;
}

export interface InputRecordingParts {
  readonly checkpointId: number;
  readonly channels: readonly LocalChannel[];
  readonly inFlight: readonly (InputInFlight | undefined)[];
  /** Channels whose barrier came in order, and ended ones: nothing is in flight there. */
  readonly aligned: readonly boolean[];
  /** When the first barrier was seen. */
  readonly startedMs: number;
}

export class InputRecording {
  readonly checkpointId: number;
  /** Known once it was written. */
  alignmentDurationMs = 0;
  bytesProcessed = 0;
  private readonly startedMs: number;
  private readonly channels: readonly ChannelRecording[];
  private readonly chunks: Chunk[] = [];
  private allCame = false;
  private failure: { readonly error: unknown } | undefined;
  /** Wakes `writeTo`. */
  private signal: () => void = () => {};

  constructor({ checkpointId, channels, inFlight, aligned, startedMs }: InputRecordingParts) {
    this.checkpointId = checkpointId;
    this.startedMs = startedMs;
    this.channels = channels.map((channel, index) => {
      const isAligned = aligned[index] === true;
      const until = isAligned ? channel.head : OPEN;
      return new ChannelRecording(channel, { checkpointId, inFlight: inFlight[index], until });
    });
  }

  /** Nothing more will be asked of it. */
  get isOver(): boolean {
    const { failure, allCame, channels } = this;
    return failure !== undefined || (allCame && channels.every((each) => each.isRecorded));
  }

  /** Before the next `count` elements of a channel are taken. */
  recordAhead(index: number, count: number): void {
    const channel = this.channels[index] as ChannelRecording;
    if (this.failure !== undefined || channel.isRecorded) {
      return;
    }
    try {
      const before = channel.bytesRecorded;
      channel.recordUntil(channel.channel.head + count);
      this.bytesProcessed += this.allCame ? 0 : channel.bytesRecorded - before;
      if (channel.heldBytes >= CHUNK_BYTES) {
        this.cutChunk(channel);
        this.signal();
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /** Its barrier overtook what is before it. */
  barrierOvertook(index: number, { position, cutElement }: OvertakingBarrier): void {
    (this.channels[index] as ChannelRecording).end(position, cutElement);
  }

  /** Its barrier, or its end, was read in its place. */
  barrierRead(index: number): void {
    const channel = this.channels[index] as ChannelRecording;
    channel.end(channel.channel.head, undefined);
  }

  /** All barriers have come, or no record can follow. */
  complete(nowMs: number): void {
    if (!this.allCame) {
      this.allCame = true;
      this.alignmentDurationMs = nowMs - this.startedMs;
      for (const channel of this.channels) {
        channel.end(channel.channel.head, undefined);
      }
      this.signal();
    }
  }

  /** The checkpoint was given up, or the task ends: `writeTo` rejects. */
  fail(error: unknown): void {
    this.failure ??= { error };
    this.chunks.length = 0;
    this.signal();
  }

  /** Resolves once all barriers have come and all is written. */
  async writeTo(
    writer: ChannelStateWriter,
    slices: { readonly clock: Clock; readonly sliceMs: number },
  ): Promise<void> {
    while (!this.allCame && this.failure === undefined) {
      await this.writeChunks(writer);
      if (!this.allCame && this.failure === undefined && this.chunks.length === 0) {
        await new Promise<void>((resolve) => {
          this.signal = resolve;
        });
      }
    }
    const budget = new SliceBudget(slices.clock, slices.sliceMs);
    for (const channel of this.channels) {
      await this.recordRest(channel, budget, slices.clock);
      await this.writeChunks(writer);
    }
    this.throwFailure();
  }

  private async recordRest(
    channel: ChannelRecording,
    budget: SliceBudget,
    clock: Clock,
  ): Promise<void> {
    while (this.failure === undefined && !channel.isRecorded) {
      try {
        channel.recordUntil(channel.recordedUntil + 1);
      } catch (error) {
        this.fail(error);
      }
      if (budget.spend()) {
        await clock.yieldTurn();
        budget.restart();
      }
    }
    if (this.failure === undefined) {
      channel.addCutElement();
      this.cutChunk(channel);
    }
  }

  private async writeChunks(writer: ChannelStateWriter): Promise<void> {
    for (let chunk = this.chunks.shift(); chunk !== undefined; chunk = this.chunks.shift()) {
      await writer.addChunk(chunk.place, chunk.bytes);
    }
  }

  private cutChunk(channel: ChannelRecording): void {
    const bytes = channel.takeBytes();
    if (bytes !== undefined) {
      this.chunks.push({ place: channel.place, bytes });
    }
  }

  private throwFailure(): void {
    if (this.failure !== undefined) {
      throw this.failure.error;
    }
  }
}

class ChannelRecording {
  readonly channel: LocalChannel;
  recordedUntil: number;
  bytesRecorded = 0;
  private readonly checkpointId: number;
  private until: number;
  private readonly inFlight: InputInFlight | undefined;
  private readonly output = new DataOutputView(0);
  private serializer: StreamElementSerializer<unknown> | undefined;
  private cutElement: Uint8Array | undefined;

  constructor(
    channel: LocalChannel,
    parts: {
      readonly checkpointId: number;
      readonly inFlight: InputInFlight | undefined;
      readonly until: number;
    },
  ) {
    this.channel = channel;
    this.recordedUntil = channel.head;
    this.checkpointId = parts.checkpointId;
    this.until = parts.until;
    this.inFlight = parts.inFlight;
  }

  /** Its barrier has come, and all before it is in bytes. */
  get isRecorded(): boolean {
    return this.recordedUntil >= this.until;
  }

  get heldBytes(): number {
    return this.output.position;
  }

  get place(): ChannelPlace {
    const { inFlight } = this;
    invariant(inFlight !== undefined, 'a channel that is never overtaken has nothing in flight');
    const { gateIndex, channelIndex } = inFlight;
    return { side: 'input', partitionIndex: gateIndex, channelIndex };
  }

  /** Only the first barrier counts. */
  end(position: number, cutElement: Uint8Array | undefined): void {
    if (this.until === OPEN) {
      this.until = Math.max(position, this.recordedUntil); // Some may have been processed before.
      this.cutElement = cutElement;
    }
  }

  recordUntil(position: number): void {
    const { channel } = this;
    const end = Math.min(position, this.until, channel.tail);
    for (; this.recordedUntil < end; this.recordedUntil++) {
      const at = this.recordedUntil & channel.mask;
      const value = channel.values[at];
      const timestamp = channel.timestamps[at] as number;
      if (this.until === OPEN && LocalChannel.isEvent(timestamp) && this.isBarrier(value)) {
        this.until = this.recordedUntil;
        return;
      }
      this.record(value, timestamp);
    }
  }

  /** Its own one, in its place, or that of a newer checkpoint, which takes its place. */
  private isBarrier(value: unknown): boolean {
    const event = value as ChannelEvent;
    return event.kind === 'barrier' && event.barrier.checkpointId >= this.checkpointId;
  }

  addCutElement(): void {
    if (this.cutElement !== undefined) {
      this.output.write(this.cutElement);
      this.cutElement = undefined;
    }
  }

  takeBytes(): Uint8Array | undefined {
    if (this.output.position === 0) {
      return undefined;
    }
    const bytes = this.output.copyBytes();
    this.output.reset();
    return bytes;
  }

  private record(value: unknown, timestamp: number): void {
    const { output } = this;
    const start = output.position;
    output.writeInt(0);
    try {
      if (LocalChannel.isEvent(timestamp)) {
        this.writeEvent(value as ChannelEvent);
      } else {
        this.elements.serialize({ kind: 'record', value, timestamp }, output);
      }
    } catch (error) {
      throw this.notWritten(error);
    }
    const length = output.position - start - LENGTH_BYTES;
    if (length === 0) {
      output.position = start; // Barriers and ends are no elements: the tasks send them again.
      return;
    }
    new DataView(output.buffer.buffer).setInt32(start, length);
    this.bytesRecorded += LENGTH_BYTES + length;
  }

  private writeEvent(event: ChannelEvent): void {
    const { elements, output } = this;
    switch (event.kind) {
      case 'watermark':
        elements.serialize({ kind: 'watermark', timestamp: event.watermark }, output);
        return;
      case 'watermark-status':
        elements.serialize({ kind: 'watermark-status', isIdle: event.status === 'idle' }, output);
        return;
      case 'latency-marker':
        elements.serialize({ kind: 'latency-marker', ...event.marker }, output);
        return;
      default:
        return;
    }
  }

  private get elements(): StreamElementSerializer<unknown> {
    invariant(this.inFlight !== undefined, 'an edge that is never overtaken has nothing in flight');
    this.serializer ??= new StreamElementSerializer(this.inFlight.type.createSerializer());
    return this.serializer;
  }

  private notWritten(error: unknown): TaskError {
    const { edgeName, type } = this.inFlight as InputInFlight;
    return new TaskError(
      'VALUE_NOT_SERIALIZABLE',
      `a record in flight ${edgeName} is not of the declared type ${type.name}: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}
