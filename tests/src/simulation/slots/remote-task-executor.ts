/** A slot as the JobManager sees it during one attempt: what it says goes by messages. */
import type { AccumulatorRegistry } from '@millrace/core';
import type { SlotDeployment, TaskExecutorGateway } from '@millrace/runtime';
import type { SimulatedSlot } from './simulated-slot.ts';
import type { AskedOfSlot, FromSlot, SlotReport, ToldToSlot } from './slot-messages.ts';

interface Asked {
  resolve(): void;
  reject(error: Error): void;
}

export class RemoteTaskExecutor implements TaskExecutorGateway {
  readonly slot: SimulatedSlot;
  private readonly attempt: number;
  private readonly asked = new Map<AskedOfSlot, Asked>();
  private report: SlotReport = { taskDetails: [], queryableStates: [] };
  /** Why nothing more is to be expected of the slot. */
  private loss: Error | undefined;
  /** Nothing of its share is left to be done. */
  hasRun = false;

  constructor(slot: SimulatedSlot, attempt: number) {
    this.slot = slot;
    this.attempt = attempt;
  }

  deploy(deployment: SlotDeployment): void {
    this.slot.send({ attempt: this.attempt, kind: 'deploy', deployment });
  }

  initialize(): Promise<void> {
    return this.ask('initialize');
  }

  run(): Promise<void> {
    return this.ask('run');
  }

  async cancel(): Promise<void> {
    if (this.loss === undefined) {
      await this.ask('cancel');
    }
    if (this.loss !== undefined) {
      await this.slot.life.ended;
    }
  }

  stop(): void {
    this.tell('stop', []);
  }

  triggerCheckpoint(...args: Parameters<TaskExecutorGateway['triggerCheckpoint']>): void {
    this.tell('triggerCheckpoint', args);
  }

  notifyCheckpointComplete(
    ...args: Parameters<TaskExecutorGateway['notifyCheckpointComplete']>
  ): void {
    this.tell('notifyCheckpointComplete', args);
  }

  notifyCheckpointAborted(
    ...args: Parameters<TaskExecutorGateway['notifyCheckpointAborted']>
  ): void {
    this.tell('notifyCheckpointAborted', args);
  }

  addSplits(...args: Parameters<TaskExecutorGateway['addSplits']>): void {
    this.tell('addSplits', args);
  }

  noMoreSplits(...args: Parameters<TaskExecutorGateway['noMoreSplits']>): void {
    this.tell('noMoreSplits', args);
  }

  alignWatermark(...args: Parameters<TaskExecutorGateway['alignWatermark']>): void {
    this.tell('alignWatermark', args);
  }

  /** The simulated program has none. */
  accumulators(): readonly AccumulatorRegistry[] {
    return [];
  }

  taskDetails(): SlotReport['taskDetails'] {
    return this.report.taskDetails;
  }

  queryableStates(): SlotReport['queryableStates'] {
    return this.report.queryableStates;
  }

  /** Nobody asks. */
  queryState(): Promise<never> {
    return Promise.reject(new Error('the state of simulated slots is not read'));
  }

  answered({ method, error, report }: Extract<FromSlot, { kind: 'answer' }>): void {
    const asked = this.asked.get(method);
    this.asked.delete(method);
    this.report = report;
    if (error === undefined) {
      this.hasRun ||= method === 'run';
      asked?.resolve();
    } else {
      asked?.reject(error);
    }
  }

  /** Nobody is left who would answer. */
  lost(error: Error): void {
    this.loss ??= error;
    for (const [method, { resolve, reject }] of this.asked) {
      if (method === 'cancel') {
        resolve();
      } else {
        reject(error);
      }
    }
    this.asked.clear();
  }

  private ask(method: AskedOfSlot): Promise<void> {
    if (this.loss !== undefined) {
      return Promise.reject(this.loss);
    }
    return new Promise((resolve, reject) => {
      this.asked.set(method, { resolve, reject });
      this.slot.send({ attempt: this.attempt, kind: 'ask', method });
    });
  }

  private tell(method: ToldToSlot, args: readonly unknown[]): void {
    if (this.loss === undefined) {
      this.slot.send({ attempt: this.attempt, kind: 'tell', method, args });
    }
  }
}
