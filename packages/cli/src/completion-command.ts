/** The definition of `completion`. */
import { Argument, type Command, Option } from 'commander';
import { withExamples } from './command-options.ts';
import type { CompletionOptions, Shell } from './completion/completion.ts';
import type { SetRun } from './program.ts';

export function addCompletionCommand(program: Command, setRun: SetRun): void {
  const command = program
    .command('completion')
    .summary('a script that completes commands in a shell')
    .description(
      'Write the script that completes commands, options, and the jobs of the server, for bash, zsh or fish.',
    )
    .addArgument(new Argument('[shell]', 'whose script it is').choices(['bash', 'zsh', 'fish']))
    .addOption(new Option('--jobs', 'the jobs that a script offers').hideHelp())
    .addOption(new Option('-m, --jobmanager <host:port>').hideHelp())
    .addOption(new Option('--token <token>').hideHelp())
    .option('--stack', 'show where in the code an error arose (or set MILLRACE_STACK)')
    .helpOption('-h, --help', 'show this help')
    .action((shell: Shell | undefined, options: CompletionOptions) =>
      setRun(async (context) => {
        const { completion } = await import('./completion/completion.ts');
        return completion(shell, options, program, context);
      }),
    );
  withExamples(command, [
    { command: 'source <(millrace completion bash)', does: 'in ~/.bashrc' },
    { command: 'source <(millrace completion zsh)', does: 'in ~/.zshrc, behind compinit' },
    {
      command: 'millrace completion fish > ~/.config/fish/completions/millrace.fish',
      does: 'once, for fish',
    },
  ]);
}
