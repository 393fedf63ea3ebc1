/** `millrace completion`: the script for a shell, and the jobs that it offers. */
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { openClient, type ServerOptions } from '../jobs/remote-job.ts';
import { isTerminal } from '../rest/job-state.ts';
import { UsageError } from '../usage-error.ts';
import { bashScript } from './bash-script.ts';
import { type CommandWords, commandWords } from './command-words.ts';
import { fishScript } from './fish-script.ts';
import { zshScript } from './zsh-script.ts';

export interface CompletionOptions extends ServerOptions {
  readonly jobs?: boolean;
}

export type Shell = 'bash' | 'zsh' | 'fish';

const SCRIPTS: Readonly<Record<Shell, (commands: readonly CommandWords[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export async function completion(
  shell: Shell | undefined,
  options: CompletionOptions,
  program: Command,
  context: CommandContext,
): Promise<number> {
  if (options.jobs === true) {
    return offerJobs(options, context);
  }
  if (shell === undefined) {
    throw new UsageError(`completion: name a shell, ${Object.keys(SCRIPTS).join(', ')}`);
  }
  await context.terminal.write(SCRIPTS[shell](commandWords(program)));
  return EXIT_CODES.OK;
}

/** Ids and names of those that run, a line each. Without a server there is nothing to offer, and no error. */
async function offerJobs(options: CompletionOptions, context: CommandContext): Promise<number> {
  try {
    const client = await openClient(options, context);
    const jobs = await client.jobs();
    const live = jobs.filter(({ state }) => !isTerminal(state));
    const ids = live.map(
      ({ jid, name, state }) => `${jid}\t${name.replace(/\s+/g, ' ')}, ${state}\n`,
    );
    const names = live
      .filter(({ name }) => /^[\w.-]+$/.test(name))
      .map(({ jid, name }) => `${name}\t${jid}\n`);
    await context.terminal.write([...names, ...ids].join(''));
  } catch {
    return EXIT_CODES.OK;
  }
  return EXIT_CODES.OK;
}
