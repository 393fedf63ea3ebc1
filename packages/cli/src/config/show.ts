/** `millrace config`: the value that counts of each key, and where it comes from. */
import {
  allConfigOptions,
  type Configuration,
  HIDDEN_CONTENT,
  isSensitiveKey,
  nearestOf,
} from '@millrace/core';
import { loadGlobalConfiguration, parseDynamicProperties } from '@millrace/runtime/configuration';
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { checkSettings } from '../run/check-settings.ts';
import { type Column, printTable } from '../terminal/table.ts';
import { flinkKeys } from './flink-keys.ts';

export interface ShowOptions {
  readonly conf?: string;
  /** `-D` */
  readonly settings?: readonly string[];
  readonly set?: boolean;
  readonly json?: boolean;
}

interface Shown {
  readonly key: string;
  /** `undefined`: not set, and without a default. */
  readonly value: string | undefined;
  readonly origin: string;
  /** The older spelling that was used. */
  readonly spelling?: string;
}

const COLUMNS: readonly Column[] = [{ title: 'KEY' }, { title: 'VALUE' }, { title: 'ORIGIN' }];
const DEFAULT_ORIGIN = 'default';

/** @throws UsageError, ConfigError `CONFIG_FILE_UNREADABLE`, `CONFIG_VALUE_INVALID`, `UNSUPPORTED` */
export async function show(
  prefix: string | undefined,
  options: ShowOptions,
  { terminal }: CommandContext,
): Promise<number> {
  const { MILLRACE_CONF_DIR, FLINK_CONF_DIR } = process.env;
  const confDir = options.conf ?? MILLRACE_CONF_DIR ?? FLINK_CONF_DIR;
  const settings = options.settings ?? [];
  checkSettings(settings);
  const configuration = loadGlobalConfiguration({ confDir }).addAll(
    parseDynamicProperties(settings.flatMap((each) => ['-D', each])).configuration,
  );
  const shown = effectiveValues(configuration)
    .filter(({ key, spelling }) => hasPrefix(key, prefix) || hasPrefix(spelling ?? '', prefix))
    .filter(({ origin }) => options.set !== true || origin !== DEFAULT_ORIGIN);
  if (options.json === true) {
    await terminal.write(`${JSON.stringify(shown, undefined, 2)}\n`);
  } else {
    await printTable(
      terminal,
      COLUMNS,
      shown.map(({ key, value, origin, spelling }) => [
        key,
        value ?? '',
        spelling === undefined ? origin : `${origin} as ${spelling}`,
      ]),
    );
  }
  for (const { message } of configuration.notices) {
    terminal.note(message);
  }
  if (shown.length > 0 || prefix === undefined) {
    return EXIT_CODES.OK;
  }
  terminal.note(whyNone(prefix));
  return EXIT_CODES.FINDINGS;
}

/** No key begins so, or none that does is set. */
function whyNone(prefix: string): string {
  const spellings = allConfigOptions().flatMap((option) => [
    option.key,
    ...option.olderKeys.map(({ key }) => key),
  ]);
  if (spellings.some((key) => hasPrefix(key, prefix))) {
    return `No key that begins with ${prefix} is set.`;
  }
  if (flinkKeys().some(({ option }) => hasPrefix(option.key, prefix))) {
    return `${prefix} is of Flink; Millrace does not use it.`;
  }
  const nearest = nearestOf(prefix, spellings, Math.floor(prefix.length / 3));
  return nearest === undefined
    ? `No key begins with ${prefix}; millrace config shows all.`
    : `No key begins with ${prefix}; did you mean ${nearest}?`;
}

/** Of every key that Millrace uses, and of every other one that is set. */
export function effectiveValues(configuration: Configuration): Shown[] {
  const options = allConfigOptions();
  const used = options.map((option): Shown => {
    const value = configuration.getOptional(option);
    const spelling = option.olderKeys.find(
      ({ key }) => configuration.originOfKey(key) !== undefined,
    )?.key;
    const isOwn = configuration.originOfKey(option.key) !== undefined;
    const text = value ?? option.defaultValue ?? undefined;
    return {
      key: option.key,
      value: text === undefined ? undefined : hidden(option.key, option.format(text)),
      origin: configuration.originOf(option) ?? DEFAULT_ORIGIN,
      ...(value === undefined || isOwn || spelling === undefined ? {} : { spelling }),
    };
  });
  const known = new Set(
    options.flatMap(({ key, olderKeys }) => [key, ...olderKeys.map((o) => o.key)]),
  );
  const maps = options.filter(({ type }) => type === 'map').map(({ key }) => `${key}.`);
  const others = Object.entries(configuration.toMap())
    .filter(([key]) => !known.has(key) && !maps.some((map) => key.startsWith(map)))
    .map(([key, text]): Shown => {
      const origin = `${configuration.originOfKey(key)}; Millrace does not use it`;
      return { key, value: hidden(key, text), origin };
    });
  return [...used, ...others].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function hidden(key: string, text: string): string {
  return isSensitiveKey(key) ? HIDDEN_CONTENT : text;
}

function hasPrefix(key: string, prefix: string | undefined): boolean {
  return prefix === undefined || key.startsWith(prefix);
}
