/** Picks the operator for windows. Flink: WindowOperatorBuilder. */
import {
  EventTimeTrigger,
  isMergingWindowAssigner,
  ProcessingTimeTrigger,
  SlidingEventTimeWindows,
  SlidingProcessingTimeWindows,
  type TimeWindow,
  type Window,
} from '@millrace/core';
import { MergingWindowOperator } from './merging-window-operator.ts';
import {
  greatestCommonDivisor,
  SlicingWindowOperator,
  type SlicingWindowOperatorOptions,
} from './slicing-window-operator.ts';
import { WindowOperator, type WindowOperatorOptions } from './window-operator.ts';

/** Slices in a window for each window of a record; more cost more than they spare. */
const SLICES_PER_WINDOW_MAX = 8;

/** @throws ConfigError `UNSUPPORTED`, `CONFIG_VALUE_INVALID`, `INVALID_GRAPH` */
export function createWindowOperator<IN, OUT, K, W extends Window>(
  options: WindowOperatorOptions<IN, OUT, K, W>,
): WindowOperator<IN, OUT, K, W> {
  if (isMergingWindowAssigner(options.assigner)) {
    return new MergingWindowOperator(options);
  }
  const any = options as unknown as WindowOperatorOptions<IN, OUT, K, TimeWindow>;
  if (canSlice(any)) {
    const slicing = new SlicingWindowOperator(any);
    return slicing as unknown as WindowOperator<IN, OUT, K, W>;
  }
  return new WindowOperator(options);
}

/** Whether an operator that knows slices runs these windows, with them or without. */
function canSlice<IN, OUT, K>(
  options: WindowOperatorOptions<IN, OUT, K, TimeWindow>,
): options is SlicingWindowOperatorOptions<IN, OUT, K> {
  const { assigner, windowFunction } = options;
  const isPlain =
    isOf(assigner, SlidingEventTimeWindows) || isOf(assigner, SlidingProcessingTimeWindows);
  if (!isPlain || options.evictor !== undefined || windowFunction.kind !== 'aggregate') {
    return false;
  }
  const { size, slide, isEventTime } = assigner as unknown as SlidingEventTimeWindows;
  const trigger = options.trigger ?? assigner.defaultTrigger;
  const hasDefaultTrigger = isOf(trigger, isEventTime ? EventTimeTrigger : ProcessingTimeTrigger);
  const slicesPerWindow = size / greatestCommonDivisor(size, slide);
  const windowsPerRecord = Math.ceil(size / slide);
  return (
    hasDefaultTrigger &&
    windowsPerRecord > 1 &&
    slicesPerWindow <= SLICES_PER_WINDOW_MAX * windowsPerRecord
  );
}

/** Of the class itself: a subclass may do otherwise. */
function isOf(value: object, type: { readonly prototype: object }): boolean {
  return Object.getPrototypeOf(value) === type.prototype;
}
