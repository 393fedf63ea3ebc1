/**
 * Measures what the channels of one gate bring and tells their senders how large buffers should be.
 *
 * The limit of a channel is the announced size times its buffers, so smaller buffers mean less data
 * in flight. What its receiving end has decoded ahead follows: about one buffer.
 *
 * Flink: BufferDebloatController's part of StreamTask, ThroughputCalculator.
 */
import { type Configuration, TaskManagerOptions } from '@millrace/core';
import { BufferDebloater } from './buffer-debloater.ts';
import type { RingReader } from './ring-reader.ts';

export interface BufferDebloatingOptions {
  readonly periodMs: number;
  readonly targetMs: number;
  readonly samples: number;
  readonly thresholdPercentages: number;
  readonly minBufferBytes: number;
}

/** `undefined` unless `taskmanager.network.memory.buffer-debloat.enabled`. */
export function bufferDebloatingOf(
  configuration: Configuration,
): BufferDebloatingOptions | undefined {
  return configuration.get(TaskManagerOptions.BUFFER_DEBLOAT_ENABLED)
    ? {
        periodMs: configuration.get(TaskManagerOptions.BUFFER_DEBLOAT_PERIOD),
        targetMs: configuration.get(TaskManagerOptions.BUFFER_DEBLOAT_TARGET),
        samples: configuration.get(TaskManagerOptions.BUFFER_DEBLOAT_SAMPLES),
        thresholdPercentages: configuration.get(
          TaskManagerOptions.BUFFER_DEBLOAT_THRESHOLD_PERCENTAGES,
        ),
        minBufferBytes: configuration.get(TaskManagerOptions.MIN_MEMORY_SEGMENT_SIZE),
      }
    : undefined;
}

export class BufferDebloating {
  private readonly periodMs: number;
  private readonly debloater: BufferDebloater;
  private readonly readers: RingReader<unknown>[] = [];
  private periodBeganMs: number | undefined;
  private bytesAtBegin = 0;
  /** Since when there has been nothing to take. */
  private idleSinceMs: number | undefined;
  private idleMs = 0;
  private bytesPerSecond = 0;

  /** @param maxBufferBytes - a segment */
  constructor(options: BufferDebloatingOptions, maxBufferBytes: number) {
    this.periodMs = options.periodMs;
    const minBufferBytes = Math.min(options.minBufferBytes, maxBufferBytes);
    this.debloater = new BufferDebloater({ ...options, minBufferBytes, maxBufferBytes });
  }

  add(reader: RingReader<unknown>): void {
    this.readers.push(reader);
  }

  /** Metric `debloatedBufferSize`, bytes. */
  get debloatedBufferSize(): number {
    return this.debloater.bufferBytes;
  }

  /** Metric `estimatedTimeToConsumeBuffersMs`. */
  get estimatedTimeToConsumeBuffersMs(): number {
    return this.debloater.estimatedTimeToConsumeMs;
  }

  /** After the readers were polled. */
  poll(nowMs: number): void {
    if (this.periodBeganMs === undefined) {
      this.begin(nowMs);
      return;
    }
    this.watchIdle(nowMs);
    if (nowMs - this.periodBeganMs >= this.periodMs) {
      this.endPeriod(nowMs, this.periodBeganMs);
    }
  }

  private watchIdle(nowMs: number): void {
    const isIdle = !this.readers.some((reader) => reader.hasInput);
    if (!isIdle && this.idleSinceMs !== undefined) {
      this.idleMs += nowMs - this.idleSinceMs;
      this.idleSinceMs = undefined;
    } else if (isIdle && this.idleSinceMs === undefined) {
      this.idleSinceMs = nowMs;
    }
  }

  private endPeriod(nowMs: number, beganMs: number): void {
    if (this.idleSinceMs !== undefined) {
      this.idleMs += nowMs - this.idleSinceMs;
      this.idleSinceMs = nowMs;
    }
    const activeMs = nowMs - beganMs - this.idleMs;
    if (activeMs > 0) {
      this.bytesPerSecond = ((this.bytesConsumed - this.bytesAtBegin) * 1000) / activeMs;
    }
    const inUse = this.readers.reduce((sum, reader) => sum + reader.buffersInUse, 0);
    const size = this.debloater.recalculate(this.bytesPerSecond, inUse);
    if (size !== undefined) {
      for (const reader of this.readers) {
        reader.announceBufferSize(size);
      }
    }
    this.begin(nowMs);
  }

  private begin(nowMs: number): void {
    this.periodBeganMs = nowMs;
    this.bytesAtBegin = this.bytesConsumed;
    this.idleMs = 0;
  }

  private get bytesConsumed(): number {
    return this.readers.reduce((sum, reader) => sum + reader.numBytesConsumed, 0);
  }
}
