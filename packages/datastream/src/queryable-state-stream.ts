import type { ReducingStateDescriptor, TypeSerializer, ValueStateDescriptor } from '@millrace/core';

/**
 * Where a keyed stream ends in a state that can be asked for from outside. Asking is not there yet;
 * the state is, and `JobClient.details().queryableStates` tells where.
 *
 * Flink: QueryableStateStream (deprecated there).
 */
export interface QueryableStateStream<K, T> {
  readonly queryableStateName: string;
  readonly stateDescriptor: ValueStateDescriptor<T> | ReducingStateDescriptor<T>;
  readonly keySerializer: TypeSerializer<K>;
}
