/** The definition of `run`. */
import { type Command, Option } from 'commander';
import { collect, wholeNumber, withExamples } from './command-options.ts';
import type { SetRun } from './program.ts';
import type { RunOptions } from './run/run.ts';

interface ParsedOptions extends Omit<RunOptions, 'settings'> {
  readonly D?: readonly string[];
}

export function addRunCommand(program: Command, setRun: SetRun): void {
  const command = program
    .command('run')
    .summary('run a program')
    .description(
      'Run a program by Node, JavaScript or TypeScript, with settings for its job, and with a REST ' +
        'endpoint on the first free port of 8081-8181 unless the configuration says otherwise. Ctrl-C ' +
        'ends the job in order. On a terminal a line below what the program prints says how the job ' +
        'does. Ends with the exit code of the program.',
    )
    .argument('<program>', 'the file that calls env.execute(), .js or .ts')
    .argument('[args...]', 'for the program, after --')
    .option('-p, --parallelism <n>', 'of operators that set none', wholeNumber)
    .option('-D <key=value>', 'a setting of the configuration; repeatable', collect)
    .option(
      '-s, --from-savepoint <snapshot>',
      'the savepoint or checkpoint that the job starts from',
    )
    .addOption(
      new Option('--claim-mode <mode>', 'whose the snapshot is then').choices([
        'CLAIM',
        'NO_CLAIM',
        'LEGACY',
      ]),
    )
    .option(
      '-n, --allow-non-restored',
      'the snapshot may have state of operators that the program does not have',
    )
    .option('-d, --detached', 'start it in the background, and tell its id when it runs')
    .option('--log-file <file>', 'where a detached program prints; its name with .log unless given')
    .option('--json', 'write JSON, of a detached program')
    .option('--stack', 'show where in the code an error arose (or set MILLRACE_STACK)')
    .helpOption('-h, --help', 'show this help')
    .action((file: string, args: string[], { D: settings = [], ...options }: ParsedOptions) =>
      setRun(async (context) => {
        const { run } = await import('./run/run.ts');
        return run(file, args, { ...options, settings }, context);
      }),
    );
  withExamples(command, [
    { command: 'millrace run sums.ts', does: 'Ctrl-C ends it' },
    {
      command: 'millrace run sums.ts -p 4 -D execution.target=threads -- --input orders.csv',
      does: 'on four threads, with arguments of its own',
    },
    { command: 'millrace run sums.ts -s savepoint-30ef3b-1', does: 'going on from a savepoint' },
    {
      command: 'id=$(millrace run -d sums.ts) && millrace savepoint $id',
      does: 'in the background',
    },
  ]);
}

export function addInfoCommand(program: Command, setRun: SetRun): void {
  const command = program
    .command('info')
    .summary('what a program would run')
    .description(
      'Show the tasks of the first job of a program, their chains, operator ids and edges, without ' +
        'running it. With --json it is the plan of Flink’s REST API.',
    )
    .argument('<program>', 'the file that calls env.execute(), .js or .ts')
    .argument('[args...]', 'for the program, after --')
    .option('-p, --parallelism <n>', 'of operators that set none', wholeNumber)
    .option('-D <key=value>', 'a setting of the configuration; repeatable', collect)
    .option('--json', 'write JSON')
    .option('--stack', 'show where in the code an error arose (or set MILLRACE_STACK)')
    .helpOption('-h, --help', 'show this help')
    .action((file: string, args: string[], { D: settings = [], ...options }: ParsedOptions) =>
      setRun(async (context) => {
        const { info } = await import('./plan/info.ts');
        return info(file, args, { ...options, settings }, context);
      }),
    );
  withExamples(command, [{ command: 'millrace info sums.ts -p 4', does: 'before it is run' }]);
}
