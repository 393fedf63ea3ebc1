/** Takes every record and keeps none. Flink: DiscardingSink. */
import type { Sink, SinkWriter } from '../sink.ts';

export class DiscardingSink<T> implements Sink<T> {
  createWriter(): SinkWriter<T> {
    return { write: () => {}, flush: () => {}, close: () => {} };
  }
}
