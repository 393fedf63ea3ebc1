/**
 * Emits as results come, but never across a watermark.
 *
 * Invariant: segments are separated by watermarks; a watermark is emitted once all records before it
 * are, and before any record after it.
 *
 * Flink: UnorderedStreamElementQueue.
 */
// Hot path.

import { MIN_TIMESTAMP } from '@millrace/core';
import {
  type QueueEmitter,
  type QueueEntry,
  type RecordEntry,
  type StreamElementQueue,
  WatermarkEntry,
} from './stream-element-queue.ts';

/** Records between two watermarks, and the watermark that ends them. */
class Segment<IN, OUT> {
  /** Not emitted yet, in the order of arrival. */
  readonly records: Set<RecordEntry<IN, OUT>>;
  /** Those of them that may be emitted, in the order in which they got their results. */
  completed: RecordEntry<IN, OUT>[];
  /** `MIN_TIMESTAMP` while it has not come. */
  watermark: number;

  constructor() {
    this.records = new Set();
    this.completed = [];
    this.watermark = MIN_TIMESTAMP;
  }
}

export class UnorderedStreamElementQueue<IN, OUT> implements StreamElementQueue<IN, OUT> {
  size: number;
  /** The last one takes what comes; all others have their watermark. */
  private readonly segments: Segment<IN, OUT>[];

  constructor() {
    this.size = 0;
    this.segments = [new Segment()];
  }

  add(entry: QueueEntry<IN, OUT>): void {
    const last = this.segments[this.segments.length - 1] as Segment<IN, OUT>;
    this.size++;
    if (entry.kind === 'record') {
      entry.segment = last;
      last.records.add(entry);
    } else {
      last.watermark = entry.timestamp;
      this.segments.push(new Segment());
    }
  }

  complete(entry: RecordEntry<IN, OUT>, results: readonly OUT[]): void {
    entry.results = results;
    (entry.segment as Segment<IN, OUT>).completed.push(entry);
  }

  emitCompleted(emitter: QueueEmitter<IN, OUT>): void {
    for (;;) {
      const first = this.segments[0] as Segment<IN, OUT>;
      const { completed } = first;
      first.completed = [];
      for (let i = 0; i < completed.length; i++) {
        const entry = completed[i] as RecordEntry<IN, OUT>;
        first.records.delete(entry);
        this.size--;
        emitter.emitResults(entry);
      }
      if (first.records.size > 0 || this.segments.length === 1) {
        return;
      }
      this.segments.shift();
      this.size--;
      emitter.emitQueuedWatermark(first.watermark);
    }
  }

  elements(): Iterable<QueueEntry<IN, OUT>> {
    const elements: QueueEntry<IN, OUT>[] = [];
    this.segments.forEach((segment, index) => {
      elements.push(...segment.records);
      if (index < this.segments.length - 1) {
        elements.push(new WatermarkEntry(segment.watermark));
      }
    });
    return elements;
  }
}
