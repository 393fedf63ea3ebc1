/**
 * Finds and reads the configuration file of a folder.
 *
 * `flink-conf.yaml` is read when it is there, even beside a `config.yaml`; else `config.yaml`.
 *
 * Flink: GlobalConfiguration.loadConfiguration. Unlike Flink: without a folder the configuration
 * is empty, as an embedded program needs none.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, Configuration, errorMessage } from '@millrace/core';
import { parseLegacyConfig } from './legacy-config-file.ts';
import { parseYamlConfig } from './yaml-config-file.ts';

export const LEGACY_CONFIG_FILE = 'flink-conf.yaml';
export const CONFIG_FILE = 'config.yaml';

/**
 * @param options.confDir - usually `FLINK_CONF_DIR`
 * @throws ConfigError `CONFIG_FILE_UNREADABLE`
 */
export function loadGlobalConfiguration(options: { confDir: string | undefined }): Configuration {
  const { confDir } = options;
  if (confDir === undefined) {
    return new Configuration();
  }
  const legacyText = readIfThere(join(confDir, LEGACY_CONFIG_FILE));
  if (legacyText !== undefined) {
    return parseLegacyConfig(legacyText, LEGACY_CONFIG_FILE);
  }
  const text = readIfThere(join(confDir, CONFIG_FILE));
  if (text === undefined) {
    throw new ConfigError(
      'CONFIG_FILE_UNREADABLE',
      `neither ${LEGACY_CONFIG_FILE} nor ${CONFIG_FILE} is in ${confDir}; ` +
        'put one there or name another folder',
    );
  }
  return parseYamlConfig(text, CONFIG_FILE);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw new ConfigError(
      'CONFIG_FILE_UNREADABLE',
      `${path} cannot be read: ${errorMessage(cause)}; make it a readable file`,
      { cause },
    );
  }
}
