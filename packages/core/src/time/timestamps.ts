/**
 * The ends of event time. Flink's `Long.MIN_VALUE` and `Long.MAX_VALUE` are `-Infinity` and
 * `Infinity` here, so that sums saturate; where timestamps become bytes they are Flink's longs.
 */

/** No timestamp; also the watermark before the first one. Flink: Long.MIN_VALUE. */
export const MIN_TIMESTAMP: number = -Infinity;

/** The watermark after the last record of a bounded input. Flink: Long.MAX_VALUE. */
export const MAX_TIMESTAMP: number = Infinity;
