/** Options and help that commands share. */
import { type Command, InvalidArgumentError } from 'commander';
import { EXIT_CODE_MEANINGS } from './exit-codes.ts';
import { parseRebase } from './parse-rebase.ts';

export interface Example {
  readonly command: string;
  readonly does: string;
}

const examples = new WeakMap<Command, readonly Example[]>();

/** What the help of a command shows at its end. */
export function examplesOf(command: Command): readonly Example[] {
  return examples.get(command) ?? [];
}

export const SNAPSHOT_ARGUMENT =
  "a snapshot's folder, its _metadata, or a job's checkpoint folder: its newest one is taken";
export const OPERATOR_ARGUMENT = 'its uid, name, id, or the beginning of its id';

export function withSnapshotOptions(command: Command): Command {
  return withCommonOptions(
    withRebase(command)
      .option('--uid <name>', 'a uid that an operator may have; repeatable', collect)
      .option('--uids <file>', 'a file of uids, one a line'),
  );
}

export function withRebase(command: Command): Command {
  return command.option(
    '--rebase <FROM=TO>',
    'files that the snapshot names below FROM are below TO now; repeatable',
    parseRebase,
  );
}

export function withCommonOptions(command: Command): Command {
  return command
    .option('--json', 'write JSON')
    .option('--bytes', 'write sizes as exact numbers of bytes')
    .option(
      '--width <n>',
      'tables for people, n columns wide, also where no terminal is',
      wholeNumber,
    )
    .option('--stats', 'say at the end how much was read, and how fast')
    .option('--stack', 'show where in the code an error arose (or set MILLRACE_STACK)')
    .helpOption('-h, --help', 'show this help');
}

export function withExamples(command: Command, list: readonly Example[]): Command {
  examples.set(command, list);
  const lines = list.map(({ command, does }) => `  # ${does}\n  ${command}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n\n')}\n\n${exitCodesText()}`);
}

export function exitCodesText(): string {
  const lines = EXIT_CODE_MEANINGS.map(
    ([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`,
  );
  return `Exit codes:\n${lines.join('\n')}`;
}

export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < 1) {
    throw new InvalidArgumentError('Give a whole number from 1.');
  }
  return number;
}

export function wholeNumberOrAll(text: string): number {
  return text === 'all' ? Number.POSITIVE_INFINITY : wholeNumber(text);
}
