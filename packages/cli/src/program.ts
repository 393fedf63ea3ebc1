/**
 * The commands, their options, examples and help. The reference page is generated from them.
 */
import { createRequire } from 'node:module';
import { Command, Option } from 'commander';
import { type CommandContext, parseRebase, type SnapshotOptions } from './command-context.ts';
import { EXIT_CODE_MEANINGS } from './exit-codes.ts';
import { type PlanOptions, planUpgrade } from './plan/plan.ts';
import { listStates } from './snapshot/ls.ts';

/** Resolves to the exit code. */
export type Run = (context: CommandContext) => Promise<number>;

export interface Example {
  readonly command: string;
  readonly does: string;
}

const examples = new WeakMap<Command, readonly Example[]>();

/** What the help of a command shows at its end. */
export function examplesOf(command: Command): readonly Example[] {
  return examples.get(command) ?? [];
}

/** @param run - told what the command line asks for */
export function createProgram(run: (run: Run) => void): Command {
  const program = new Command('millrace')
    .description("Stateful stream processing with Flink's semantics and file formats.")
    .version(version(), '-V, --version', 'Say the version.')
    .helpOption('-h, --help', 'Show this help.')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false });
  const snapshot = program
    .command('snapshot')
    .description('Look into savepoints and checkpoints of Flink and Millrace, without a JVM.')
    .helpCommand(false)
    .helpOption('-h, --help', 'Show this help.');
  snapshot.addHelpText('after', `\n${exitCodesText()}`);
  addLs(snapshot, run);
  addPlan(snapshot, run);
  return program;
}

function addLs(snapshot: Command, run: (run: Run) => void): void {
  const command = snapshot
    .command('ls')
    .summary('operators and states')
    .description(
      'List operators and their states: kinds, types, parallelism, bytes. Only metadata and the ' +
        'heads of files are read, so it is quick however large the snapshot is.',
    )
    .argument('<snapshot>', SNAPSHOT_ARGUMENT)
    .action((path: string, options: SnapshotOptions) => {
      run((context) => listStates(path, options, context));
    });
  withSnapshotOptions(command);
  withExamples(command, [
    { command: 'millrace snapshot ls savepoint-1a2b3c-0123456789ab', does: 'a savepoint' },
    { command: 'millrace snapshot ls /data/checkpoints', does: 'the newest checkpoint of a job' },
    {
      command: 'millrace snapshot ls savepoint-1 --uid orders --uid totals',
      does: 'with names: a snapshot holds only hashes of uids',
    },
    {
      command: "millrace snapshot ls savepoint-1 --json | jq '.operators[].states[].name'",
      does: 'for programs',
    },
  ]);
}

function addPlan(snapshot: Command, run: (run: Run) => void): void {
  const command = snapshot
    .command('plan')
    .summary('what a program would take up of a snapshot')
    .description(
      'Rehearse an upgrade: restore a snapshot into a program, up to the first record and no ' +
        'further. Its operators are opened, so that all states are declared; nothing is read, ' +
        'written or committed. Functions run their open() and initializeState().',
    )
    .argument('<program>', 'the file that calls env.execute(), .js or .ts')
    .argument('[args...]', 'for the program, after --')
    .requiredOption('--from <snapshot>', SNAPSHOT_ARGUMENT)
    .option('--allow-non-restored-state', 'operators of the snapshot may be missing in the program')
    .action((program: string, args: string[], options: PlanOptions) => {
      run((context) => planUpgrade(program, args, options, context));
    });
  withSnapshotOptions(command);
  withExamples(command, [
    {
      command: 'millrace snapshot plan job.ts --from /data/checkpoints',
      does: 'can the new version start?',
    },
    {
      command: 'millrace snapshot plan job.js --from savepoint-1 -- -D parallelism.default=8',
      does: 'with arguments for the program',
    },
    {
      command: 'millrace snapshot plan job.ts --from savepoint-1 --json | jq .obstacles',
      does: 'in CI: exit code 3 when it cannot',
    },
  ]);
}

export const SNAPSHOT_ARGUMENT =
  "a snapshot's folder, its _metadata, or a job's checkpoint folder: its newest one is taken";

export function withSnapshotOptions(command: Command): Command {
  return withCommonOptions(command)
    .option(
      '--rebase <FROM=TO>',
      'files that the snapshot names below FROM are below TO now; repeatable',
      parseRebase,
    )
    .option('--uid <name>', 'a uid that an operator may have; repeatable', collect)
    .option('--uids <file>', 'a file of uids, one a line');
}

export function withCommonOptions(command: Command): Command {
  return command
    .option('--json', 'write JSON')
    .option('--bytes', 'write sizes as exact numbers of bytes')
    .addOption(new Option('--stats', 'say at the end how much was read, and how fast'))
    .option('--stack', 'show where in the code an error arose (or set MILLRACE_STACK)')
    .helpOption('-h, --help', 'Show this help.');
}

export function withExamples(command: Command, list: readonly Example[]): void {
  examples.set(command, list);
  const lines = list.map(({ command, does }) => `  # ${does}\n  ${command}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n\n')}\n\n${exitCodesText()}`);
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function exitCodesText(): string {
  const lines = EXIT_CODE_MEANINGS.map(
    ([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`,
  );
  return `Exit codes:\n${lines.join('\n')}`;
}

function version(): string {
  const manifest = createRequire(import.meta.url)('../package.json') as {
    readonly version: string;
  };
  return manifest.version;
}
