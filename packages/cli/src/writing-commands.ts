/** The definitions of the commands that write a new snapshot. */
import { type Command, Option } from 'commander';
import {
  collect,
  SNAPSHOT_ARGUMENT,
  wholeNumber,
  withCommonOptions,
  withExamples,
  withRebase,
  withSnapshotOptions,
} from './command-options.ts';
import type { SetRun } from './program.ts';
import type { ConvertCommandOptions } from './snapshot/convert.ts';
import type { EditCommandOptions } from './snapshot/edit.ts';
import type { GcOptions } from './snapshot/gc.ts';

const TARGET_ARGUMENT = 'a new folder for the savepoint';

export function addWritingCommands(snapshot: Command, setRun: SetRun): void {
  addConvert(snapshot, setRun);
  addEdit(snapshot, setRun);
  addGc(snapshot, setRun);
}

function addGc(snapshot: Command, setRun: SetRun): void {
  const command = snapshot
    .command('gc')
    .summary('files that no retained snapshot refers to')
    .description(
      'Find files below a checkpoint directory that no snapshot there refers to, and delete them only ' +
        'with --delete. Nothing is garbage unless every snapshot was read and all its files were found; ' +
        'young files stay, those that are not of checkpoints, and those of a job without a snapshot there. ' +
        'What lies elsewhere and refers to files in the directory must be given with --snapshot: native ' +
        'savepoints, and the newest checkpoint of each job that was restored from here in CLAIM or LEGACY ' +
        'mode and writes its checkpoints to another directory.',
    )
    .argument('<directory>', "of one job's checkpoints, or of several jobs'")
    .option('--delete', 'delete what was found; without it nothing is deleted')
    .addOption(
      new Option(
        '--min-age <duration>',
        'younger files stay; give more than a checkpoint takes, and than lies between two: until the next ' +
          'one has completed, nothing refers to its files',
      ).default('1 d'),
    )
    .option(
      '--snapshot <path>',
      'one elsewhere that refers to files in the directory; repeatable',
      collect,
    )
    .option('--ignore-unreadable', 'go by the other snapshots where one cannot be read')
    .action((directory: string, options: GcOptions) => {
      setRun(async (context) => {
        const { collectGarbage } = await import('./snapshot/gc.ts');
        return collectGarbage(directory, options, context);
      });
    });
  withExamples(withCommonOptions(withRebase(command)), [
    { command: 'millrace snapshot gc /data/checkpoints', does: 'what could be deleted' },
    {
      command: 'millrace snapshot gc /data/checkpoints --min-age "7 d" --delete',
      does: 'delete it, but for the files of this week',
    },
    {
      command:
        'millrace snapshot gc /data/checkpoints --snapshot /other/checkpoints/<job-id>/chk-9',
      does: 'where a job that was restored from here in CLAIM mode writes to another directory',
    },
  ]);
}

function addConvert(snapshot: Command, setRun: SetRun): void {
  const command = snapshot
    .command('convert')
    .summary('any snapshot as a canonical savepoint')
    .description(
      'Write a snapshot of any backend as a canonical savepoint, which every backend restores, here ' +
        'and in Flink. The snapshot stays as it is; of a conversion that fails nothing is left.',
    )
    .argument('<snapshot>', SNAPSHOT_ARGUMENT)
    .argument('<target>', TARGET_ARGUMENT)
    .option('--compress', 'compress keyed state with snappy')
    .option('--no-compress', 'write keyed state without compression')
    .option(
      '--max-parallelism <n>',
      'give all operators this max parallelism: keys get other key groups',
      wholeNumber,
    )
    .option('--parallelism <n>', 'write the state of each operator in so many parts', wholeNumber)
    .action((path: string, target: string, options: ConvertCommandOptions) => {
      setRun(async (context) => {
        const { convertSnapshot } = await import('./snapshot/convert.ts');
        return convertSnapshot(path, target, options, context);
      });
    });
  withExamples(withSnapshotOptions(command), [
    {
      command: 'millrace snapshot convert /data/checkpoints savepoint-2',
      does: 'the newest checkpoint as a savepoint that can be moved',
    },
    {
      command:
        'millrace snapshot convert savepoint-1 savepoint-2 --max-parallelism 1024 --compress',
      does: 'room for more subtasks',
    },
  ]);
}

function addEdit(snapshot: Command, setRun: SetRun): void {
  const command = snapshot
    .command('edit')
    .summary('change entries, states or uids into a new savepoint')
    .description(
      'Write a new canonical savepoint in which entries, states or operators are otherwise. All edits ' +
        'are checked before anything is written: values are JSON of the types that the snapshot names.',
    )
    .argument('<snapshot>', SNAPSHOT_ARGUMENT)
    .argument('<target>', TARGET_ARGUMENT)
    .option('--set <words...>', 'OPERATOR STATE KEY VALUE: put a value; repeatable')
    .option('--delete <words...>', 'OPERATOR STATE KEY: delete what a key has; repeatable')
    .option('--delete-state <words...>', 'OPERATOR STATE: delete a state; repeatable')
    .option('--rename-uid <words...>', 'OPERATOR NEW_UID: give an operator another uid; repeatable')
    .option('--drop-operator <words...>', 'OPERATOR: leave an operator out; repeatable')
    .option(
      '--edits <file>',
      'a JSON array of edits, with namespace and userKey too: [{"kind": "set", "operator": "sums", "state": "total", "key": "north", "value": 5}]',
    )
    .action((path: string, target: string, options: EditCommandOptions) => {
      setRun(async (context) => {
        const { editSnapshot } = await import('./snapshot/edit.ts');
        return editSnapshot(path, target, options, context);
      });
    });
  withExamples(withSnapshotOptions(command), [
    {
      command: 'millrace snapshot edit savepoint-1 savepoint-2 --set totals total north 250',
      does: 'another value for a key',
    },
    {
      command: 'millrace snapshot edit savepoint-1 savepoint-2 --rename-uid totals sums',
      does: 'after an operator got another uid',
    },
    {
      command: 'millrace snapshot edit savepoint-1 savepoint-2 --delete-state totals seen',
      does: 'so that a new version may declare it anew, with another type',
    },
  ]);
}
