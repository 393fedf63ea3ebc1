/**
 * The commands, their options, examples and help. The reference page is generated from them.
 *
 * What a command does is loaded when it runs, so that help and mistakes are told at once.
 */
import { createRequire } from 'node:module';
import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { exitCodesText } from './command-options.ts';
import { addCompletionCommand } from './completion-command.ts';
import { addConfigCommands } from './config-commands.ts';
import { addJobCommands } from './job-commands.ts';
import { addPlanCommand } from './plan-command.ts';
import { addReadingCommands } from './reading-commands.ts';
import { addInfoCommand, addRunCommand } from './run-command.ts';
import { addStateCommands } from './state-commands.ts';
import { addWritingCommands } from './writing-commands.ts';

/** Resolves to the exit code. */
export type Run = (context: CommandContext) => Promise<number>;

/** Told what the command line asks for. */
export type SetRun = (run: Run) => void;

export function createProgram(setRun: SetRun): Command {
  const program = new Command('millrace')
    .description("Stateful stream processing with Flink's semantics and file formats.")
    .version(version(), '-V, --version', 'say the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false);
  addRunCommand(program, setRun);
  addInfoCommand(program, setRun);
  addJobCommands(program, setRun);
  addStateCommands(program, setRun);
  addConfigCommands(program, setRun);
  addCompletionCommand(program, setRun);
  const snapshot = program
    .command('snapshot')
    .description('Look into savepoints and checkpoints of Flink and Millrace, without a JVM.')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .addHelpText('after', `\n${exitCodesText()}`);
  addReadingCommands(snapshot, setRun);
  addWritingCommands(snapshot, setRun);
  addPlanCommand(snapshot, setRun);
  return program;
}

function version(): string {
  const manifest = createRequire(import.meta.url)('../package.json') as {
    readonly version: string;
  };
  return manifest.version;
}
