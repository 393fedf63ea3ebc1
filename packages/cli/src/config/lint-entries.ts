/**
 * What is wrong with the settings of a file, one by one and with each other.
 *
 * Pure.
 */
import {
  allConfigOptions,
  type ConfigOption,
  Configuration,
  nearestOf,
  shownValue,
} from '@millrace/core';
import type { ConfigEntry, Finding, Severity } from './config-entry.ts';
import { CONFLICT_RULES } from './conflict-rules.ts';
import { flinkKeys } from './flink-keys.ts';

/** What a key is to us. */
interface Meaning {
  readonly option: ConfigOption<unknown>;
  readonly isOurs: boolean;
  /** It is an older spelling. */
  readonly isDeprecatedSpelling: boolean;
  /** The key itself is one that Flink advises against. */
  readonly isDeprecated: boolean;
}

export function lintEntries(entries: readonly ConfigEntry[]): Finding[] {
  const meanings = knownSpellings();
  const findings = entries.flatMap((entry) => {
    const meaning = meaningOf(entry.key, meanings);
    return meaning === undefined
      ? unknownKey(entry, [...meanings.keys()])
      : [
          ...spellingFindings(entry, meaning, entries),
          ...valueFindings(entry, meaning),
          ...unusedFindings(entry, meaning),
        ];
  });
  return [...findings, ...conflicts(entries, findings)].sort(
    (a, b) => a.line - b.line || a.column - b.column,
  );
}

function knownSpellings(): Map<string, Meaning> {
  const spellings = new Map<string, Meaning>();
  const add = (option: ConfigOption<unknown>, isOurs: boolean, isDeprecated: boolean): void => {
    const own = { option, isOurs, isDeprecatedSpelling: false, isDeprecated };
    if (!spellings.get(option.key)?.isOurs) {
      spellings.set(option.key, own);
    }
    for (const { key, deprecated } of option.olderKeys) {
      if (!spellings.has(key)) {
        spellings.set(key, { ...own, isDeprecatedSpelling: deprecated });
      }
    }
  };
  for (const option of allConfigOptions()) {
    add(option, true, false);
  }
  for (const { option, isDeprecated } of flinkKeys()) {
    add(option, false, isDeprecated);
  }
  return spellings;
}

function meaningOf(key: string, spellings: ReadonlyMap<string, Meaning>): Meaning | undefined {
  const exact = spellings.get(key);
  if (exact !== undefined) {
    return exact;
  }
  const map = allConfigOptions().find(
    (option) => option.type === 'map' && key.startsWith(`${option.key}.`),
  );
  const pattern = flinkKeys().find(({ pattern }) => pattern?.test(key));
  if (map === undefined && pattern === undefined) {
    return undefined;
  }
  // Of a map only the whole has a type.
  const option = pattern?.option ?? {
    ...(map as ConfigOption<unknown>),
    parse: (raw) => raw as never,
  };
  const isOurs = map !== undefined;
  return { option, isOurs, isDeprecatedSpelling: false, isDeprecated: false };
}

function unknownKey(entry: ConfigEntry, spellings: readonly string[]): Finding[] {
  const { key } = entry;
  const words = sortedWords(key);
  const nearest =
    spellings.find((spelling) => sortedWords(spelling) === words) ??
    nearestOf(key, spellings, Math.floor(key.length / 4));
  if (nearest !== undefined) {
    return [finding(entry, 'error', 'unknown-key', `is not known; did you mean ${nearest}?`)];
  }
  const first = key.split('.', 1)[0] as string;
  const isOfFlink = spellings.some((spelling) => spelling.startsWith(`${first}.`));
  return [
    isOfFlink
      ? finding(
          entry,
          'warning',
          'unknown-key',
          'is no key of Flink 1.20 or Millrace; it has no effect',
        )
      : finding(entry, 'info', 'unknown-key', 'is not known; it may belong to another tool'),
  ];
}

function spellingFindings(
  entry: ConfigEntry,
  { option, isDeprecatedSpelling, isDeprecated }: Meaning,
  entries: readonly ConfigEntry[],
): Finding[] {
  if (entry.key !== option.key && option.olderKeys.some(({ key }) => key === entry.key)) {
    const spellings = [option.key, ...option.olderKeys.map(({ key }) => key)];
    const wins = spellings.find((key) => entries.some((each) => each.key === key));
    if (wins !== entry.key) {
      const message = `has no effect, as ${wins} is set too; remove it`;
      return [finding(entry, 'warning', 'duplicate-key', message)];
    }
  }
  if (isDeprecatedSpelling) {
    return [finding(entry, 'warning', 'deprecated-key', `is deprecated; use ${option.key}`)];
  }
  return isDeprecated
    ? [finding(entry, 'warning', 'deprecated-key', 'is deprecated in Flink, with no successor')]
    : [];
}

function valueFindings(entry: ConfigEntry, { option }: Meaning): Finding[] {
  const value = option.parse(entry.raw);
  const shown = shownValue(entry.key, entry.raw);
  if (value === undefined) {
    const nearest = option.nearest(entry.raw);
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    return [finding(entry, 'error', 'wrong-value', `is ${shown}; use ${option.allowed}${hint}`)];
  }
  const reason = option.unsupported(value);
  return reason === undefined
    ? []
    : [finding(entry, 'error', 'unsupported-value', `is ${shown}; ${reason}`)];
}

function unusedFindings(entry: ConfigEntry, { isOurs, isDeprecated }: Meaning): Finding[] {
  return isOurs || isDeprecated
    ? []
    : [finding(entry, 'info', 'unused-key', 'is a key of Flink that Millrace does not use')];
}

/** Only where the settings themselves are right. */
function conflicts(entries: readonly ConfigEntry[], findings: readonly Finding[]): Finding[] {
  const wrong = new Set(
    findings.filter(({ rule }) => rule.endsWith('-value')).map(({ key }) => key),
  );
  const configuration = new Configuration();
  for (const { key, raw, file, line } of entries) {
    if (!wrong.has(key)) {
      configuration.setRaw(key, raw, `${file}:${line}`);
    }
  }
  return CONFLICT_RULES.flatMap((rule) => {
    const message = rule.find(configuration);
    const spellings = [rule.at.key, ...rule.at.olderKeys.map(({ key }) => key)];
    const entry = entries.find(({ key }) => spellings.includes(key));
    return message === undefined || entry === undefined
      ? []
      : [finding(entry, rule.severity, 'conflict', message)];
  });
}

function finding(
  { key, file, line, column }: ConfigEntry,
  severity: Severity,
  rule: Finding['rule'],
  message: string,
): Finding {
  return { severity, rule, key, message: `${key} ${message}`, file, line, column };
}

function sortedWords(key: string): string {
  return key.split('.').sort().join('.');
}
