/** What a metric shows over REST: texts, as Java would print the values. */
import type { MetricDump } from '@millrace/core';
import { doubleText } from '../http/java-json.ts';

const LONG_MIN = '-9223372036854775808';
const LONG_MAX = '9223372036854775807';
/** Gauges that are doubles in Flink, also where their value is whole. */
const DOUBLES = /(Usage|busyTimeMsPerSecond|accumulateBusyTimeMs|CPU\.Load|Utilization)$/;

/** Names and texts of one metric; a histogram has several. Flink: MetricStore.add. */
export function metricTexts(
  dump: MetricDump,
  name: string,
): readonly (readonly [string, string])[] {
  switch (dump.type) {
    case 'counter':
      return [[name, wholeText(dump.value)]];
    case 'gauge':
      return dump.value === undefined ? [] : [[name, gaugeText(name, dump.value)]];
    case 'meter':
      return [[name, doubleText(dump.rate)]];
    case 'histogram':
      return [
        [`${name}_min`, wholeText(dump.min)],
        [`${name}_max`, wholeText(dump.max)],
        [`${name}_mean`, doubleText(dump.mean)],
        [`${name}_median`, doubleText(dump.p50)],
        [`${name}_stddev`, doubleText(dump.stddev)],
        [`${name}_p75`, doubleText(dump.p75)],
        [`${name}_p90`, doubleText(dump.p90)],
        [`${name}_p95`, doubleText(dump.p95)],
        [`${name}_p98`, doubleText(dump.p98)],
        [`${name}_p99`, doubleText(dump.p99)],
        [`${name}_p999`, doubleText(dump.p999)],
      ].map(([part, text]) => [part as string, (text as string).replaceAll('"', '')] as const);
  }
}

function gaugeText(name: string, value: number | string | boolean): string {
  if (typeof value !== 'number') {
    return String(value);
  }
  return DOUBLES.test(name) ? doubleText(value).replaceAll('"', '') : wholeText(value);
}

/** Whole numbers as longs; watermarks before the first and after the last are the ends of a long. */
function wholeText(value: number): string {
  if (value === Number.NEGATIVE_INFINITY) {
    return LONG_MIN;
  }
  if (value === Number.POSITIVE_INFINITY) {
    return LONG_MAX;
  }
  return Number.isInteger(value) ? String(BigInt(value)) : doubleText(value).replaceAll('"', '');
}
