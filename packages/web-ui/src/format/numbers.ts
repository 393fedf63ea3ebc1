/**
 * Numbers as a person reads them: at most three digits that count, and a unit.
 *
 * What is no finite number (Flink sends `"NaN"`, `-1` for "not known" is up to the caller) is `–`.
 */

export const UNKNOWN = '–';

const COUNT_UNITS = ['', ' k', ' M', ' G', ' T', ' P'];
// Steps of 1024 under these names, as Flink's own UI and its memory sizes have them.
const BYTE_UNITS = [' B', ' KB', ' MB', ' GB', ' TB', ' PB'];

/** `1234567` is `1.23 M`; whole numbers below 1,000 stay whole. */
export function formatCount(value: unknown): string {
  return scaled(value, 1000, COUNT_UNITS);
}

/** Bytes: `12345678` is `11.8 MB`. */
export function formatBytes(value: unknown): string {
  return scaled(value, 1024, BYTE_UNITS);
}

/** A number each second: `1.23 k/s`. */
export function formatRate(value: unknown): string {
  const text = formatCount(value);
  return text === UNKNOWN ? text : `${text}/s`;
}

/** Bytes each second: `1.5 MB/s`. */
export function formatByteRate(value: unknown): string {
  const text = formatBytes(value);
  return text === UNKNOWN ? text : `${text}/s`;
}

/** A ratio of 0 to 1: `0.256` is `26 %`. */
export function formatPercent(value: unknown): string {
  const number = finite(value);
  if (number === undefined) {
    return UNKNOWN;
  }
  const percent = number * 100;
  return `${percent > 0 && percent < 1 ? '<1' : Math.round(percent)} %`;
}

/** Every digit, grouped: `1,234,567`. For what a person copies or compares. */
export function formatExact(value: unknown): string {
  const number = finite(value);
  return number === undefined ? UNKNOWN : number.toLocaleString('en-US');
}

/** A number of numbers or of texts that hold one, as metrics come; `undefined` for any other. */
export function finite(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function scaled(value: unknown, step: number, units: readonly string[]): string {
  const number = finite(value);
  if (number === undefined) {
    return UNKNOWN;
  }
  const sign = number < 0 ? '−' : '';
  let rest = Math.abs(number);
  let unit = 0;
  // 999.5 would round to 1000, which is the next unit's 1.
  while (rest >= (step === 1000 ? 999.5 : 1023.5) && unit < units.length - 1) {
    rest /= step;
    unit += 1;
  }
  return `${sign}${threeDigits(rest, unit === 0)}${units[unit]}`;
}

function threeDigits(number: number, keepWhole: boolean): string {
  if (number === 0 || (keepWhole && Number.isInteger(number))) {
    return String(number);
  }
  const decimals = number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
  return String(Number(number.toFixed(decimals)));
}
