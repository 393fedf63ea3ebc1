/** `millrace config lint`: what is wrong with a configuration file of Flink or Millrace. */
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { plural } from '../terminal/sizes.ts';
import type { Style } from '../terminal/terminal.ts';
import { printable } from '../terminal/terminal.ts';
import type { Finding, Severity } from './config-entry.ts';
import { lintEntries } from './lint-entries.ts';
import { readConfigFile } from './read-config-file.ts';

export interface LintOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const STYLES: Readonly<Record<Severity, Style>> = { error: 'red', warning: 'yellow', info: 'dim' };

export async function lint(
  path: string | undefined,
  { json, quiet }: LintOptions,
  { terminal }: CommandContext,
): Promise<number> {
  const { MILLRACE_CONF_DIR, FLINK_CONF_DIR } = process.env;
  const { file, entries, findings } = readConfigFile(
    path ?? MILLRACE_CONF_DIR ?? FLINK_CONF_DIR ?? '.',
  );
  const all = [...findings, ...lintEntries(entries)].sort((a, b) => a.line - b.line);
  const shown = quiet === true ? all.filter(({ severity }) => severity !== 'info') : all;
  const count = (severity: Severity): number =>
    all.filter((each) => each.severity === severity).length;
  if (json === true) {
    const result = { file, keys: entries.length, findings: shown };
    await terminal.write(`${JSON.stringify(result, undefined, 2)}\n`);
  } else {
    for (const finding of shown) {
      await terminal.write(`${lineOf(finding, (style, text) => terminal.style(style, text))}\n`);
    }
    terminal.note(
      `${plural(entries.length, 'key')} in ${file}: ${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}`,
    );
  }
  return count('error') + count('warning') === 0 ? EXIT_CODES.OK : EXIT_CODES.FINDINGS;
}

/** As compilers write it, so that editors find the place. */
function lineOf(
  { file, line, column, severity, message, rule }: Finding,
  style: (style: Style, text: string) => string,
): string {
  const tail = style('dim', `[${rule}]`);
  return `${file}:${line}:${column}: ${style(STYLES[severity], severity)}: ${printable(message)} ${tail}`;
}
