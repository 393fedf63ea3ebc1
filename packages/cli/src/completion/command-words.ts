/** What may stand behind what on the command line, from the definitions of the commands. */
import type { Command } from 'commander';

export interface OptionWords {
  /** `-p`, `--parallelism` */
  readonly flags: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

export interface CommandWords {
  /** Behind `millrace`, with spaces between: `snapshot ls`; empty for the whole. */
  readonly path: string;
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionWords[];
  /** Its arguments are jobs, the rest are files. */
  readonly takesJob: boolean;
  /** What its argument may be. */
  readonly choices: readonly string[];
}

/** The command and all below it. */
export function commandWords(command: Command, path: string = ''): CommandWords[] {
  const visible = command.commands.filter((each) => !isHidden(each));
  const [argument] = command.registeredArguments;
  const own: CommandWords = {
    path,
    subcommands: visible.map((each) => ({ name: each.name(), description: summaryOf(each) })),
    options: [...command.options.filter(({ hidden }) => !hidden).map(wordsOf), HELP],
    takesJob: argument?.name() === 'job',
    choices: argument?.argChoices ?? [],
  };
  const below = visible.flatMap((each) =>
    commandWords(each, path === '' ? each.name() : `${path} ${each.name()}`),
  );
  return [own, ...below];
}

const HELP: OptionWords = {
  flags: ['-h', '--help'],
  description: 'show this help',
  takesValue: false,
  choices: [],
};

function wordsOf(option: Command['options'][number]): OptionWords {
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  };
}

function summaryOf(command: Command): string {
  return command.summary() || command.description();
}

function isHidden(command: Command): boolean {
  return (command as unknown as { readonly _hidden?: boolean })._hidden === true;
}
