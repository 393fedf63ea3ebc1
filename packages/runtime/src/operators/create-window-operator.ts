/** Picks the operator for windows. Flink: WindowOperatorBuilder. */
import { isMergingWindowAssigner, type Window } from '@millrace/core';
import { MergingWindowOperator } from './merging-window-operator.ts';
import { WindowOperator, type WindowOperatorOptions } from './window-operator.ts';

/** @throws ConfigError `UNSUPPORTED`, `CONFIG_VALUE_INVALID`, `INVALID_GRAPH` */
export function createWindowOperator<IN, OUT, K, W extends Window>(
  options: WindowOperatorOptions<IN, OUT, K, W>,
): WindowOperator<IN, OUT, K, W> {
  if (isMergingWindowAssigner(options.assigner)) {
    return new MergingWindowOperator(options);
  }
  return new WindowOperator(options);
}
