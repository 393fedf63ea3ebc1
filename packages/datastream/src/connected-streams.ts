/**
 * Two streams that one operator reads, before it is said what the operator does.
 *
 * Flink: ConnectedStreams. A pair of keyed streams has a class of its own here, so that the type of
 * the key is known to what runs on it.
 */
import {
  type CoFlatMapFunction,
  ConfigError,
  type CoProcessFunction,
  type FunctionOrFactory,
  type KeyedCoProcessFunction,
  type KeySelector,
  type PerSubtask,
  type TypeInformation,
} from '@millrace/core';
import {
  type BothKeyed,
  CoProcessOperator,
  CoStreamFlatMap,
  CoStreamMap,
  KeyedCoProcessOperator,
} from '@millrace/runtime';
import type { DataStream, SingleOutputStreamOperator } from './data-stream.ts';
import { functionArgument, functionObjectArgument, refuseTimers } from './function-argument.ts';
import type { KeyedStream } from './keyed-stream.ts';
import { bothKeyedAt, type TwoInputOperatorOptions } from './operator-options.ts';

const CO_PROCESS = { call: 'process', method: 'processElement1' };

/** A `CoMapFunction` whose two methods may give different types. */
interface CoMap<IN1, IN2, R1, R2> {
  map1(value: IN1): R1;
  map2(value: IN2): R2;
}

/** Two streams, of which at most one is keyed. Made by `connect`. */
export class ConnectedStreams<IN1, IN2> {
  readonly first: DataStream<IN1>;
  readonly second: DataStream<IN2>;

  constructor(first: DataStream<IN1>, second: DataStream<IN2>) {
    this.first = first;
    this.second = second;
  }

  /**
   * Splits both streams by key: records of either one with equal keys meet in one subtask and share
   * state and timers.
   *
   * @throws ConfigError `KEY_TYPE_UNSUPPORTED` for a key type without a stable hash
   */
  keyBy<K extends NonNullable<unknown>>(
    keySelector1: KeySelector<IN1, K>,
    keySelector2: KeySelector<IN2, K>,
    keyType?: TypeInformation<K>,
  ): KeyedConnectedStreams<IN1, IN2, K> {
    return new KeyedConnectedStreams(
      this.first.keyBy(keySelector1, keyType),
      this.second.keyBy(keySelector2, keyType),
    );
  }

  /** One record of either stream in, one out. */
  map<R1, R2 = R1>(
    mapper: CoMap<IN1, IN2, R1, R2> | PerSubtask<CoMap<IN1, IN2, R1, R2>>,
    type?: TypeInformation<R1 | R2>,
  ): SingleOutputStreamOperator<R1 | R2> {
    checkBothMethods('map', mapper, ['map1', 'map2']);
    const fn = functionArgument({ call: 'map', method: 'map1' }, mapper);
    const options = { fn, ...this.keyed };
    return this.transform<R1 | R2>({
      name: 'Co-Map',
      createOperator: (name) => new CoStreamMap<IN1, IN2, R1 | R2>({ name, ...options }),
      type,
    });
  }

  /**
   * One record of either stream in, any number out. The compiler does not see what is collected:
   * name it by `type`, as in `flatMap(split, Types.STRING)`, or by a type argument.
   */
  flatMap<R>(
    flatMapper: CoFlatMapFunction<IN1, IN2, R> | PerSubtask<CoFlatMapFunction<IN1, IN2, R>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    checkBothMethods('flatMap', flatMapper, ['flatMap1', 'flatMap2']);
    const fn = functionArgument({ call: 'flatMap', method: 'flatMap1' }, flatMapper);
    const options = { fn, ...this.keyed };
    return this.transform<R>({
      name: 'Co-Flat Map',
      createOperator: (name) => new CoStreamFlatMap<IN1, IN2, R>({ name, ...options }),
      type,
    });
  }

  /**
   * For functions that see times and side outputs. Timers and state need `keyBy` first.
   *
   * @throws ConfigError `UNSUPPORTED` for an object that cannot be copied
   */
  process<R>(
    processFunction: FunctionOrFactory<CoProcessFunction<IN1, IN2, R>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const fn = functionObjectArgument(CO_PROCESS, processFunction);
    refuseTimers(CO_PROCESS, fn);
    return this.transform<R>({
      name: 'Co-Process',
      createOperator: (name) => new CoProcessOperator({ name, fn }),
      type,
    });
  }

  /** Adds an operator of one's own. */
  transform<R>(options: TwoInputOperatorOptions<IN1, IN2, R>): SingleOutputStreamOperator<R> {
    return this.first.transformWith(this.second, options);
  }

  /** Given to the operators of keyed streams. */
  protected get keyed(): BothKeyed<IN1, IN2, unknown> | undefined {
    return undefined;
  }
}

/** Two streams with keys of one type: functions on them have state and timers of a key. */
export class KeyedConnectedStreams<IN1, IN2, K> extends ConnectedStreams<IN1, IN2> {
  private readonly keys: BothKeyed<IN1, IN2, K>;

  /** @throws ConfigError `INVALID_GRAPH` when the two declare different key types */
  constructor(first: KeyedStream<IN1, K>, second: KeyedStream<IN2, K>) {
    super(first, second);
    const { keyType } = first.key;
    if (keyType.name !== second.key.keyType.name) {
      throw new ConfigError(
        'INVALID_GRAPH',
        `the keys of two connected streams are declared as ${keyType.name} and as ${second.key.keyType.name}; give both keyBy calls one type, or equal keys do not meet`,
      );
    }
    this.keys = {
      keySelector1: first.key.keySelector,
      keySelector2: second.key.keySelector,
      keyType,
      keyedAt: bothKeyedAt(first.key, second.key),
    };
  }

  /** For functions with state and timers, which the records of both streams with one key share. */
  override process<R>(
    processFunction: FunctionOrFactory<KeyedCoProcessFunction<K, IN1, IN2, R>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const fn = functionObjectArgument(CO_PROCESS, processFunction);
    const options = { fn, ...this.keys };
    return this.transform<R>({
      name: 'Co-Keyed-Process',
      createOperator: (name) => new KeyedCoProcessOperator<K, IN1, IN2, R>({ name, ...options }),
      type,
    });
  }

  protected override get keyed(): BothKeyed<IN1, IN2, unknown> {
    return this.keys as BothKeyed<IN1, IN2, unknown>;
  }
}

function checkBothMethods(call: string, fn: unknown, methods: readonly [string, string]): void {
  const missing =
    typeof fn === 'function' ||
    (typeof fn === 'object' && fn !== null && methods[0] in fn && !(methods[1] in fn));
  if (missing) {
    throw new ConfigError(
      'INVALID_GRAPH',
      `${call} on connected streams got ${typeof fn === 'function' ? 'one function' : `no ${methods[1]}`}; give an object with the methods ${methods[0]} and ${methods[1]}`,
    );
  }
}
