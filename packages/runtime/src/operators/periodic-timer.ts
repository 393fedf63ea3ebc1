import type { ProcessingTimeService } from './stream-operator.ts';

/** Calls back in the mailbox each `intervalMs`, counted from the end of the last call. */
export class PeriodicTimer {
  private readonly service: ProcessingTimeService;
  private readonly intervalMs: number;
  private readonly action: () => void;
  private timer: { cancel(): void } | undefined;

  constructor(service: ProcessingTimeService, intervalMs: number, action: () => void) {
    this.service = service;
    this.intervalMs = intervalMs;
    this.action = action;
    this.timer = undefined;
  }

  /** Does nothing when the interval is 0: periodic work is off. */
  start(): void {
    if (this.intervalMs > 0) {
      this.arm();
    }
  }

  /** The first call comes as soon as the mailbox takes it. */
  startNow(): void {
    if (this.intervalMs > 0) {
      this.armAt(this.service.currentProcessingTime());
    }
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private arm(): void {
    this.armAt(this.service.currentProcessingTime() + this.intervalMs);
  }

  private armAt(timestamp: number): void {
    this.timer = this.service.registerTimer(timestamp, this.onTimer);
  }

  private readonly onTimer = (): void => {
    if (this.timer !== undefined) {
      this.action();
      this.arm();
    }
  };
}
