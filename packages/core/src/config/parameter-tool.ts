/**
 * The parameters of a program: from its command line, a map, or a properties file.
 *
 * Flink: ParameterTool.
 */
import { readFileSync } from 'node:fs';
import { ConfigError } from '../errors/errors.ts';
import { Configuration } from './configuration.ts';
import { parseProperties } from './properties-text.ts';

/** What a key without a value has. Flink: ParameterTool.NO_VALUE_KEY. */
const NO_VALUE = '__NO_VALUE_KEY';

export class ParameterTool {
  private readonly values: ReadonlyMap<string, string>;
  private readonly requested: Set<string> = new Set();

  private constructor(values: ReadonlyMap<string, string>) {
    this.values = values;
  }

  /**
   * Reads `--key value` and `-key value`; a key that another follows has no value and is only there.
   *
   * @param args - as `process.argv.slice(2)`
   * @throws ConfigError `CONFIG_VALUE_INVALID` for a value without a key, or an empty key
   */
  static fromArgs(args: readonly string[]): ParameterTool {
    const values = new Map<string, string>();
    for (let i = 0; i < args.length; i++) {
      const arg = args[i] as string;
      const key = /^--?(.*)$/s.exec(arg)?.[1];
      if (key === undefined || key === '') {
        throw new ConfigError(
          'CONFIG_VALUE_INVALID',
          `the argument '${arg}' is no key; write --key value`,
        );
      }
      const next = args[i + 1];
      const hasValue = next !== undefined && (!next.startsWith('-') || isNumber(next));
      values.set(key, hasValue ? next : NO_VALUE);
      i += hasValue ? 1 : 0;
    }
    return new ParameterTool(values);
  }

  static fromMap(map: Readonly<Record<string, string>>): ParameterTool {
    return new ParameterTool(new Map(Object.entries(map)));
  }

  /** @throws ConfigError `CONFIG_FILE_UNREADABLE` */
  static fromPropertiesFile(path: string): ParameterTool {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      throw new ConfigError(
        'CONFIG_FILE_UNREADABLE',
        `the properties file ${path} cannot be read; name one that is there`,
        { cause: error },
      );
    }
    return new ParameterTool(parseProperties(text));
  }

  get numberOfParameters(): number {
    return this.values.size;
  }

  has(key: string): boolean {
    this.requested.add(key);
    return this.values.has(key);
  }

  get(key: string): string | undefined;
  get(key: string, defaultValue: string): string;
  get(key: string, defaultValue?: string): string | undefined {
    this.requested.add(key);
    const value = this.values.get(key);
    return value === undefined || value === NO_VALUE ? defaultValue : value;
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` when it is not there */
  getRequired(key: string): string {
    const value = this.get(key);
    if (value === undefined) {
      throw new ConfigError('CONFIG_VALUE_INVALID', `no value for '${key}'; add --${key} VALUE`);
    }
    return value;
  }

  /** A whole number. @throws ConfigError `CONFIG_VALUE_INVALID` for other text, and as `getRequired` */
  getInt(key: string, defaultValue?: number): number {
    return this.parsed(key, { defaultValue, wanted: 'a whole number' }, (text) => {
      const value = isNumber(text) ? Number(text) : Number.NaN;
      return Number.isSafeInteger(value) ? value : undefined;
    });
  }

  /** The same as `getInt`: whole numbers are exact up to 2^53. */
  getLong(key: string, defaultValue?: number): number {
    return this.getInt(key, defaultValue);
  }

  getDouble(key: string, defaultValue?: number): number {
    return this.parsed(key, { defaultValue, wanted: 'a number' }, (text) =>
      isNumber(text) ? Number(text) : undefined,
    );
  }

  /** `true` and `false` in any case; a key without a value is `true`, where Flink has false. */
  getBoolean(key: string, defaultValue?: boolean): boolean {
    if (this.values.get(key) === NO_VALUE) {
      this.requested.add(key);
      return true;
    }
    const constants: Readonly<Record<string, boolean>> = { true: true, false: false };
    return this.parsed(key, { defaultValue, wanted: 'true or false' }, (text) => {
      return constants[text.toLowerCase()];
    });
  }

  /** Keys that the program was given and has not asked for until now. */
  get unrequestedParameters(): readonly string[] {
    return [...this.values.keys()].filter((key) => !this.requested.has(key));
  }

  /** Both; the other's where they meet. */
  mergeWith(other: ParameterTool): ParameterTool {
    return new ParameterTool(new Map([...this.values, ...other.values]));
  }

  toMap(): Record<string, string> {
    return Object.fromEntries(this.values);
  }

  get configuration(): Configuration {
    return Configuration.fromMap(this.toMap());
  }

  private parsed<T>(
    key: string,
    { defaultValue, wanted }: { defaultValue: T | undefined; wanted: string },
    parse: (text: string) => T | undefined,
  ): T {
    const text = defaultValue === undefined ? this.getRequired(key) : this.get(key);
    if (text === undefined) {
      return defaultValue as T;
    }
    const value = parse(text.trim());
    if (value === undefined) {
      throw new ConfigError('CONFIG_VALUE_INVALID', `'${key}' is '${text}'; use ${wanted}`);
    }
    return value;
  }
}

function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
}
