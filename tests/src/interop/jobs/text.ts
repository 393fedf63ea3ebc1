/** The agreed form of what jobs put out: words, whole numbers and lists, apart by spaces. */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, TimeWindow, type Window } from 'millrace';

type Part = string | number | boolean | null | undefined;

/** Nothing is `null`, the ends of time are `MIN` and `MAX`. */
export function text(...parts: readonly Part[]): string {
  return parts.map(one).join(' ');
}

function one(part: Part): string {
  switch (part) {
    case MIN_TIMESTAMP:
      return 'MIN';
    case MAX_TIMESTAMP:
      return 'MAX';
    case undefined:
      return 'null';
    default:
      return String(part);
  }
}

export function windowText(window: Window): string {
  return window instanceof TimeWindow ? `${window.start}..${window.end}` : 'global';
}
