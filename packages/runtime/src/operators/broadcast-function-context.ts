// Hot path.

import {
  type BaseBroadcastContext,
  MIN_TIMESTAMP,
  type OutputTag,
  type TimerService,
} from '@millrace/core';
import type { BroadcastStates } from './broadcast-states.ts';
import type { SideOutput } from './process-function-context.ts';

/** The times that a function may read. */
export type ReadableTimes = Pick<TimerService, 'currentProcessingTime' | 'currentWatermark'>;

/** What both sides of the broadcast pattern see; the operator sets the timestamp before each call. */
export abstract class BroadcastFunctionContext implements BaseBroadcastContext {
  eventTime: number;
  protected readonly states: BroadcastStates;
  private readonly times: ReadableTimes;
  private readonly sideOutput: SideOutput;

  constructor(states: BroadcastStates, times: ReadableTimes, sideOutput: SideOutput) {
    this.eventTime = MIN_TIMESTAMP;
    this.states = states;
    this.times = times;
    this.sideOutput = sideOutput;
  }

  timestamp(): number | undefined {
    return this.eventTime === MIN_TIMESTAMP ? undefined : this.eventTime;
  }

  currentProcessingTime(): number {
    return this.times.currentProcessingTime();
  }

  currentWatermark(): number {
    return this.times.currentWatermark();
  }

  output<X>(tag: OutputTag<X>, value: X): void {
    this.sideOutput.emitSideOutput(tag, value, this.eventTime);
  }
}
