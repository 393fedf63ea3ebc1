/**
 * Emits in the order of arrival: a record waits until all before it are complete.
 *
 * Flink: OrderedStreamElementQueue.
 */
// Hot path.

import type {
  QueueEmitter,
  QueueEntry,
  RecordEntry,
  StreamElementQueue,
} from './stream-element-queue.ts';

export class OrderedStreamElementQueue<IN, OUT> implements StreamElementQueue<IN, OUT> {
  /** A set keeps the order of arrival and gives up its first element cheaply. */
  private readonly entries: Set<QueueEntry<IN, OUT>>;

  constructor() {
    this.entries = new Set();
  }

  get size(): number {
    return this.entries.size;
  }

  add(entry: QueueEntry<IN, OUT>): void {
    this.entries.add(entry);
  }

  complete(entry: RecordEntry<IN, OUT>, results: readonly OUT[]): void {
    entry.results = results;
  }

  emitCompleted(emitter: QueueEmitter<IN, OUT>): void {
    for (const entry of this.entries) {
      if (entry.kind === 'record') {
        if (entry.results === undefined) {
          return;
        }
        this.entries.delete(entry);
        emitter.emitResults(entry);
      } else {
        this.entries.delete(entry);
        emitter.emitQueuedWatermark(entry.timestamp);
      }
    }
  }

  elements(): Iterable<QueueEntry<IN, OUT>> {
    return this.entries;
  }
}
