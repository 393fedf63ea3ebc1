/**
 * How far a source is behind, and how long it has had nothing to read.
 *
 * Flink: InternalSourceReaderMetricGroup (FLIP-33). Values that are not known yet are -1.
 */
// Hot path.
import { type Clock, type Counter, type MetricGroup, MIN_TIMESTAMP } from '@millrace/core';

const UNDEFINED = -1;

export class SourceLag {
  /** Of the last record; `MIN_TIMESTAMP` where it has none. */
  lastEventTime: number;
  private readonly clock: Clock;
  private readonly numRecords: Counter;
  private idleSince: number | undefined;
  private recordsBeforeIdle: number;

  /**
   * @param numRecords - that were emitted
   * @param currentWatermark - that was emitted last
   */
  constructor(
    group: MetricGroup,
    parts: {
      readonly clock: Clock;
      readonly numRecords: Counter;
      currentWatermark(): number;
    },
  ) {
    const { clock, numRecords, currentWatermark } = parts;
    this.lastEventTime = MIN_TIMESTAMP;
    this.clock = clock;
    this.numRecords = numRecords;
    this.idleSince = undefined;
    this.recordsBeforeIdle = 0;
    const since = (time: number) => (Number.isFinite(time) ? clock.now() - time : UNDEFINED);
    group.gauge('currentEmitEventTimeLag', () => since(this.lastEventTime));
    group.gauge('watermarkLag', () => since(currentWatermark()));
    group.counter('numRecordsInErrors'); // A reader that skips what it cannot read counts it.
    group.gauge('sourceIdleTime', () =>
      this.idleSince === undefined ? 0 : clock.now() - this.idleSince,
    );
  }

  /** After each look for records. */
  polled(foundNothing: boolean): void {
    if (!foundNothing) {
      this.idleSince = undefined;
    } else if (this.idleSince === undefined || this.numRecords.count !== this.recordsBeforeIdle) {
      this.idleSince = this.clock.now();
      this.recordsBeforeIdle = this.numRecords.count;
    }
  }
}
