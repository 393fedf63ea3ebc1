/** How far a record is from an earlier one. Flink: DeltaFunction. */
export type DeltaFunction<T> =
  | ((oldDataPoint: T, newDataPoint: T) => number)
  | { getDelta(oldDataPoint: T, newDataPoint: T): number };

export function deltaOf<T>(fn: DeltaFunction<T>, oldDataPoint: T, newDataPoint: T): number {
  return typeof fn === 'function'
    ? fn(oldDataPoint, newDataPoint)
    : fn.getDelta(oldDataPoint, newDataPoint);
}
