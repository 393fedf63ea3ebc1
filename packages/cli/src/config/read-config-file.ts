/**
 * Reads a configuration file with the place of each key: `flink-conf.yaml` line by line, as Flink does,
 * any other as YAML. What cannot be read is a finding, not an error.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ConfigError, type Configuration, errorMessage } from '@millrace/core';
import {
  CONFIG_FILE,
  LEGACY_CONFIG_FILE,
  parseLegacyConfig,
  parseYamlConfig,
} from '@millrace/runtime/configuration';
import type { ConfigEntry, Finding } from './config-entry.ts';

export interface ReadConfigFile {
  readonly file: string;
  readonly entries: readonly ConfigEntry[];
  readonly findings: readonly Finding[];
}

/** @param path - a file, or a folder with one of Flink's names in it, where flink-conf.yaml wins */
export function readConfigFile(path: string): ReadConfigFile {
  const file = fileOf(path);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw unreadable(
      `${file} cannot be read: ${errorMessage(cause)}; make it a readable file`,
      cause,
    );
  }
  const lines = text.split(/\r?\n/);
  const isLegacy = basename(file) === LEGACY_CONFIG_FILE;
  try {
    const configuration = isLegacy ? parseLegacyConfig(text, file) : parseYamlConfig(text, file);
    return {
      file,
      entries: entriesOf(configuration, file, lines),
      findings: isLegacy ? legacyFindings(configuration, file, lines) : [],
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) {
      throw error;
    }
    return { file, entries: [], findings: [syntaxFinding(file, error.message)] };
  }
}

function fileOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw unreadable(`there is no ${path}; give a configuration file, or its folder`);
  }
  if (!stat.isDirectory()) {
    return path;
  }
  const found = [LEGACY_CONFIG_FILE, CONFIG_FILE]
    .map((name) => join(path, name))
    .find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  if (found === undefined) {
    throw unreadable(
      `neither ${LEGACY_CONFIG_FILE} nor ${CONFIG_FILE} is in ${path}; put one there or name another folder`,
    );
  }
  return found;
}

function entriesOf(
  configuration: Configuration,
  file: string,
  lines: readonly string[],
): ConfigEntry[] {
  return Object.entries(configuration.toMap()).map(([key, raw]) => {
    const origin = configuration.originOfKey(key) as string;
    const line = Number(origin.slice(origin.lastIndexOf(':') + 1));
    const text = lines[line - 1] ?? '';
    // A nested key stands with its last part alone.
    const at = text.indexOf(key) >= 0 ? text.indexOf(key) : text.search(/\S/);
    return { key, raw, file, line, column: Math.max(0, at) + 1 };
  });
}

/** Lines that are skipped, and keys that stand twice, of which the last counts. */
function legacyFindings(
  configuration: Configuration,
  file: string,
  lines: readonly string[],
): Finding[] {
  const skipped = configuration.notices.map(({ message }): Finding => {
    const line = Number(/:(\d+) is skipped/.exec(message)?.[1] ?? 1);
    return {
      severity: 'error',
      rule: 'syntax',
      message: 'is no pair, so it is skipped; write "key: value" with the space',
      file,
      line,
      column: 1,
    };
  });
  const seen = new Map<string, number>();
  const twice = lines.flatMap((text, index): Finding[] => {
    const key = /^([^#]*?): [^#]*\S/.exec(text)?.[1]?.trim() ?? '';
    const before = seen.get(key);
    seen.set(key, index + 1);
    return key === '' || before === undefined
      ? []
      : [
          {
            severity: 'warning',
            rule: 'duplicate-key',
            key,
            message: `stands twice: line ${before} has no effect; remove one`,
            file,
            line: index + 1,
            column: text.indexOf(key) + 1,
          },
        ];
  });
  return [...skipped, ...twice];
}

function syntaxFinding(file: string, message: string): Finding {
  const line = Number(/:(\d+) cannot be read/.exec(message)?.[1] ?? 1);
  const why = message.replace(/^.*? cannot be read: /, '');
  return { severity: 'error', rule: 'syntax', message: why, file, line, column: 1 };
}

function unreadable(message: string, cause?: unknown): ConfigError {
  return new ConfigError('CONFIG_FILE_UNREADABLE', message, { cause });
}
