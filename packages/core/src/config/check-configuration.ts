/**
 * What is wrong with a configuration, found before a job starts rather than when a key is read.
 *
 * Unlike Flink, which ignores a misspelt key.
 */
import type { ErrorCode } from '../errors/error-codes.ts';
import { allConfigOptions } from './all-config-options.ts';
import type { ConfigOption } from './config-option.ts';
import { COMMAND_LINE_ORIGIN, type Configuration } from './configuration.ts';
import { nearestOf } from './nearest-text.ts';

const UNKNOWN_KEY: ErrorCode = 'CONFIG_KEY_UNKNOWN';
const VALUE_OVERRULED: ErrorCode = 'CONFIG_VALUE_OVERRULED';

/**
 * Reads every known key that is set, also where something else wins over it.
 *
 * @throws ConfigError `CONFIG_VALUE_INVALID`, `UNSUPPORTED`
 */
export function checkKnownValues(configuration: Configuration): void {
  for (const option of allConfigOptions()) {
    configuration.check(option);
  }
}

/**
 * A warning for each key that is not known although its first part, or all of it, is one of ours or
 * nearly so. Keys that resemble nothing may belong to another tool.
 *
 * The nearest known key is named when at most a third of the letters differ. The caller prints.
 */
export function checkUnknownKeys(
  configuration: Configuration,
  known: readonly ConfigOption<unknown>[] = allConfigOptions(),
): string[] {
  const spellings = known.flatMap(({ key, olderKeys }) => [key, ...olderKeys.map((o) => o.key)]);
  const firstParts = new Set(spellings.map(firstPart));
  const mapPrefixes = known.filter(({ type }) => type === 'map').map(({ key }) => `${key}.`);
  return configuration
    .keys()
    .filter((key) => !spellings.includes(key))
    .filter((key) => resembles(key, spellings, firstParts))
    .filter((key) => !mapPrefixes.some((prefix) => key.startsWith(prefix)))
    .map((key) => {
      const from = configuration.originOfKey(key);
      const nearest = nearestKey(key, spellings);
      const first = nearestFirstPart(firstPart(key), firstParts);
      const hint =
        nearest !== undefined
          ? `did you mean ${nearest}?`
          : first === undefined || first === firstPart(key)
            ? 'it has no effect'
            : `it has no effect; did you mean a key that begins with ${first}?`;
      return `${UNKNOWN_KEY}: unknown configuration key ${key} (from ${from}); ${hint}`;
    });
}

/** A warning for each setting of the command line that has no effect. The caller prints. */
export function checkOverruledSettings(configuration: Configuration): string[] {
  return configuration
    .overruledOf(COMMAND_LINE_ORIGIN)
    .map(
      ({ key, value, counts }) =>
        `${VALUE_OVERRULED}: -D ${key}=${value} has no effect, as ${configuration.originOfKey(key)} sets it to ${counts}`,
    );
}

function firstPart(key: string): string {
  return key.split('.', 1)[0]!;
}

// Shorter words are a letter or two away from too many others.
const FIRST_PART_LETTERS_MIN = 6;

function resembles(
  key: string,
  spellings: readonly string[],
  firstParts: ReadonlySet<string>,
): boolean {
  const first = firstPart(key);
  return (
    firstParts.has(first) ||
    nearestFirstPart(first, firstParts) !== undefined ||
    nearestOf(key, spellings, Math.floor(key.length / 6)) !== undefined
  );
}

function nearestFirstPart(first: string, firstParts: ReadonlySet<string>): string | undefined {
  return first.length < FIRST_PART_LETTERS_MIN
    ? undefined
    : nearestOf(first, [...firstParts], Math.floor(first.length / 4));
}

/** One of the same words in another order, else the one of the least different letters. */
function nearestKey(key: string, spellings: readonly string[]): string | undefined {
  const words = sortedWords(key);
  const swapped = spellings.find((spelling) => sortedWords(spelling) === words);
  return swapped ?? nearestOf(key, spellings, Math.floor(key.length / 3));
}

function sortedWords(key: string): string {
  return key.split('.').sort().join('.');
}
