/**
 * Windows as values. Flink: TimeWindow, GlobalWindow.
 */
import { MAX_TIMESTAMP } from '../time/timestamps.ts';

export interface Window {
  /** The largest timestamp that belongs to the window. */
  maxTimestamp(): number;
}

/** `[start, end)` in milliseconds. */
export class TimeWindow implements Window {
  readonly start: number;
  readonly end: number;

  constructor(start: number, end: number) {
    this.start = start;
    this.end = end;
  }

  maxTimestamp(): number {
    return this.end - 1;
  }

  toString(): string {
    return `TimeWindow{start=${this.start}, end=${this.end}}`;
  }
}

export class GlobalWindow implements Window {
  static readonly INSTANCE: GlobalWindow = new GlobalWindow();

  maxTimestamp(): number {
    return MAX_TIMESTAMP;
  }

  toString(): string {
    return 'GlobalWindow';
  }
}
