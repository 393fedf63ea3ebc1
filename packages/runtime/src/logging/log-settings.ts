/** What `log.*` of the configuration says. */
import {
  ConfigError,
  type Configuration,
  type LogLevels,
  LogOptions,
  type LogThreshold,
} from '@millrace/core';
import type { LogFileOptions } from './log-file.ts';

export interface LogSettings {
  readonly levels: LogLevels;
  readonly consoleLevel: LogThreshold;
  readonly format: 'TEXT' | 'JSON';
  readonly file: LogFileOptions | undefined;
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` */
export function logSettings(configuration: Configuration): LogSettings {
  const path = configuration.get(LogOptions.FILE);
  return {
    levels: logLevels(configuration),
    consoleLevel: configuration.get(LogOptions.CONSOLE_LEVEL),
    format: configuration.get(LogOptions.FORMAT),
    file:
      path === undefined || path === ''
        ? undefined
        : {
            path,
            maxSizeBytes: configuration.get(LogOptions.FILE_MAX_SIZE),
            maxFiles: configuration.get(LogOptions.FILE_MAX_FILES),
          },
  };
}

function logLevels(configuration: Configuration): LogLevels {
  const { '': all, ...named } = configuration.get(LogOptions.LEVEL);
  const ofLoggers = new Map(Object.entries(named));
  const prefix = `${LogOptions.LEVEL.key}.`;
  for (const [key, text] of Object.entries(configuration.toMap())) {
    if (key.startsWith(prefix)) {
      ofLoggers.set(key.slice(prefix.length), levelOf(configuration, key, text));
    }
  }
  return { root: all ?? 'INFO', ofLoggers };
}

function levelOf(configuration: Configuration, key: string, text: string): LogThreshold {
  const level = LogOptions.LEVEL.parse(text)?.[''];
  if (level === undefined) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${key} is '${text}' (from ${configuration.originOfKey(key)}); use ${LogOptions.LEVEL.allowed}`,
    );
  }
  return level;
}
