// Hot path.

import { MIN_TIMESTAMP, type OutputTag, type ProcessJoinContext } from '@millrace/core';
import type { SideOutput } from './process-function-context.ts';

/** One per operator, which sets the times before each call of the function. */
export class ProcessJoinFunctionContext implements ProcessJoinContext {
  leftTimestamp: number;
  rightTimestamp: number;
  timestamp: number;
  private readonly sideOutput: SideOutput;

  constructor(sideOutput: SideOutput) {
    this.leftTimestamp = MIN_TIMESTAMP;
    this.rightTimestamp = MIN_TIMESTAMP;
    this.timestamp = MIN_TIMESTAMP;
    this.sideOutput = sideOutput;
  }

  output<X>(tag: OutputTag<X>, value: X): void {
    this.sideOutput.emitSideOutput(tag, value, this.timestamp);
  }
}
