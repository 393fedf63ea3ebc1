// Hot path.

import { ConfigError, type TimerService, VOID_NAMESPACE, type VoidNamespace } from '@millrace/core';
import type { InternalTimerService } from './internal-timer-service.ts';
import type { ProcessingTimeService } from './stream-operator.ts';

/** A function's view of its operator's timers. Flink: SimpleTimerService. */
export class SimpleTimerService<K> implements TimerService {
  private readonly timers: InternalTimerService<K, VoidNamespace>;

  constructor(timers: InternalTimerService<K, VoidNamespace>) {
    this.timers = timers;
  }

  currentProcessingTime(): number {
    return this.timers.currentProcessingTime();
  }

  currentWatermark(): number {
    return this.timers.currentWatermark;
  }

  registerEventTimeTimer(time: number): void {
    this.timers.registerEventTimeTimer(VOID_NAMESPACE, time);
  }

  registerProcessingTimeTimer(time: number): void {
    this.timers.registerProcessingTimeTimer(VOID_NAMESPACE, time);
  }

  deleteEventTimeTimer(time: number): void {
    this.timers.deleteEventTimeTimer(VOID_NAMESPACE, time);
  }

  deleteProcessingTimeTimer(time: number): void {
    this.timers.deleteProcessingTimeTimer(VOID_NAMESPACE, time);
  }
}

/** On a stream without keys the times can be read, but timers are refused. */
export class NoTimerService implements TimerService {
  private readonly processingTimeService: ProcessingTimeService;
  private readonly watermark: () => number;

  constructor(processingTimeService: ProcessingTimeService, watermark: () => number) {
    this.processingTimeService = processingTimeService;
    this.watermark = watermark;
  }

  currentProcessingTime(): number {
    return this.processingTimeService.currentProcessingTime();
  }

  currentWatermark(): number {
    return this.watermark();
  }

  registerEventTimeTimer(time: number): never {
    throw unsupported(time);
  }

  registerProcessingTimeTimer(time: number): never {
    throw unsupported(time);
  }

  deleteEventTimeTimer(time: number): never {
    throw unsupported(time);
  }

  deleteProcessingTimeTimer(time: number): never {
    throw unsupported(time);
  }
}

function unsupported(time: number): ConfigError {
  return new ConfigError(
    'UNSUPPORTED',
    `a timer at ${time} on a stream without keys; call keyBy and use a KeyedProcessFunction`,
  );
}
