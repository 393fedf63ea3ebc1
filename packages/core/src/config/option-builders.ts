/**
 * Builders of configuration options, one for each type of value.
 *
 * Text follows Flink: booleans and enum constants in any case, durations and sizes with units,
 * lists as `a;b`, maps as `k:v,k:v`. Values that YAML or the program typed are taken as they are.
 *
 * Flink: ConfigOptions, ConfigurationUtils.convertValue.
 */
import { durationMs } from '../time/duration.ts';
import {
  type ConfigOption,
  type ConfigOptionSpec,
  type ConfigValueType,
  configOption,
  type RawConfigValue,
  type WithDefault,
} from './config-option.ts';
import { formatMemorySize, parseMemorySize } from './memory-size.ts';
import { nearestOf } from './nearest-text.ts';
import { formatMapText, joinQuoted, parseMapText, splitQuoted } from './structured-text.ts';

const INT_MAX = 2 ** 31 - 1;
const INT_MIN = -(2 ** 31);

export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
}

interface NumberSpec extends ConfigOptionSpec<number>, NumberRange {
  /** What takes other values: `rest.bind-port takes a range`. */
  readonly instead?: string;
}

export function boolOption(
  spec: WithDefault<ConfigOptionSpec<boolean>, boolean>,
): ConfigOption<boolean>;
export function boolOption(spec: ConfigOptionSpec<boolean>): ConfigOption<boolean | undefined>;
export function boolOption(spec: ConfigOptionSpec<boolean>): ConfigOption<boolean | undefined> {
  const constants: ReadonlyMap<string, boolean> = new Map([
    ['true', true],
    ['false', false],
  ]);
  return configOption(spec, {
    type: 'bool',
    allowed: 'true or false',
    parse: (raw) => constants.get(String(raw).toLowerCase()),
    format: String,
  });
}

/** A whole number of 32 bits. */
export function intOption(spec: WithDefault<NumberSpec, number>): ConfigOption<number>;
export function intOption(spec: NumberSpec): ConfigOption<number | undefined>;
export function intOption(spec: NumberSpec): ConfigOption<number | undefined> {
  return wholeNumberOption(spec, 'int', spec.min ?? INT_MIN, spec.max ?? INT_MAX);
}

/** A whole number that a JavaScript number holds exactly. */
export function longOption(spec: WithDefault<NumberSpec, number>): ConfigOption<number>;
export function longOption(spec: NumberSpec): ConfigOption<number | undefined>;
export function longOption(spec: NumberSpec): ConfigOption<number | undefined> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = spec;
  return wholeNumberOption(spec, 'long', min, max);
}

export function doubleOption(spec: WithDefault<NumberSpec, number>): ConfigOption<number>;
export function doubleOption(spec: NumberSpec): ConfigOption<number | undefined>;
export function doubleOption(spec: NumberSpec): ConfigOption<number | undefined> {
  const { min = -Number.MAX_VALUE, max = Number.MAX_VALUE } = spec;
  return configOption(spec, {
    type: 'double',
    allowed: `a number${rangeText(spec.min, spec.max)}`,
    parse: (raw) => {
      const text = String(raw).trim();
      const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
    format: String,
  });
}

export function stringOption(
  spec: WithDefault<ConfigOptionSpec<string>, string>,
): ConfigOption<string>;
export function stringOption(spec: ConfigOptionSpec<string>): ConfigOption<string | undefined>;
export function stringOption(spec: ConfigOptionSpec<string>): ConfigOption<string | undefined> {
  return configOption(spec, {
    type: 'string',
    allowed: 'text',
    parse: (raw) => scalarText(raw),
    format: String,
  });
}

interface EnumSpec<E extends string> extends ConfigOptionSpec<E> {
  /** The constants as Flink writes them, in upper case with underscores. */
  readonly constants: readonly E[];
}

export function enumOption<E extends string>(spec: WithDefault<EnumSpec<E>, E>): ConfigOption<E>;
export function enumOption<E extends string>(spec: EnumSpec<E>): ConfigOption<E | undefined>;
export function enumOption<E extends string>(spec: EnumSpec<E>): ConfigOption<E | undefined> {
  const last = spec.constants.length - 1;
  return configOption<E>(spec, {
    type: 'enum',
    allowed: `${spec.constants.slice(0, last).join(', ')} or ${spec.constants[last]}`,
    parse: (raw) => {
      const text = String(raw).trim().toUpperCase();
      return spec.constants.find((constant) => constant.toUpperCase() === text);
    },
    nearest: (raw) => {
      const text = String(raw).trim().toUpperCase();
      return nearestOf(text, spec.constants, Math.floor(text.length / 3));
    },
    format: String,
  });
}

interface NameSpec<N extends string> extends ConfigOptionSpec<N> {
  readonly names: readonly N[];
  /** Other spellings, in lower case, with the name that each stands for. */
  readonly aliases?: Readonly<Record<string, N>>;
}

/** Text that is one of a few names, in any case. */
export function nameOption<N extends string>(spec: WithDefault<NameSpec<N>, N>): ConfigOption<N>;
export function nameOption<N extends string>(spec: NameSpec<N>): ConfigOption<N | undefined>;
export function nameOption<N extends string>(spec: NameSpec<N>): ConfigOption<N | undefined> {
  const { names, aliases = {} } = spec;
  const lower = (text: string): string => text.toLowerCase();
  const textOf = (raw: RawConfigValue): string => lower(String(raw).trim());
  const meant = new Map([
    ...names.map((name) => [lower(name), name] as const),
    ...Object.entries(aliases),
  ]);
  return configOption<N>(spec, {
    type: 'string',
    allowed: `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`,
    parse: (raw) => meant.get(textOf(raw)),
    nearest: (raw) => {
      const text = textOf(raw);
      const spellings = names.flatMap((name) => [name, name.split('-')[0]!]);
      const spelling = nearestOf(text, spellings.map(lower), Math.floor(text.length / 3));
      return spelling === undefined
        ? undefined
        : names.find((name) => lower(name).startsWith(spelling));
    },
    format: String,
  });
}

/** A length of time; its value is whole milliseconds. */
export function durationOption(spec: WithDefault<NumberSpec, number>): ConfigOption<number>;
export function durationOption(spec: NumberSpec): ConfigOption<number | undefined>;
export function durationOption(spec: NumberSpec): ConfigOption<number | undefined> {
  const least = spec.min === undefined ? '' : `, at least ${spec.min} ms`;
  return configOption(spec, {
    type: 'duration',
    allowed: `a whole number with a unit (d, h, min, s, ms), such as '10 s'${least}`,
    parse: (raw) => {
      const ms =
        typeof raw === 'number' || typeof raw === 'string' ? tryDurationMs(raw) : undefined;
      return ms !== undefined && ms >= (spec.min ?? 0) ? ms : undefined;
    },
    format: formatDuration,
  });
}

/** A duration, or a negative one for ever: its value is ms or `Infinity`. */
export function timeoutOption(spec: WithDefault<NumberSpec, number>): ConfigOption<number> {
  const duration = durationOption(spec);
  return configOption(spec, {
    type: 'duration',
    allowed: `${duration.allowed}, or -1 ms for ever`,
    parse: (raw) =>
      /^-\d+\s*\w*$/.test(String(raw).trim()) ? Number.POSITIVE_INFINITY : duration.parse(raw),
    format: (ms) => (ms === Number.POSITIVE_INFINITY ? '-1 ms' : duration.format(ms)),
  }) as ConfigOption<number>;
}

/** A size; its value is bytes. */
export function memoryOption(spec: WithDefault<NumberSpec, number>): ConfigOption<number>;
export function memoryOption(spec: NumberSpec): ConfigOption<number | undefined>;
export function memoryOption(spec: NumberSpec): ConfigOption<number | undefined> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = spec;
  const least = min === 0 ? '' : `, at least ${formatMemorySize(min)}`;
  const most = spec.max === undefined ? '' : `, at most ${formatMemorySize(max)}`;
  return configOption(spec, {
    type: 'memory',
    allowed: `a whole number with a unit (b, kb, mb, gb, tb), such as '64 mb'${least}${most}`,
    parse: (raw) => {
      const bytes = parseMemorySize(String(raw));
      return bytes !== undefined && bytes >= min && bytes <= max ? bytes : undefined;
    },
    format: formatMemorySize,
  });
}

type Strings = readonly string[];

export function listOption(
  spec: WithDefault<ConfigOptionSpec<Strings>, Strings>,
): ConfigOption<Strings>;
export function listOption(spec: ConfigOptionSpec<Strings>): ConfigOption<Strings | undefined>;
export function listOption(spec: ConfigOptionSpec<Strings>): ConfigOption<Strings | undefined> {
  return configOption<Strings>(spec, {
    type: 'list',
    allowed: "items between semicolons, such as 'a;b', or a YAML list",
    parse: (raw) => {
      const items = Array.isArray(raw)
        ? raw.map(scalarText)
        : splitQuoted(scalarText(raw) ?? '', ';');
      return items?.every((item) => item !== undefined) ? items : undefined;
    },
    format: (items) => joinQuoted(items, ';'),
  });
}

interface EnumListSpec<E extends string> extends ConfigOptionSpec<readonly E[]> {
  readonly constants: readonly E[];
}

/** A list of constants, in any case. */
export function enumListOption<E extends string>(
  spec: WithDefault<EnumListSpec<E>, readonly E[]>,
): ConfigOption<readonly E[]>;
export function enumListOption<E extends string>(
  spec: EnumListSpec<E>,
): ConfigOption<readonly E[] | undefined>;
export function enumListOption<E extends string>(
  spec: EnumListSpec<E>,
): ConfigOption<readonly E[] | undefined> {
  const item = enumOption<E>({ key: spec.key, constants: spec.constants, description: '' });
  const items = listOption({ key: spec.key, description: '' });
  return configOption<readonly E[]>(spec, {
    type: 'list',
    allowed: `items between semicolons, each ${item.allowed}`,
    parse: (raw) => {
      const constants = items.parse(raw)?.map((text) => item.parse(text));
      return constants?.every((constant) => constant !== undefined) ? constants : undefined;
    },
    nearest: (raw) => {
      const unknown = items.parse(raw)?.find((text) => item.parse(text) === undefined);
      return unknown === undefined ? undefined : item.nearest(unknown);
    },
    format: (constants) => joinQuoted(constants, ';'),
  });
}

type StringMap = Readonly<Record<string, string>>;

export function mapOption(
  spec: WithDefault<ConfigOptionSpec<StringMap>, StringMap>,
): ConfigOption<StringMap>;
export function mapOption(spec: ConfigOptionSpec<StringMap>): ConfigOption<StringMap | undefined>;
export function mapOption(spec: ConfigOptionSpec<StringMap>): ConfigOption<StringMap | undefined> {
  return configOption<StringMap>(spec, {
    type: 'map',
    allowed: "entries between commas, such as 'k1:v1,k2:v2', or a YAML map",
    parse: (raw) => {
      if (typeof raw === 'string') {
        return parseMapText(raw);
      }
      if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
        return undefined;
      }
      const entries = Object.entries(raw).map(([key, value]) => [key, scalarText(value)] as const);
      return entries.every(([, value]) => value !== undefined)
        ? (Object.fromEntries(entries) as StringMap)
        : undefined;
    },
    format: formatMapText,
  });
}

function wholeNumberOption(
  spec: NumberSpec,
  type: ConfigValueType,
  min: number,
  max: number,
): ConfigOption<number | undefined> {
  return configOption(spec, {
    type,
    allowed: `a whole number${rangeText(spec.min, spec.max)}${spec.instead === undefined ? '' : `; ${spec.instead}`}`,
    parse: (raw) => {
      const text = String(raw).trim();
      const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
    format: String,
  });
}

function rangeText(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) {
    return ` from ${min} to ${max}`;
  }
  if (min !== undefined) {
    return `, at least ${min}`;
  }
  return max === undefined ? '' : `, at most ${max}`;
}

/** YAML types numbers and booleans by their look; where text is asked for they are text again. */
function scalarText(raw: unknown): string | undefined {
  const type = typeof raw;
  const scalar = type === 'string' || type === 'number' || type === 'boolean' || type === 'bigint';
  return scalar ? String(raw) : undefined;
}

function tryDurationMs(raw: number | string): number | undefined {
  try {
    return durationMs(raw);
  } catch {
    return undefined; // The caller's error names the key and says what is allowed.
  }
}

function formatDuration(ms: number): string {
  const units = [
    ['d', 24 * 60 * 60 * 1000],
    ['h', 60 * 60 * 1000],
    ['min', 60 * 1000],
    ['s', 1000],
  ] as const;
  const unit = ms === 0 ? undefined : units.find(([, unitMs]) => ms % unitMs === 0);
  return unit === undefined ? `${ms} ms` : `${ms / unit[1]} ${unit[0]}`;
}
