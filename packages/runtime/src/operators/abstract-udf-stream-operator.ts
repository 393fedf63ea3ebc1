/**
 * An operator around a function of the program: its life cycle and its checkpoint hooks.
 *
 * Invariants:
 * - The function is the attempt's own copy; see `cloneFunction`.
 * - Order at start: runtime context, `initializeState`, `open`; at a checkpoint the function's
 *   `snapshotState` runs before the backends fix their version.
 * - `close` of the function runs once, also when its `open` failed, and not if it was never reached.
 *
 * Flink: AbstractUdfStreamOperator.
 */
import {
  type FunctionInitializationContext,
  type ListState,
  ListStateDescriptor,
  type OpenContext,
  type OperatorStateStore,
  type PerSubtask,
  type TimerService,
  Types,
} from '@millrace/core';
import type { CheckpointStreamFactory } from '@millrace/state';
import { AbstractStreamOperator, type StreamOperatorOptions } from './abstract-stream-operator.ts';
import { cloneFunction } from './clone-function.ts';
import { type FunctionHooks, hooksOf } from './function-hooks.ts';
import { refuseAsync } from './function-is-async.ts';
import type { Output } from './output.ts';
import { SimpleTimerService } from './simple-timer-service.ts';
import type { OperatorSnapshotFutures, StreamOperatorContext } from './stream-operator.ts';
import { StreamingRuntimeContext } from './streaming-runtime-context.ts';
import { TimestampedCollector } from './timestamped-collector.ts';
import { type TimerContext, type TimerFunction, UserTimers } from './user-timers.ts';

export interface UdfStreamOperatorOptions<F, IN, K> extends StreamOperatorOptions<IN, K> {
  readonly fn: F | PerSubtask<F>;
}

/** As in Flink; the elements are of any type. */
const LIST_CHECKPOINTED_STATE = new ListStateDescriptor<unknown>('_default_', Types.GENERIC);

type Life = 'new' | 'opened' | 'closed';

export abstract class AbstractUdfStreamOperator<
  F,
  IN,
  OUT,
  K = unknown,
> extends AbstractStreamOperator<IN, OUT, K> {
  protected readonly fn: F;
  /** Where the function emits; its timestamp is set before each call. */
  protected collector!: TimestampedCollector<OUT>;
  private readonly hooks: FunctionHooks;
  /** Of a function of the older form. */
  private listState: ListState<unknown> | undefined;
  private life: Life;

  constructor(options: UdfStreamOperatorOptions<F, IN, K>) {
    super(options);
    this.fn = cloneFunction<F>(options.fn);
    this.hooks = hooksOf(this.fn);
    this.listState = undefined;
    this.life = 'new';
  }

  override setup(context: StreamOperatorContext, output: Output<OUT>): void {
    super.setup(context, output);
    this.collector = new TimestampedCollector(output, this.numRecordsOut);
  }

  protected override get usesOperatorState(): boolean {
    return this.hooks.initializeState !== undefined || this.hooks.restoreState !== undefined;
  }

  override async initializeState(): Promise<void> {
    await super.initializeState();
    this.hooks.runtimeContext = new StreamingRuntimeContext(this.context, this.keyedStateStore);
    if (this.hooks.initializeState !== undefined) {
      await this.guarded('in initializeState', () =>
        this.hooks.initializeState?.(this.initializationContext()),
      );
    } else if (this.hooks.restoreState !== undefined) {
      this.listState = this.operatorStateBackend?.getListState(LIST_CHECKPOINTED_STATE);
      if (this.context.restored !== undefined) {
        const elements = [...(this.listState?.get() ?? [])];
        await this.guarded('in restoreState', () => this.hooks.restoreState?.(elements));
      }
    }
  }

  override async open(): Promise<void> {
    this.life = 'opened';
    const context: OpenContext = { taskName: this.context.taskInfo.taskName };
    await this.guarded('in open', () => this.hooks.open?.(context));
  }

  override snapshotState(
    checkpointId: number,
    checkpointTimestamp: number,
    streams: CheckpointStreamFactory,
  ): OperatorSnapshotFutures {
    try {
      if (this.listState !== undefined) {
        const elements = this.hooks.snapshotState?.(checkpointId, checkpointTimestamp);
        this.listState.update([...(elements ?? [])]);
      } else {
        const result: unknown = this.hooks.snapshotState?.({ checkpointId, checkpointTimestamp });
        refuseAsync(result, this.name, 'snapshotState');
      }
    } catch (error) {
      throw this.userFunctionFailed(error, `in snapshotState of checkpoint ${checkpointId}`);
    }
    return super.snapshotState(checkpointId, checkpointTimestamp, streams);
  }

  override notifyCheckpointComplete(checkpointId: number): void | Promise<void> {
    try {
      const result: unknown = this.hooks.notifyCheckpointComplete?.(checkpointId);
      refuseAsync(result, this.name, 'notifyCheckpointComplete');
    } catch (error) {
      throw this.userFunctionFailed(error, `in notifyCheckpointComplete(${checkpointId})`);
    }
    return super.notifyCheckpointComplete(checkpointId);
  }

  override notifyCheckpointAborted(checkpointId: number): void {
    super.notifyCheckpointAborted(checkpointId);
    try {
      const result: unknown = this.hooks.notifyCheckpointAborted?.(checkpointId);
      refuseAsync(result, this.name, 'notifyCheckpointAborted');
    } catch (error) {
      throw this.userFunctionFailed(error, `in notifyCheckpointAborted(${checkpointId})`);
    }
  }

  override async close(): Promise<void> {
    const wasOpened = this.life === 'opened';
    this.life = 'closed';
    try {
      if (wasOpened) {
        await this.guarded('in close', () => this.hooks.close?.());
      }
    } finally {
      await super.close();
    }
  }

  /**
   * Timers of the function's own; call it in `open`.
   *
   * @param createContext - makes what `onTimer` sees, around the timers
   */
  protected openUserTimers<C extends TimerContext>(
    fn: TimerFunction<NoInfer<C>, OUT>,
    createContext: (timers: TimerService) => C,
  ): C {
    const target = new UserTimers<K, C, OUT>(fn, this.collector, {
      name: this.name,
      failed: (error, time) => this.timerFailed(error, time),
    });
    const timers = this.createTimerService('user-timers', Types.VOID_NAMESPACE, target);
    target.context = createContext(new SimpleTimerService(timers));
    timers.start();
    return target.context;
  }

  private initializationContext(): FunctionInitializationContext {
    const restored = this.context.restored;
    return {
      isRestored: restored !== undefined,
      restoredCheckpointId: restored?.checkpointId,
      operatorStateStore: this.operatorStateBackend as OperatorStateStore,
      keyedStateStore: this.keyedStateStore,
    };
  }

  private async guarded(where: string, call: () => void | Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      throw this.userFunctionFailed(error, where);
    }
  }
}
