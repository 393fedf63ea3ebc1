// Hot path.

/**
 * Start of the window of `size` that holds `timestamp`; also right for negative timestamps.
 *
 * @param offset - shift of all windows, smaller than `size` in magnitude
 *
 * Flink: TimeWindow.getWindowStartWithOffset.
 */
export function windowStartWithOffset(timestamp: number, offset: number, size: number): number {
  const remainder = (timestamp - offset) % size;
  return remainder < 0 ? timestamp - (remainder + size) : timestamp - remainder;
}
