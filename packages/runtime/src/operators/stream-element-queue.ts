/**
 * What an asynchronous operator has in flight, in the order in which it may be emitted.
 *
 * Flink: StreamElementQueue, StreamElementQueueEntry.
 */
// Hot path.

import type { Timer } from '@millrace/core';

export interface StreamElementQueue<IN, OUT> {
  /** Elements that were not emitted yet. */
  readonly size: number;
  add(entry: QueueEntry<IN, OUT>): void;
  /** A record of the queue got its results. */
  complete(entry: RecordEntry<IN, OUT>, results: readonly OUT[]): void;
  /** Emits everything that is complete and whose turn it is, and forgets it. */
  emitCompleted(emitter: QueueEmitter<IN, OUT>): void;
  /** What was not emitted yet, in an order in which it could have come in. */
  elements(): Iterable<QueueEntry<IN, OUT>>;
}

export interface QueueEmitter<IN, OUT> {
  emitResults(entry: RecordEntry<IN, OUT>): void;
  emitQueuedWatermark(watermark: number): void;
}

export type QueueEntry<IN, OUT> = RecordEntry<IN, OUT> | WatermarkEntry;

export class WatermarkEntry {
  readonly kind = 'watermark';
  readonly timestamp: number;

  constructor(timestamp: number) {
    this.timestamp = timestamp;
  }
}

/** One record from its arrival until its results are emitted. */
export class RecordEntry<IN, OUT> {
  readonly kind = 'record';
  readonly value: IN;
  readonly timestamp: number;
  /** Set once, when the record is complete. */
  results: readonly OUT[] | undefined;
  /** How often the function was called. */
  attempts: number;
  isTimedOut: boolean;
  timeoutTimer: Timer | undefined;
  /** Set while a retry is awaited. */
  retryTimer: Timer | undefined;
  /** Which segment of an unordered queue it is in. */
  segment: unknown;

  constructor(value: IN, timestamp: number) {
    this.value = value;
    this.timestamp = timestamp;
    this.results = undefined;
    this.attempts = 0;
    this.isTimedOut = false;
    this.timeoutTimer = undefined;
    this.retryTimer = undefined;
    this.segment = undefined;
  }
}
