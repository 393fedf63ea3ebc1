// Hot path.

import { type Collector, type Counter, MIN_TIMESTAMP } from '@millrace/core';
import type { Output } from './output.ts';

/** Emits with the timestamp that was set last. One per operator. Flink: TimestampedCollector. */
export class TimestampedCollector<T> implements Collector<T> {
  timestamp: number;
  private readonly output: Output<T>;
  private readonly numRecordsOut: Counter;

  constructor(output: Output<T>, numRecordsOut: Counter) {
    this.timestamp = MIN_TIMESTAMP;
    this.output = output;
    this.numRecordsOut = numRecordsOut;
  }

  collect(record: T): void {
    this.numRecordsOut.inc();
    this.output.collect(record, this.timestamp);
  }
}
