/**
 * Harnesses for the functions of a program, each run by the operator that runs it in a job.
 *
 * Flink: ProcessFunctionTestHarnesses.
 */
import {
  type BroadcastProcessFunction,
  type CoProcessFunction,
  checkObjectArgument,
  type KeyedBroadcastProcessFunction,
  type KeyedCoProcessFunction,
  type KeyedProcessFunction,
  type KeySelector,
  type MapStateDescriptor,
  type ProcessFunction,
  refuseClass,
  type TypeInformation,
} from '@millrace/core';
import {
  CoBroadcastWithKeyedOperator,
  CoBroadcastWithNonKeyedOperator,
  CoProcessOperator,
  KeyedCoProcessOperator,
  KeyedProcessOperator,
  ProcessOperator,
} from '@millrace/runtime';
import { type OperatorHarnessOptions, OperatorTestHarness } from './operator-harness.ts';

/** How the records of one input are keyed, as `keyBy` is told. */
export interface HarnessKeys<IN, K> {
  readonly keySelector: KeySelector<IN, K>;
  readonly keyType: TypeInformation<K>;
}

export interface HarnessKeysOfBoth<IN1, IN2, K> {
  readonly keySelector1: KeySelector<IN1, K>;
  readonly keySelector2: KeySelector<IN2, K>;
  readonly keyType: TypeInformation<K>;
}

// biome-ignore lint/suspicious/noExplicitAny: broadcast states of any types.
type BroadcastDescriptors = readonly MapStateDescriptor<any, any>[];

const name = 'tested';

/** Each opens its harness; close it at the end of the test. */
export const ProcessFunctionTestHarnesses: ProcessFunctionTestHarnesses = {
  forProcessFunction: async (fn, options) =>
    OperatorTestHarness.open(
      new ProcessOperator({ name, fn: checked('forProcessFunction', fn) }),
      options,
    ),
  forKeyedProcessFunction: async (fn, keys, options) =>
    OperatorTestHarness.open(
      new KeyedProcessOperator({ name, fn: checked('forKeyedProcessFunction', fn), ...keys }),
      options,
    ),
  forCoProcessFunction: async (fn, options) =>
    OperatorTestHarness.open(
      new CoProcessOperator({ name, fn: checked('forCoProcessFunction', fn, 'processElement1') }),
      options,
    ),
  forKeyedCoProcessFunction: async (fn, keys, options) =>
    OperatorTestHarness.open(
      new KeyedCoProcessOperator({
        name,
        fn: checked('forKeyedCoProcessFunction', fn, 'processElement1'),
        ...keys,
      }),
      options,
    ),
  forBroadcastProcessFunction: async (fn, broadcastStateDescriptors, options) =>
    OperatorTestHarness.open(
      new CoBroadcastWithNonKeyedOperator({
        name,
        fn: checked('forBroadcastProcessFunction', fn),
        broadcastStateDescriptors,
      }),
      options,
    ),
  forKeyedBroadcastProcessFunction: async (fn, { broadcastStateDescriptors, ...keys }, options) =>
    OperatorTestHarness.open(
      new CoBroadcastWithKeyedOperator({
        name,
        fn: checked('forKeyedBroadcastProcessFunction', fn),
        broadcastStateDescriptors,
        ...keys,
      }),
      options,
    ),
};

/** As `process` checks it. @throws ConfigError `INVALID_GRAPH` for a class or what is no function object */
function checked<F extends object>(call: string, fn: F, method = 'processElement'): F {
  refuseClass(call, method, fn);
  checkObjectArgument(method, fn, { call, expected: `an object with the method ${method}` });
  return fn;
}

export interface ProcessFunctionTestHarnesses {
  forProcessFunction<IN, OUT>(
    fn: ProcessFunction<IN, OUT>,
    options?: OperatorHarnessOptions,
  ): Promise<OperatorTestHarness<OUT, ProcessOperator<IN, OUT>>>;
  forKeyedProcessFunction<K, IN, OUT>(
    fn: KeyedProcessFunction<K, IN, OUT>,
    keys: HarnessKeys<IN, K>,
    options?: OperatorHarnessOptions,
  ): Promise<OperatorTestHarness<OUT, KeyedProcessOperator<K, IN, OUT>>>;
  forCoProcessFunction<IN1, IN2, OUT>(
    fn: CoProcessFunction<IN1, IN2, OUT>,
    options?: OperatorHarnessOptions,
  ): Promise<OperatorTestHarness<OUT, CoProcessOperator<IN1, IN2, OUT>>>;
  forKeyedCoProcessFunction<K, IN1, IN2, OUT>(
    fn: KeyedCoProcessFunction<K, IN1, IN2, OUT>,
    keys: HarnessKeysOfBoth<IN1, IN2, K>,
    options?: OperatorHarnessOptions,
  ): Promise<OperatorTestHarness<OUT, KeyedCoProcessOperator<K, IN1, IN2, OUT>>>;
  /** Input 1 is the stream, input 2 the broadcast. */
  forBroadcastProcessFunction<IN1, IN2, OUT>(
    fn: BroadcastProcessFunction<IN1, IN2, OUT>,
    broadcastStateDescriptors: BroadcastDescriptors,
    options?: OperatorHarnessOptions,
  ): Promise<OperatorTestHarness<OUT, CoBroadcastWithNonKeyedOperator<IN1, IN2, OUT>>>;
  /** Input 1 is the keyed stream, input 2 the broadcast. */
  forKeyedBroadcastProcessFunction<K, IN1, IN2, OUT>(
    fn: KeyedBroadcastProcessFunction<K, IN1, IN2, OUT>,
    settings: HarnessKeys<IN1, K> & { readonly broadcastStateDescriptors: BroadcastDescriptors },
    options?: OperatorHarnessOptions,
  ): Promise<OperatorTestHarness<OUT, CoBroadcastWithKeyedOperator<K, IN1, IN2, OUT>>>;
}
