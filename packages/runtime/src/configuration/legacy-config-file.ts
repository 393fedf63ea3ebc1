/**
 * Reads `flink-conf.yaml`: one line, one pair of key and text. It is not YAML.
 *
 * - A comment starts at the first `#`, inside a value too.
 * - The first `": "` parts key from value; quotes stay part of the value.
 * - A line that is no pair is skipped with a warning; the last of two equal keys wins.
 *
 * Flink: GlobalConfiguration.loadLegacyYAMLResource.
 */
import { Configuration } from '@millrace/core';

export function parseLegacyConfig(text: string, fileName: string): Configuration {
  const configuration = new Configuration();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const pair = line.split('#', 1)[0]!.trim();
    if (pair !== '') {
      readPair(configuration, pair, `${fileName}:${index + 1}`);
    }
  }
  return configuration;
}

function readPair(configuration: Configuration, pair: string, origin: string): void {
  const separator = pair.indexOf(': ');
  const key = pair.slice(0, Math.max(0, separator)).trim();
  const value = separator < 0 ? '' : pair.slice(separator + 2).trim();
  if (key === '' || value === '') {
    const message = `${origin} is skipped, as it is not a pair; write "key: value" with the space`;
    configuration.addNotice({ level: 'warn', message });
    return;
  }
  configuration.setString(key, value, origin);
}
