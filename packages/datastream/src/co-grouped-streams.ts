/**
 * Two streams whose records of one key and window are handed to a function together.
 *
 * Both streams become one of tagged records, which goes through one window operator: state, triggers
 * and lateness are those of windows. A result has the window's largest timestamp.
 *
 * Flink: CoGroupedStreams.
 */
import {
  type CoGroupFunction,
  ConfigError,
  type Duration,
  type Evictor,
  type FunctionOrFactory,
  type KeySelector,
  PerSubtask,
  TaggedUnion,
  type Trigger,
  type TypeInformation,
  UnionTypeInfo,
  type Window,
  type WindowAssigner,
} from '@millrace/core';
import { CoGroupWindowFunction } from './co-group-window-function.ts';
import type { DataStream, SingleOutputStreamOperator } from './data-stream.ts';
import { functionArgument } from './function-argument.ts';
import { genericType, originOf } from './transformations.ts';

/** What a window of two streams holds. */
type Tagged<T1, T2> = TaggedUnion<T1, T2>;

/** The two streams and their keys. */
export interface CoGroupInputs<T1, T2, K> {
  readonly first: DataStream<T1>;
  readonly second: DataStream<T2>;
  readonly keySelector1: KeySelector<T1, K>;
  readonly keySelector2: KeySelector<T2, K>;
  readonly keyType: TypeInformation<K>;
}

/** How the windows of two streams are cut, fired and kept. */
export interface CoGroupWindows<T1, T2, W extends Window> {
  readonly assigner: WindowAssigner<Tagged<T1, T2>, W>;
  readonly trigger?: FunctionOrFactory<Trigger<Tagged<T1, T2>, W>> | undefined;
  readonly evictor?: FunctionOrFactory<Evictor<Tagged<T1, T2>, W>> | undefined;
  readonly allowedLateness?: Duration | undefined;
}

/** Made by `coGroup`. */
export class CoGroupedStreams<T1, T2> {
  private readonly first: DataStream<T1>;
  private readonly second: DataStream<T2>;

  constructor(first: DataStream<T1>, second: DataStream<T2>) {
    this.first = first;
    this.second = second;
  }

  /** The key of the first stream. */
  where<K extends NonNullable<unknown>>(
    keySelector: KeySelector<T1, K>,
    keyType?: TypeInformation<K>,
  ): CoGroupWhere<T1, T2, K> {
    return new CoGroupWhere(this.first, this.second, { keySelector, keyType });
  }
}

export interface FirstKey<T1, K> {
  readonly keySelector: KeySelector<T1, K>;
  readonly keyType: TypeInformation<K> | undefined;
}

export class CoGroupWhere<T1, T2, K> {
  private readonly first: DataStream<T1>;
  private readonly second: DataStream<T2>;
  private readonly key: FirstKey<T1, K>;

  constructor(first: DataStream<T1>, second: DataStream<T2>, key: FirstKey<T1, K>) {
    this.first = first;
    this.second = second;
    this.key = key;
  }

  /** The key of the second stream. @throws ConfigError `INVALID_GRAPH` for another key type */
  equalTo(
    keySelector: KeySelector<T2, K>,
    keyType?: TypeInformation<K>,
  ): CoGroupEqualTo<T1, T2, K> {
    return new CoGroupEqualTo(
      joinInputs(this.first, this.second, this.key, { keySelector, keyType }),
    );
  }
}

/** @throws ConfigError `INVALID_GRAPH` when the two keys are declared with different types */
export function joinInputs<T1, T2, K>(
  first: DataStream<T1>,
  second: DataStream<T2>,
  key1: FirstKey<T1, K>,
  key2: FirstKey<T2, K>,
): CoGroupInputs<T1, T2, K> {
  if (key1.keyType && key2.keyType && key1.keyType.name !== key2.keyType.name) {
    throw new ConfigError(
      'INVALID_GRAPH',
      `the keys of two joined streams are declared as ${key1.keyType.name} and as ${key2.keyType.name}; give where and equalTo one type, or equal keys do not meet`,
    );
  }
  return {
    first,
    second,
    keySelector1: key1.keySelector,
    keySelector2: key2.keySelector,
    keyType: key1.keyType ?? key2.keyType ?? genericType<K>(),
  };
}

export class CoGroupEqualTo<T1, T2, K> {
  private readonly inputs: CoGroupInputs<T1, T2, K>;

  constructor(inputs: CoGroupInputs<T1, T2, K>) {
    this.inputs = inputs;
  }

  window<W extends Window>(
    assigner: WindowAssigner<Tagged<T1, T2>, W>,
  ): CoGroupWithWindow<T1, T2, K, W> {
    return new CoGroupWithWindow(this.inputs, { assigner });
  }
}

/** The windows of two streams, before it is said what becomes of them. */
export abstract class WindowsOfBoth<T1, T2, K, W extends Window> {
  protected readonly inputs: CoGroupInputs<T1, T2, K>;
  protected windows: CoGroupWindows<T1, T2, W>;

  constructor(inputs: CoGroupInputs<T1, T2, K>, windows: CoGroupWindows<T1, T2, W>) {
    this.inputs = inputs;
    this.windows = windows;
  }

  /** In place of the assigner's own. */
  trigger(trigger: FunctionOrFactory<Trigger<Tagged<T1, T2>, W>>): this {
    this.windows = { ...this.windows, trigger };
    return this;
  }

  /** Takes records out of a window before or after the function sees them, those of both streams. */
  evictor(evictor: FunctionOrFactory<Evictor<Tagged<T1, T2>, W>>): this {
    this.windows = { ...this.windows, evictor };
    return this;
  }

  /** How long after its end a window still takes records, and fires again for them. */
  allowedLateness(allowedLateness: Duration): this {
    this.windows = { ...this.windows, allowedLateness };
    return this;
  }
}

export class CoGroupWithWindow<T1, T2, K, W extends Window> extends WindowsOfBoth<T1, T2, K, W> {
  /**
   * Calls the function for each window, also where only one of the streams has records. Name what it
   * collects by `type`, as in `apply(pair, Types.STRING)`, or by a type argument.
   */
  apply<R>(
    fn: CoGroupFunction<T1, T2, R> | PerSubtask<CoGroupFunction<T1, T2, R>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const coGroup = functionArgument({ call: 'apply', method: 'coGroup' }, fn);
    const create = () => new CoGroupWindowFunction<T1, T2, R, K, W>('co-group', coGroup);
    return coGroupWindow(this.inputs, this.windows, { create, type });
  }
}

/** Tags, unites, keys and windows the two streams, and runs the function on each window. */
export function coGroupWindow<T1, T2, K, W extends Window, R>(
  inputs: CoGroupInputs<T1, T2, K>,
  windows: CoGroupWindows<T1, T2, W>,
  result: {
    readonly create: () => CoGroupWindowFunction<T1, T2, R, K, W>;
    readonly type: TypeInformation<R> | undefined;
  },
): SingleOutputStreamOperator<R> {
  const { first, second, keySelector1, keySelector2 } = inputs;
  const unionType = new UnionTypeInfo(first.type, second.type);
  const one = first.map((value): Tagged<T1, T2> => TaggedUnion.one(value), unionType);
  takeParallelismOf(first, one);
  const two = second.map((value): Tagged<T1, T2> => TaggedUnion.two(value), unionType);
  takeParallelismOf(second, two);
  const keySelector = (record: Tagged<T1, T2>): K =>
    record.isOne ? keySelector1(record.value as T1) : keySelector2(record.value as T2);
  const key = { keySelector, keyType: inputs.keyType };
  const keyed = first.executionEnvironment.keyedStream(one.union(two), key);
  const windowed = keyed.window(windows.assigner);
  if (windows.trigger !== undefined) {
    windowed.trigger(windows.trigger);
  }
  if (windows.evictor !== undefined) {
    windowed.evictor(windows.evictor);
  }
  if (windows.allowedLateness !== undefined) {
    windowed.allowedLateness(windows.allowedLateness);
  }
  return windowed.process(new PerSubtask(result.create), result.type);
}

/** What the operator after a stream has, as it is chained to it. */
function takeParallelismOf<T, R>(
  stream: DataStream<T>,
  { transformation }: SingleOutputStreamOperator<R>,
): void {
  const { parallelism, parallelismConfigured } = originOf(stream.transformation as never);
  transformation.parallelism = parallelism;
  transformation.parallelismConfigured = parallelismConfigured;
}
