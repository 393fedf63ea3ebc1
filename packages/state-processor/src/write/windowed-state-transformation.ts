/**
 * Fills the windows of an operator by the operator of the engine itself, so that a job finds in them
 * what it would have put there: contents, timers, what triggers keep, sessions that were merged.
 *
 * Sliding windows keep their contents as Flink does, never in slices. A trigger that fires for a
 * record fires; what the window function then emits is dropped.
 *
 * Flink: WindowedStateTransformation.
 */
import {
  type AggregateFunction,
  ConfigError,
  type Duration,
  type Evictor,
  type ProcessWindowFunction,
  type ReduceFunction,
  type Trigger,
  type TypeInformation,
  type Window,
  type WindowAssigner,
  type WindowFunction,
} from '@millrace/core';
import {
  type AnyWindowFunction,
  checkWindowsCanMerge,
  createWindowOperator,
  type WindowFunctionOptions,
} from '@millrace/runtime';
import {
  type BootstrapInput,
  type BootstrapKeys,
  StateBootstrapTransformation,
} from './state-bootstrap-transformation.ts';

type AnyFunction<IN, R, K, W extends Window> =
  | ProcessWindowFunction<IN, R, K, W>
  | WindowFunction<IN, R, K, W>;

export class WindowedStateTransformation<K, T, W extends Window> {
  private readonly input: BootstrapInput<T>;
  private readonly keys: BootstrapKeys<K, T>;
  private readonly assigner: WindowAssigner<T, W>;
  private ownTrigger: Trigger<T, W> | undefined = undefined;
  private ownEvictor: Evictor<T, W> | undefined = undefined;
  private lateness: Duration = 0;

  constructor(input: BootstrapInput<T>, keys: BootstrapKeys<K, T>, assigner: WindowAssigner<T, W>) {
    this.input = input;
    this.keys = keys;
    this.assigner = assigner;
  }

  /** In place of the assigner's own. */
  trigger(trigger: Trigger<T, W>): this {
    this.ownTrigger = trigger;
    return this;
  }

  /** With one, windows keep each record with its time. */
  evictor(evictor: Evictor<T, W>): this {
    this.ownEvictor = evictor;
    return this;
  }

  /** As in the job: it decides the timers that clean windows up. */
  allowedLateness(lateness: Duration): this {
    this.lateness = lateness;
    return this;
  }

  /** @throws ConfigError `INVALID_GRAPH` where the type of the records is not known */
  reduce<R = T>(
    reduceFunction: ReduceFunction<T>,
    windowFunction?: AnyFunction<T, R, K, W>,
  ): StateBootstrapTransformation<T> {
    return this.windows<R>({
      kind: 'reduce',
      reduceFunction,
      processFunction: windowFunction,
      elementType: this.elementType('reduce'),
    });
  }

  aggregate<ACC, V, R = V>(
    aggregateFunction: AggregateFunction<T, ACC, V>,
    accumulatorType: TypeInformation<ACC>,
    windowFunction?: AnyFunction<V, R, K, W>,
  ): StateBootstrapTransformation<T> {
    return this.windows<R>({
      kind: 'aggregate',
      aggregateFunction,
      accumulatorType,
      processFunction: windowFunction,
      elementType: this.input.type,
    });
  }

  /** @throws ConfigError `INVALID_GRAPH` where the type of the records is not known */
  apply<R>(windowFunction: WindowFunction<T, R, K, W>): StateBootstrapTransformation<T> {
    return this.listed('apply', windowFunction);
  }

  /** @throws ConfigError `INVALID_GRAPH` where the type of the records is not known */
  process<R>(windowFunction: ProcessWindowFunction<T, R, K, W>): StateBootstrapTransformation<T> {
    return this.listed('process', windowFunction);
  }

  private listed<R>(
    call: string,
    processFunction: AnyWindowFunction<T, R, K, W>,
  ): StateBootstrapTransformation<T> {
    const elementType = this.elementType(call);
    return this.windows<R>({ kind: 'process', processFunction, elementType });
  }

  private windows<R>(
    windowFunction: WindowFunctionOptions<T, R, K, W>,
  ): StateBootstrapTransformation<T> {
    const { assigner, ownTrigger: trigger, ownEvictor: evictor, lateness, keys } = this;
    checkWindowsCanMerge({ assigner, trigger, evictor, windowFunction });
    const options = { assigner, trigger, evictor, windowFunction, ...keys };
    return new StateBootstrapTransformation(this.input, keys, (name) =>
      createWindowOperator<T, R, K, W>({
        ...options,
        name,
        allowedLateness: lateness,
        slidingWindowSlices: false,
      }),
    );
  }

  private elementType(call: string): TypeInformation<T> {
    if (this.input.type === undefined) {
      throw new ConfigError(
        'INVALID_GRAPH',
        `${call} keeps records in windows, but their type is not known; give it to bootstrapWith: { type }`,
      );
    }
    return this.input.type;
  }
}
