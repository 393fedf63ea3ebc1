// Hot path.

import {
  type KeyedProcessContext,
  MIN_TIMESTAMP,
  type OnTimerContext,
  type OutputTag,
  type ProcessContext,
  type TimeDomain,
  type TimerService,
} from '@millrace/core';
import type { KeyedStateBackend } from '@millrace/state';

/** Where a function's side outputs go, with the timestamp of the moment. */
export interface SideOutput {
  emitSideOutput<X>(tag: OutputTag<X>, value: X, timestamp: number): void;
}

/** One per operator; the operator sets the timestamp before each call of the function. */
export class ProcessFunctionContext implements ProcessContext {
  eventTime: number;
  private readonly timers: TimerService;
  private readonly sideOutput: SideOutput;

  constructor(timers: TimerService, sideOutput: SideOutput) {
    this.eventTime = MIN_TIMESTAMP;
    this.timers = timers;
    this.sideOutput = sideOutput;
  }

  timestamp(): number | undefined {
    return this.eventTime === MIN_TIMESTAMP ? undefined : this.eventTime;
  }

  timerService(): TimerService {
    return this.timers;
  }

  output<X>(tag: OutputTag<X>, value: X): void {
    this.sideOutput.emitSideOutput(tag, value, this.eventTime);
  }
}

/** Serves records and timers: `timeDomain` is that of the last timer. */
export class KeyedProcessFunctionContext<K>
  extends ProcessFunctionContext
  implements KeyedProcessContext<K>, OnTimerContext<K>
{
  timeDomain: TimeDomain;
  private readonly backend: KeyedStateBackend<K>;

  constructor(timers: TimerService, sideOutput: SideOutput, backend: KeyedStateBackend<K>) {
    super(timers, sideOutput);
    this.timeDomain = 'event-time';
    this.backend = backend;
  }

  get currentKey(): K {
    return this.backend.currentKey;
  }
}
