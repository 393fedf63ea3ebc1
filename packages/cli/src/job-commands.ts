/** The definitions of the commands that ask a REST server about its jobs. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Example, wholeNumber, withExamples } from './command-options.ts';
import type { CancelOptions } from './jobs/cancel.ts';
import type { CheckpointOptions } from './jobs/checkpoint.ts';
import type { ListOptions } from './jobs/list.ts';
import type { SavepointOptions } from './jobs/savepoint.ts';
import type { StopOptions } from './jobs/stop.ts';
import type { UiOptions } from './jobs/ui.ts';
import type { SetRun } from './program.ts';

const FORMATS: readonly string[] = ['canonical', 'native'];
export const JOB_ARGUMENT = 'its id, the beginning of its id, or its name';

export function addJobCommands(program: Command, setRun: SetRun): void {
  addList(program, setRun);
  addCancel(program, setRun);
  addStop(program, setRun);
  addSavepoint(program, setRun);
  addCheckpoint(program, setRun);
  addUi(program, setRun);
}

function addList(program: Command, setRun: SetRun): void {
  const command = program
    .command('list')
    .summary('the jobs of a server')
    .description(
      'List the jobs of a server of Millrace or Flink: those that run and those that are to run, unless told otherwise.',
    )
    .option('-r, --running', 'those that run or restart')
    .option('-s, --scheduled', 'those that are to run')
    .option('-a, --all', 'those that ended too')
    .action((options: ListOptions) =>
      setRun(async (context) => (await import('./jobs/list.ts')).list(options, context)),
    );
  finish(command, [
    { command: 'millrace list', does: 'jobs that are not over' },
    { command: 'millrace list -a -m jobmanager:8081', does: 'all jobs of a cluster of Flink' },
    { command: "millrace list --json | jq -r '.[].jid'", does: 'for scripts' },
  ]);
}

function addCancel(program: Command, setRun: SetRun): void {
  const command = program
    .command('cancel')
    .summary('end a job now')
    .description(
      'Cancel a job, without a savepoint unless told otherwise, and wait until it has ended. Its ' +
        'sinks do not commit what came after its last checkpoint: see stop. Ends with 1 when it ' +
        'ended otherwise.',
    )
    .argument('[job]', JOB_ARGUMENT)
    .option(
      '-s, --with-savepoint [folder]',
      'take a savepoint first; in execution.checkpointing.savepoint-dir of the job unless given',
    )
    .addOption(formatOption())
    .action((job: string | undefined, options: CancelOptions) =>
      setRun(async (context) => (await import('./jobs/cancel.ts')).cancel(job, options, context)),
    );
  finish(command, [
    { command: 'millrace cancel 30ef3b', does: 'the job whose id begins like this' },
    { command: 'millrace cancel sums -s /data/savepoints', does: 'with a savepoint' },
  ]);
}

function addStop(program: Command, setRun: SetRun): void {
  const command = program
    .command('stop')
    .summary('end a job with a savepoint')
    .description(
      'Stop a job: its sources read no more, a savepoint is taken, its sinks commit, and it is ' +
        'FINISHED. The path of the savepoint goes to the standard output.',
    )
    .argument('<job>', JOB_ARGUMENT)
    .option(
      '-p, --savepoint-path <folder>',
      'where the savepoint goes; execution.checkpointing.savepoint-dir of the job unless given',
    )
    .option(
      '-d, --drain',
      'end event time first: all windows fire; do not go on from the savepoint',
    )
    .addOption(formatOption())
    .action((job: string, options: StopOptions) =>
      setRun(async (context) => (await import('./jobs/stop.ts')).stop(job, options, context)),
    );
  finish(command, [
    { command: 'millrace stop sums -p /data/savepoints', does: 'to go on later' },
    {
      command: 'millrace run sums.ts -s "$(millrace stop sums)"',
      does: 'a new version of a program goes on where the old one stopped',
    },
  ]);
}

function addSavepoint(program: Command, setRun: SetRun): void {
  const command = program
    .command('savepoint')
    .summary('take a savepoint of a job that goes on, or delete one')
    .description(
      'Take a savepoint; the job goes on. The path of the savepoint goes to the standard output. ' +
        'With --dispose, delete one.',
    )
    .argument('[job]', JOB_ARGUMENT)
    .argument(
      '[folder]',
      'where it goes; execution.checkpointing.savepoint-dir of the job unless given',
    )
    .option('-d, --dispose <path>', 'delete this savepoint')
    .option('--detached', 'do not wait for it; the id of the trigger goes to the standard output')
    .addOption(formatOption())
    .action((job: string | undefined, folder: string | undefined, options: SavepointOptions) =>
      setRun(async (context) => {
        const { savepoint } = await import('./jobs/savepoint.ts');
        return savepoint(job, folder, options, context);
      }),
    );
  finish(command, [
    { command: 'millrace savepoint sums /data/savepoints', does: 'of the job named sums' },
    { command: 'millrace snapshot ls "$(millrace savepoint sums)"', does: 'and look into it' },
    {
      command: 'millrace savepoint -d /data/savepoints/savepoint-30ef3b-dcea75c99feb',
      does: 'delete it',
    },
  ]);
}

function addCheckpoint(program: Command, setRun: SetRun): void {
  const command = program
    .command('checkpoint')
    .summary('take a checkpoint of a job now')
    .description('Take a checkpoint now. Its number goes to the standard output.')
    .argument('<job>', JOB_ARGUMENT)
    .option('--full', 'a full one, of a job whose checkpoints are incremental')
    .action((job: string, options: CheckpointOptions) =>
      setRun(async (context) => {
        const { checkpoint } = await import('./jobs/checkpoint.ts');
        return checkpoint(job, options, context);
      }),
    );
  finish(command, [{ command: 'millrace checkpoint sums --full', does: 'before a risky change' }]);
}

function addUi(program: Command, setRun: SetRun): void {
  const command = program
    .command('ui')
    .summary('open the web UI')
    .description(
      'Tell the address of the web UI, of a job if one is given, and open it in a browser.',
    )
    .argument('[job]', JOB_ARGUMENT)
    .option('--no-open', 'only tell it')
    .action((job: string | undefined, options: UiOptions) =>
      setRun(async (context) => (await import('./jobs/ui.ts')).ui(job, options, context)),
    );
  finish(command, [{ command: 'millrace ui sums', does: 'the page of a job' }]);
}

function formatOption(): Option {
  return new Option(
    '-t, --type <format>',
    'canonical, the same for every state backend, or native, as checkpoints are: faster',
  )
    .choices(FORMATS)
    .default('canonical')
    .argParser((text: string) => {
      const format = text.toLowerCase();
      if (!FORMATS.includes(format)) {
        throw new InvalidArgumentError(`Allowed choices are ${FORMATS.join(', ')}.`);
      }
      return format;
    });
}

/** Options of all commands that ask a server. */
export function withServerOptions(command: Command): Command {
  return command
    .option(
      '-m, --jobmanager <host:port>',
      'where the server is; as the configuration says unless given, else 127.0.0.1:8081',
    )
    .option('--token <token>', 'what the server asks for (or set MILLRACE_TOKEN)')
    .option('--json', 'write JSON')
    .option(
      '--width <n>',
      'tables for people, n columns wide, also where no terminal is',
      wholeNumber,
    )
    .option('--stack', 'show where in the code an error arose (or set MILLRACE_STACK)')
    .helpOption('-h, --help', 'show this help');
}

function finish(command: Command, examples: readonly Example[]): void {
  withExamples(withServerOptions(command), examples);
}
