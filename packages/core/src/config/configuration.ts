/**
 * The settings of a program, each with where it came from.
 *
 * Invariants:
 * - One value for each spelling; the last one set wins.
 * - Reading asks the current key first, then the older spellings in the option's order, so the new
 *   spelling wins wherever both stand.
 * - Each older spelling that was read is noted once.
 * - Who sets a value over another hides it from all that read, but not from `check`.
 * - A bad value is an error that names key, value, origin and what is allowed, never a default.
 *
 * Flink: org.apache.flink.configuration.Configuration.
 */
import { ConfigError } from '../errors/errors.ts';
import type { ConfigOption, RawConfigValue } from './config-option.ts';
import { HIDDEN_CONTENT, isSensitiveKey, shownValue, withoutUrlSecrets } from './sensitive-keys.ts';
import { formatMapText, joinQuoted } from './structured-text.ts';

/** Where a value came from: `the program`, `the command line`, or a file as `flink-conf.yaml:12`. */
export type ConfigOrigin = string;

export const PROGRAM_ORIGIN: ConfigOrigin = 'the program';
export const COMMAND_LINE_ORIGIN: ConfigOrigin = 'the command line';

/** What the user should hear about the configuration that was read. */
export interface ConfigNotice {
  readonly level: 'warn' | 'info';
  readonly message: string;
}

interface Entry {
  readonly raw: RawConfigValue;
  readonly origin: ConfigOrigin;
}

export class Configuration {
  private readonly entries: Map<string, Entry> = new Map();
  /** What was set over, the last of each spelling and origin. */
  private readonly overruled: Map<string, readonly [key: string, entry: Entry]> = new Map();
  private readonly noted: Map<string, ConfigNotice> = new Map();

  /** @param values - settings of the program, by key; they are checked when they are read */
  constructor(values: Readonly<Record<string, RawConfigValue>> = {}) {
    for (const [key, raw] of Object.entries(values)) {
      this.setRaw(key, raw, PROGRAM_ORIGIN);
    }
  }

  /** Flink: Configuration.fromMap. */
  static fromMap(map: Readonly<Record<string, string>>, origin?: ConfigOrigin): Configuration {
    const configuration = new Configuration();
    for (const [key, text] of Object.entries(map)) {
      configuration.setString(key, text, origin);
    }
    return configuration;
  }

  /**
   * Sets a value from the program. Durations and sizes may be text with a unit.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID`
   */
  set<T>(option: ConfigOption<T>, value: NoInfer<NonNullable<T>> | string): this {
    const entry = { raw: value, origin: PROGRAM_ORIGIN };
    parseEntry(option, option.key, entry);
    return this.put(option.key, entry);
  }

  /** Text under any key, read when it is asked for. */
  setString(key: string, text: string, origin: ConfigOrigin = PROGRAM_ORIGIN): this {
    return this.setRaw(key, text, origin);
  }

  /** A value as YAML typed it. */
  setRaw(key: string, raw: RawConfigValue, origin: ConfigOrigin): this {
    return this.put(key, { raw, origin });
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID`, `UNSUPPORTED` */
  get<T>(option: ConfigOption<T>): T {
    return this.getOptional(option) ?? option.defaultValue;
  }

  /**
   * The value that was set, never the default.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID`, `UNSUPPORTED`
   */
  getOptional<T>(option: ConfigOption<T>): NonNullable<T> | undefined {
    const key = this.spellingOf(option);
    const entry = key === undefined ? this.prefixMap(option) : this.entries.get(key);
    return entry === undefined ? undefined : parseEntry(option, key ?? option.key, entry);
  }

  /**
   * The value that counts, and all that stand for the option without counting: a mistake is one wherever it
   * stands.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID`; `UNSUPPORTED` for the value that counts
   */
  check(option: ConfigOption<unknown>): void {
    this.getOptional(option);
    const spellings = [option.key, ...option.olderKeys.map((older) => older.key)];
    for (const [key, entry] of [...this.entries, ...this.overruled.values()]) {
      if (spellings.includes(key)) {
        parseText(option, key, entry);
      }
    }
  }

  contains(option: ConfigOption<unknown>): boolean {
    return this.spellingOf(option) !== undefined || this.prefixMap(option) !== undefined;
  }

  /** Where the value of an option came from; `undefined` when it is not set. */
  originOf(option: ConfigOption<unknown>): ConfigOrigin | undefined {
    const key = this.spellingOf(option);
    return key === undefined ? this.prefixMap(option)?.origin : this.entries.get(key)?.origin;
  }

  /** Where the value of one exact spelling came from. */
  originOfKey(key: string): ConfigOrigin | undefined {
    return this.entries.get(key)?.origin;
  }

  /** The keys whose value of `origin` does not count as another one was set over it, each with both as they may be shown. */
  overruledOf(
    origin: ConfigOrigin,
  ): readonly { readonly key: string; readonly value: string; readonly counts: string }[] {
    return [...this.overruled.values()].flatMap(([key, entry]) => {
      const counts = this.entries.get(key);
      return entry.origin !== origin ||
        counts === undefined ||
        rawText(counts.raw) === rawText(entry.raw)
        ? []
        : [{ key, value: shownText(key, entry.raw), counts: shownText(key, counts.raw) }];
    });
  }

  /** Forgets every spelling of an option. True when one was set. */
  remove(option: ConfigOption<unknown>): boolean {
    const keys = [option.key, ...option.olderKeys.map((older) => older.key)];
    for (const [id, [key]] of this.overruled) {
      if (keys.includes(key)) {
        this.overruled.delete(id);
      }
    }
    return keys.filter((key) => this.entries.delete(key)).length > 0;
  }

  /** Takes over every entry of `other` with its origin, and its notices; `other` wins. */
  addAll(other: Configuration): this {
    for (const [key, entry] of other.overruled.values()) {
      this.overrule(key, entry);
    }
    for (const [key, entry] of other.entries) {
      this.put(key, entry);
    }
    other.notices.forEach((notice) => {
      this.addNotice(notice);
    });
    return this;
  }

  clone(): Configuration {
    return new Configuration().addAll(this);
  }

  keys(): string[] {
    return [...this.entries.keys()];
  }

  /** Each spelling that is set, as text. */
  toMap(): Record<string, string> {
    const texts = [...this.entries].map(([key, { raw }]) => [key, rawText(raw)] as const);
    return Object.fromEntries(texts);
  }

  /** Keeps something to tell the user, once. */
  addNotice(notice: ConfigNotice): void {
    this.noted.set(notice.message, notice);
  }

  /** Older spellings that were read so far and lines of files that were skipped, each once. */
  get notices(): readonly ConfigNotice[] {
    return [...this.noted.values()];
  }

  private put(key: string, entry: Entry): this {
    const before = this.entries.get(key);
    if (before !== undefined && before.origin !== entry.origin) {
      this.overrule(key, before);
    }
    this.overruled.delete(idOf(key, entry));
    this.entries.set(key, entry);
    return this;
  }

  private overrule(key: string, entry: Entry): void {
    this.overruled.set(idOf(key, entry), [key, entry]);
  }

  private spellingOf(option: ConfigOption<unknown>): string | undefined {
    if (this.entries.has(option.key)) {
      return option.key;
    }
    const older = option.olderKeys.find(({ key }) => this.entries.has(key));
    if (older !== undefined) {
      this.addNotice(noticeOf(option.key, older.key, older.deprecated));
    }
    return older?.key;
  }

  /** A map may be spread over keys: `key.sub: v`. */
  private prefixMap(option: ConfigOption<unknown>): Entry | undefined {
    if (option.type !== 'map') {
      return undefined;
    }
    const prefix = `${option.key}.`;
    const parts = [...this.entries].filter(([key]) => key.startsWith(prefix));
    const raw = Object.fromEntries(parts.map(([key, { raw }]) => [key.slice(prefix.length), raw]));
    return parts.length === 0 ? undefined : { raw, origin: parts[0]![1].origin };
  }
}

function parseEntry<T>(option: ConfigOption<T>, key: string, entry: Entry): NonNullable<T> {
  const value = parseText(option, key, entry);
  const reason = option.unsupported(value);
  if (reason !== undefined) {
    throw new ConfigError(
      'UNSUPPORTED',
      `${key} is ${shownValue(key, entry.raw)} (from ${entry.origin}); ${reason}`,
    );
  }
  return value;
}

function parseText<T>(option: ConfigOption<T>, key: string, entry: Entry): NonNullable<T> {
  const value = option.parse(entry.raw);
  if (value === undefined) {
    const nearest = option.nearest(entry.raw);
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${key} is ${shownValue(key, entry.raw)} (from ${entry.origin}); use ${option.allowed}` +
        (nearest === undefined ? '' : `; did you mean ${nearest}?`),
    );
  }
  return value;
}

function noticeOf(key: string, olderKey: string, deprecated: boolean): ConfigNotice {
  return deprecated
    ? { level: 'warn', message: `${olderKey} is a deprecated spelling; use ${key}` }
    : { level: 'info', message: `${olderKey} is used in place of ${key}` };
}

/** Text that reads back as the same value, for lists and maps of scalars too. */
/** As it was written. */
function shownText(key: string, raw: RawConfigValue): string {
  return isSensitiveKey(key) ? HIDDEN_CONTENT : withoutUrlSecrets(rawText(raw));
}

function rawText(raw: RawConfigValue): string {
  if (Array.isArray(raw)) {
    return joinQuoted(raw.map(rawText), ';');
  }
  if (typeof raw === 'object' && raw !== null) {
    const entries = Object.entries(raw).map(([key, value]) => [key, rawText(value)] as const);
    return formatMapText(Object.fromEntries(entries));
  }
  return String(raw);
}

/** Of a spelling and an origin. */
function idOf(key: string, { origin }: Entry): string {
  return JSON.stringify([key, origin]);
}
