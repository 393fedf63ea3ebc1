/** Sizes, counts and durations as people read them. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1.5 KiB`; three digits that count. */
export function humanBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

export type FormatBytes = (bytes: number) => string;

/** @param exact - `--bytes`: digits alone */
export function bytesFormat(exact: boolean | undefined): FormatBytes {
  return exact === true ? String : humanBytes;
}

/** `1,234,567` */
export function humanCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `42 s`, `3 min 5 s` */
export function humanSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${humanCount(count)} ${count === 1 ? one : many}`;
}
