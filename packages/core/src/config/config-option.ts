/**
 * One configuration key: its spellings, its type, its default and one sentence about it.
 *
 * Invariants:
 * - The current key is asked first, then the older ones in the order given here.
 * - `parse` takes what a file, a command line or a program may hold, and nothing else.
 *
 * Flink: org.apache.flink.configuration.ConfigOption, with Flink's spellings.
 */

export type ConfigValueType =
  | 'bool'
  | 'int'
  | 'long'
  | 'double'
  | 'string'
  | 'enum'
  | 'duration'
  | 'memory'
  | 'list'
  | 'map';

/** A value as it was given: text of a file or command line, or what YAML or the program made. */
export type RawConfigValue = unknown;

export interface OlderKey {
  readonly key: string;
  /** Using a deprecated spelling warns; a fallback one is still welcome and only noted. */
  readonly deprecated: boolean;
}

export interface ConfigOption<T> {
  readonly key: string;
  readonly type: ConfigValueType;
  /** `undefined` where the key has no default. */
  readonly defaultValue: T;
  readonly olderKeys: readonly OlderKey[];
  /** One sentence, for the reference page. */
  readonly description: string;
  /** What a value may be, as it stands in error messages: `a whole number from 1 to 32768`. */
  readonly allowed: string;
  /** `undefined` when the value is not allowed. */
  parse(raw: RawConfigValue): NonNullable<T> | undefined;
  /** What a value that is not allowed was perhaps meant to be. */
  nearest(raw: RawConfigValue): string | undefined;
  /** The text that `parse` reads back as the same value. */
  format(value: NonNullable<T>): string;
  /** Why a valid value cannot be had here, with the remedy; `undefined` when it can. */
  unsupported(value: NonNullable<T>): string | undefined;
}

/** What every builder takes; `defaultValue` left out means that the key has none. */
export interface ConfigOptionSpec<T> {
  readonly key: string;
  readonly defaultValue?: T;
  readonly deprecatedKeys?: readonly string[];
  /** Older spellings that are not deprecated, asked after the deprecated ones. */
  readonly fallbackKeys?: readonly string[];
  readonly description: string;
  readonly unsupported?: (value: T) => string | undefined;
}

/** A spec whose `defaultValue` is given, so that reading it never gives `undefined`. */
export type WithDefault<S, T> = S & { readonly defaultValue: T };

/** How one type reads and writes its values. */
export interface ConfigValueFormat<T> {
  readonly type: ConfigValueType;
  readonly allowed: string;
  parse(raw: RawConfigValue): T | undefined;
  nearest?(raw: RawConfigValue): string | undefined;
  format(value: T): string;
}

export function configOption<T>(
  spec: ConfigOptionSpec<T>,
  format: ConfigValueFormat<T>,
): ConfigOption<T | undefined> {
  const older = (deprecated: boolean) => (key: string) => ({ key, deprecated });
  return Object.freeze({
    key: spec.key,
    type: format.type,
    defaultValue: spec.defaultValue,
    olderKeys: [
      ...(spec.deprecatedKeys ?? []).map(older(true)),
      ...(spec.fallbackKeys ?? []).map(older(false)),
    ],
    description: spec.description,
    allowed: format.allowed,
    parse: (raw: RawConfigValue) => format.parse(raw) as NonNullable<T> | undefined,
    nearest: (raw: RawConfigValue) => format.nearest?.(raw),
    format: (value: NonNullable<T>) => format.format(value),
    unsupported: (value: NonNullable<T>) => spec.unsupported?.(value),
  });
}
