/** Input of a source task: its head operator reads for itself. */
import { MIN_TIMESTAMP } from '@millrace/core';
import type { SourceStreamOperator } from '../operators/source-operator-contract.ts';
import type { BatchResult, TaskInput } from './task-input.ts';

export class SourceTaskInput implements TaskInput {
  readonly awaitsSavepoint = false;
  readonly isSlotBehind = false;
  private readonly source: SourceStreamOperator<unknown>;
  private readonly wake: () => void;
  private readonly fail: (error: unknown) => void;
  private waiting = false;

  constructor(
    source: SourceStreamOperator<unknown>,
    hooks: { wake: () => void; fail: (error: unknown) => void },
  ) {
    this.source = source;
    this.wake = hooks.wake;
    this.fail = hooks.fail;
  }

  get isAvailable(): boolean {
    return !this.waiting;
  }

  /** Watermarks begin here; what the source emitted is seen downstream. */
  get currentWatermark(): number {
    return MIN_TIMESTAMP;
  }

  checkpointAborted(): void {}

  close(): void {}

  processBatch(maxRecords: number): BatchResult {
    const status = this.source.emitNext(maxRecords);
    switch (status) {
      case 'more-available':
        return 'more-available';
      case 'end-of-input':
        return 'end-of-data';
      case 'nothing-available':
        this.waiting = true;
        this.source.isInputAvailable().then(
          () => {
            this.waiting = false;
            this.wake();
          },
          (error: unknown) => this.fail(error),
        );
        return 'nothing-available';
    }
  }
}
