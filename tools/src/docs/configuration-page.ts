/** The reference page of configuration, from the options themselves. */
import { type ConfigOption, configOptionGroups } from '@millrace/core';

export function configurationPage(): string {
  const sections = configOptionGroups().map(
    ({ name, options }) =>
      `## ${name}\n\n| key | type | default | older spellings | meaning |\n|---|---|---|---|---|\n${options
        .map(row)
        .join('\n')}\n`,
  );
  return `<!-- Generated from packages/core/src/config by \`npm run docs\`. Do not edit. -->

# Configuration

Keys, spellings and defaults are those of Flink 1.20. Set them in \`flink-conf.yaml\` or
\`config.yaml\`, with \`-D key=value\`, or from the program; a later one of these wins. The current
spelling wins over an older one wherever both stand, and an older one warns. A fallback is an older
spelling that is not deprecated.

${sections.join('\n')}`;
}

function row(option: ConfigOption<unknown>): string {
  const { key, type, defaultValue, olderKeys, description, allowed } = option;
  const older = olderKeys
    .map((older) => `\`${older.key}\`${older.deprecated ? '' : ' (fallback)'}`)
    .join(', ');
  const shownDefault =
    defaultValue === undefined ? 'none' : `\`${option.format(defaultValue as never)}\``;
  const values = type === 'enum' || /\d/.test(allowed.replace(/'.*'/, '')) ? `: ${allowed}` : '';
  return `| \`${key}\` | ${type}${values} | ${shownDefault} | ${older || '-'} | ${description} |`;
}
