/** Settings as they may be shown. Flink: ConfigurationInfo.from, ConfigurationUtils.hideSensitiveValues. */
import {
  type Configuration,
  HIDDEN_CONTENT,
  isSensitiveKey,
  withoutUrlSecrets,
} from '@millrace/core';

export interface ConfigurationEntry {
  readonly key: string;
  readonly value: string;
}

/** In the order of the keys; secrets hidden, those inside of URLs too. */
export function configurationEntries(configuration: Configuration): ConfigurationEntry[] {
  return Object.entries(configuration.toMap())
    .map(([key, value]) => ({
      key,
      value: isSensitiveKey(key) ? HIDDEN_CONTENT : withoutUrlSecrets(value),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
