/**
 * Sizes in bytes as the user writes them: `64 mb`, `20kb`, `4096`.
 *
 * Units are binary (1 kb = 1024 bytes) and in any case; no unit means bytes. `KiB`, `MiB` and
 * `GiB` are refused, as Flink refuses them.
 *
 * Flink: org.apache.flink.configuration.MemorySize.
 */

const UNIT_NAMES: readonly (readonly string[])[] = [
  ['', 'b', 'bytes'],
  ['k', 'kb', 'kibibytes'],
  ['m', 'mb', 'mebibytes'],
  ['g', 'gb', 'gibibytes'],
  ['t', 'tb', 'tebibytes'],
];

/** Whole bytes up to 2^53; `undefined` for any other text. */
export function parseMemorySize(text: string): number | undefined {
  const match = /^(\d+)\s*([a-z]*)$/.exec(text.trim().toLowerCase());
  if (match === null) {
    return undefined;
  }
  const power = UNIT_NAMES.findIndex((names) => names.includes(match[2]!));
  const bytes = Number(match[1]) * 1024 ** power;
  return power >= 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The largest unit that divides the size: `20 kb`. */
export function formatMemorySize(bytes: number): string {
  const units = ['b', 'kb', 'mb', 'gb', 'tb'];
  let power = 0;
  let size = bytes;
  while (power < units.length - 1 && size > 0 && size % 1024 === 0) {
    size /= 1024;
    power += 1;
  }
  return `${size} ${units[power]}`;
}
