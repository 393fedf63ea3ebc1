/** The definitions of `config` and `config lint`. */
import type { Command } from 'commander';
import { collect, wholeNumber, withExamples } from './command-options.ts';
import type { LintOptions } from './config/lint.ts';
import type { ShowOptions } from './config/show.ts';
import type { SetRun } from './program.ts';

interface ParsedShowOptions extends Omit<ShowOptions, 'settings'> {
  readonly D?: readonly string[];
}

export function addConfigCommands(program: Command, setRun: SetRun): void {
  const config = program
    .command('config')
    .description('Look into the configuration of Millrace or Flink, and check it.')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false);
  addShow(config, setRun);
  addLint(config, setRun);
}

function addShow(config: Command, setRun: SetRun): void {
  const command = config
    .command('show', { isDefault: true })
    .summary('the value that counts of each key, and where it comes from')
    .description(
      'Show the value of every key, and its origin: its default, a line of the configuration file, or ' +
        '-D. A program may set more; what it sets wins. Passwords and tokens are not shown. Ends with 3 when no key has the prefix.',
    )
    .argument('[prefix]', 'keys that begin so')
    .option('--conf <folder>', 'of flink-conf.yaml or config.yaml; MILLRACE_CONF_DIR unless given')
    .option('-D <key=value>', 'a setting as of a command line; repeatable', collect)
    .option('--set', 'only keys that are set')
    .action((prefix: string | undefined, { D: settings = [], ...options }: ParsedShowOptions) =>
      setRun(async (context) => {
        const { show } = await import('./config/show.ts');
        return show(prefix, { ...options, settings }, context);
      }),
    );
  withExamples(withOutput(command), [
    { command: 'millrace config execution.checkpointing', does: 'how are checkpoints taken?' },
    {
      command: 'millrace config --set --conf /etc/flink',
      does: 'what a file sets, as it is understood',
    },
  ]);
}

function addLint(config: Command, setRun: SetRun): void {
  const command = config
    .command('lint')
    .summary('what is wrong with a configuration file')
    .description(
      'Check a configuration of Flink or Millrace: keys that are misspelt, deprecated or stand twice, ' +
        'values of a wrong type, unit or range, settings that contradict each other, and keys of Flink ' +
        'that Millrace does not use. Each with file, line and column. Ends with 3 when there are errors or warnings.',
    )
    .argument(
      '[path]',
      'a file, or the folder of flink-conf.yaml or config.yaml; MILLRACE_CONF_DIR unless given',
    )
    .option('-q, --quiet', 'only errors and warnings')
    .action((path: string | undefined, options: LintOptions) =>
      setRun(async (context) => (await import('./config/lint.ts')).lint(path, options, context)),
    );
  withExamples(withOutput(command), [
    { command: 'millrace config lint /etc/flink', does: 'before a cluster moves to Millrace' },
    { command: 'millrace config lint config.yaml --quiet', does: 'in CI' },
  ]);
}

function withOutput(command: Command): Command {
  return command
    .option('--json', 'write JSON')
    .option(
      '--width <n>',
      'tables for people, n columns wide, also where no terminal is',
      wholeNumber,
    )
    .option('--stack', 'show where in the code an error arose (or set MILLRACE_STACK)')
    .helpOption('-h, --help', 'show this help');
}
