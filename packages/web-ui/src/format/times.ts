/** Spans and moments of time as a person reads them; moments in the local time zone. */
import { finite, UNKNOWN } from './numbers.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Flink's watermark before the first one, and what a bounded input ends with. */
const WATERMARK_BOUND = 9e15;

/** Milliseconds: `340 ms`, `1.24 s`, `12.5 s`, `3 m 05 s`, `2 h 04 m`, `3 d 04 h`; negative is unknown. */
export function formatDuration(value: unknown): string {
  const ms = finite(value);
  if (ms === undefined || ms < 0) {
    return UNKNOWN;
  }
  if (ms < SECOND) {
    return `${ms >= 10 || Number.isInteger(ms) ? Math.round(ms) : Number(ms.toFixed(1))} ms`;
  }
  if (ms < MINUTE) {
    const seconds = ms / SECOND;
    return `${Number(seconds.toFixed(seconds < 10 ? 2 : 1))} s`;
  }
  if (ms < HOUR) {
    return pair(ms, MINUTE, 'm', SECOND, 's');
  }
  return ms < DAY ? pair(ms, HOUR, 'h', MINUTE, 'm') : pair(ms, DAY, 'd', HOUR, 'h');
}

/** Milliseconds since the epoch as `14:03:59`, with the date unless it is that of `now`. */
export function formatTime(value: unknown, now?: number): string {
  const ms = finite(value);
  if (ms === undefined || ms <= 0) {
    return UNKNOWN;
  }
  const moment = new Date(ms);
  const time = [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map(two).join(':');
  const day = dayOf(moment);
  return now !== undefined && day === dayOf(new Date(now)) ? time : `${day} ${time}`;
}

/** A watermark as a moment; in words at the two ends that Flink marks with the least and greatest long. */
export function formatWatermark(value: unknown, now?: number): string {
  const ms = finite(value);
  if (ms === undefined || ms < -WATERMARK_BOUND) {
    return 'none yet';
  }
  return ms > WATERMARK_BOUND ? 'end of input' : formatTime(ms, now);
}

/** How far a watermark is behind `now` in milliseconds; `undefined` where that says nothing. */
export function watermarkLag(value: unknown, now: number): number | undefined {
  const ms = finite(value);
  return ms === undefined || Math.abs(ms) > WATERMARK_BOUND ? undefined : Math.max(0, now - ms);
}

/** `12 s ago`, with one unit. */
export function formatAgo(value: unknown, now: number): string {
  const ms = finite(value);
  if (ms === undefined || ms <= 0) {
    return UNKNOWN;
  }
  const age = Math.max(0, now - ms);
  return `${formatDuration(age < MINUTE ? Math.round(age / SECOND) * SECOND : age)} ago`;
}

function pair(ms: number, large: number, name: string, small: number, smallName: string): string {
  const whole = Math.round(ms / small);
  const each = large / small;
  return `${Math.floor(whole / each)} ${name} ${two(whole % each)} ${smallName}`;
}

function dayOf(moment: Date): string {
  return [moment.getFullYear(), two(moment.getMonth() + 1), two(moment.getDate())].join('-');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
