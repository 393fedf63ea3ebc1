/**
 * Pairs of records of two streams with equal keys in one window.
 *
 * Flink: JoinedStreams.
 */
import type {
  KeySelector,
  PerSubtask,
  TaggedUnion,
  TypeInformation,
  Window,
  WindowAssigner,
} from '@millrace/core';
import { CoGroupWindowFunction, type JoinLikeFunction } from './co-group-window-function.ts';
import {
  type CoGroupInputs,
  coGroupWindow,
  type FirstKey,
  joinInputs,
  WindowsOfBoth,
} from './co-grouped-streams.ts';
import type { DataStream, SingleOutputStreamOperator } from './data-stream.ts';
import { functionArgument } from './function-argument.ts';

/** Made by `join`. */
export class JoinedStreams<T1, T2> {
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
  ): JoinWhere<T1, T2, K> {
    return new JoinWhere(this.first, this.second, { keySelector, keyType });
  }
}

export class JoinWhere<T1, T2, K> {
  private readonly first: DataStream<T1>;
  private readonly second: DataStream<T2>;
  private readonly key: FirstKey<T1, K>;

  constructor(first: DataStream<T1>, second: DataStream<T2>, key: FirstKey<T1, K>) {
    this.first = first;
    this.second = second;
    this.key = key;
  }

  /** The key of the second stream. @throws ConfigError `INVALID_GRAPH` for another key type */
  equalTo(keySelector: KeySelector<T2, K>, keyType?: TypeInformation<K>): JoinEqualTo<T1, T2, K> {
    return new JoinEqualTo(joinInputs(this.first, this.second, this.key, { keySelector, keyType }));
  }
}

export class JoinEqualTo<T1, T2, K> {
  private readonly inputs: CoGroupInputs<T1, T2, K>;

  constructor(inputs: CoGroupInputs<T1, T2, K>) {
    this.inputs = inputs;
  }

  window<W extends Window>(
    assigner: WindowAssigner<TaggedUnion<T1, T2>, W>,
  ): JoinWithWindow<T1, T2, K, W> {
    return new JoinWithWindow(this.inputs, { assigner });
  }
}

export class JoinWithWindow<T1, T2, K, W extends Window> extends WindowsOfBoth<T1, T2, K, W> {
  /**
   * Calls the function for each pair: a JoinFunction gives one record for it, a FlatJoinFunction, which
   * has three parameters, emits any number of the type that is named.
   */
  apply<R>(
    fn: JoinLikeFunction<T1, T2, R> | PerSubtask<JoinLikeFunction<T1, T2, R>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const join = functionArgument({ call: 'apply', method: 'join' }, fn);
    const create = () => new CoGroupWindowFunction<T1, T2, R, K, W>('join', join);
    return coGroupWindow(this.inputs, this.windows, { create, type });
  }
}
