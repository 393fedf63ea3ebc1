/** The definitions of the commands that show what is in a snapshot. */
import { type Command, Option } from 'commander';
import type { SnapshotOptions } from './command-context.ts';
import {
  OPERATOR_ARGUMENT,
  SNAPSHOT_ARGUMENT,
  wholeNumber,
  wholeNumberOrAll,
  withExamples,
  withSnapshotOptions,
} from './command-options.ts';
import type { SetRun } from './program.ts';
import type { CatOptions } from './snapshot/cat.ts';
import type { DiffCommandOptions } from './snapshot/diff.ts';
import { ENTRY_FORMATS } from './snapshot/entry-formats.ts';
import type { LsOptions } from './snapshot/ls.ts';
import type { SizeOptions } from './snapshot/size.ts';
import { SIZE_PARTS } from './snapshot/size-parts.ts';
import type { SqlCommandOptions } from './snapshot/sql.ts';

export function addReadingCommands(snapshot: Command, setRun: SetRun): void {
  addLs(snapshot, setRun);
  addCat(snapshot, setRun);
  addSql(snapshot, setRun);
  addSize(snapshot, setRun);
  addDiff(snapshot, setRun);
  addVerify(snapshot, setRun);
}

function addVerify(snapshot: Command, setRun: SetRun): void {
  const command = snapshot
    .command('verify')
    .summary('whether a snapshot is whole')
    .description(
      'Read all state of a snapshot: files are there and as long as they should be, all of it is ' +
        'understood, every key is in its key group. All problems are told, each with its file and byte. ' +
        'Ends with 3 when there is any, and when a part could not be read: one of a type that is not ' +
        'known here, say, as a damaged name of a type looks. Of the OPTIONS files of RocksDB, which ' +
        'hold no state, and of records in flight only the length is checked.',
    )
    .argument('<snapshot>', SNAPSHOT_ARGUMENT)
    .action((path: string, options: SnapshotOptions) => {
      setRun(async (context) => {
        const { verify } = await import('./snapshot/verify.ts');
        return verify(path, options, context);
      });
    });
  withExamples(withSnapshotOptions(command), [
    { command: 'millrace snapshot verify savepoint-1', does: 'before it is relied on' },
    {
      command: 'millrace snapshot verify chk-42 --rebase hdfs://old/checkpoints=/mnt/checkpoints',
      does: 'a checkpoint that was moved: it names files by absolute path',
    },
    {
      command: "millrace snapshot verify savepoint-1 --json | jq '.problems[].file'",
      does: 'for programs',
    },
  ]);
}

function addDiff(snapshot: Command, setRun: SetRun): void {
  const command = snapshot
    .command('diff')
    .summary('what differs between two snapshots')
    .description(
      'Compare two snapshots, whichever backends wrote them, at whatever parallelism: operators, ' +
        'types, and entries by key. Ends with 3 when anything differs.',
    )
    .argument('<before>', SNAPSHOT_ARGUMENT)
    .argument('<after>', 'likewise; what is only here was added')
    .option('--operator <operator>', `this one alone: ${OPERATOR_ARGUMENT}`)
    .option('--summary', 'count by state, without the differences themselves: faster')
    .option(
      '--limit <n>',
      'list n differences, or all, and count the rest; a terminal lists 100',
      wholeNumberOrAll,
    )
    .option('--ignore-parallelism', 'operators may have another parallelism or max parallelism')
    .option('--ignore-ttl-timestamps', 'values with time to live may have been used at other times')
    .action((before: string, after: string, options: DiffCommandOptions) => {
      setRun(async (context) => {
        const { printDifferences } = await import('./snapshot/diff.ts');
        return printDifferences({ before, after }, options, context);
      });
    });
  withExamples(withSnapshotOptions(command), [
    { command: 'millrace snapshot diff savepoint-1 savepoint-2', does: 'all that differs' },
    {
      command: 'millrace snapshot diff savepoint-1 savepoint-2 --summary',
      does: 'how much differs',
    },
    {
      command: 'millrace snapshot diff chk-42 savepoint-2 --ignore-parallelism --summary',
      does: 'did a conversion to another parallelism keep all entries?',
    },
    {
      command: 'millrace snapshot diff checkpoints/chk-7 savepoint-2 --json | jq .summary',
      does: 'for programs',
    },
  ]);
}

function addLs(snapshot: Command, setRun: SetRun): void {
  const command = snapshot
    .command('ls')
    .summary('operators and states')
    .description(
      'List operators and their states: kinds, types, parallelism, bytes. Only metadata and the ' +
        'heads of files are read, so it is quick however large the snapshot is.',
    )
    .argument('<snapshot>', SNAPSHOT_ARGUMENT)
    .option('--operator <operator>', `this one alone: ${OPERATOR_ARGUMENT}`)
    .option('--entries', 'count entries and bytes of each state, for which all of it is read')
    .action((path: string, options: LsOptions) => {
      setRun(async (context) => {
        const { listStates } = await import('./snapshot/ls.ts');
        return listStates(path, options, context);
      });
    });
  withExamples(withSnapshotOptions(command), [
    { command: 'millrace snapshot ls savepoint-1a2b3c-0123456789ab', does: 'a savepoint' },
    { command: 'millrace snapshot ls /data/checkpoints', does: 'the newest checkpoint of a job' },
    {
      command: 'millrace snapshot ls savepoint-1 --uid orders --uid totals',
      does: 'with names: snapshots of Flink hold only hashes of uids',
    },
    {
      command: "millrace snapshot ls savepoint-1 --json | jq '.operators[].states[].name'",
      does: 'for programs',
    },
  ]);
}

function addCat(snapshot: Command, setRun: SetRun): void {
  const command = snapshot
    .command('cat')
    .summary('entries of a state')
    .description(
      "Print the entries of one state, of timers or of operator state. Types come from the snapshot's " +
        'own serializers, so no class of the program is needed; what cannot be decoded is shown as bytes.',
    )
    .argument('<snapshot>', SNAPSHOT_ARGUMENT)
    .argument('[operator]', OPERATOR_ARGUMENT)
    .argument('[state]', 'as ls shows it')
    .option('--key <key>', 'entries of this key alone, text or JSON; only its key group is read')
    .option('--namespace <namespace>', 'entries of this namespace alone, as cat shows it')
    .option(
      '--limit <n>',
      'end after n entries, or all; a table on a terminal ends after 100',
      wholeNumberOrAll,
    )
    .addOption(
      new Option('--format <format>', 'how to write; --json is --format json').choices(
        ENTRY_FORMATS,
      ),
    )
    .action((path: string, operator: string, state: string, options: CatOptions) => {
      setRun(async (context) => {
        const { printEntries } = await import('./snapshot/cat.ts');
        return printEntries({ path, operator, state }, options, context);
      });
    });
  withExamples(withSnapshotOptions(command), [
    { command: 'millrace snapshot cat savepoint-1 totals total', does: 'the first entries' },
    {
      command: 'millrace snapshot cat savepoint-1 totals total --key north',
      does: 'one key: quick in a snapshot of any size',
    },
    {
      command: 'millrace snapshot cat savepoint-1 totals total --format ndjson > total.ndjson',
      does: 'all of it, as a stream',
    },
  ]);
}

function addSql(snapshot: Command, setRun: SetRun): void {
  const command = snapshot
    .command('sql')
    .summary('a SELECT over states')
    .description(
      'Run one SELECT over the states of a snapshot, by DuckDB. Each state is a table named ' +
        'operator.state, or by its name alone where one operator has it; columns are key_group, subtask, ' +
        'key, window_start, window_end, map_key, element and value, and the fields of POJOs and tuples by ' +
        'name. Only states that the query names are read. Needs the package @duckdb/node-api.',
    )
    .argument('<snapshot>', SNAPSHOT_ARGUMENT)
    .argument('<query>', 'in quotes; names with other than letters in double quotes within')
    .option('--limit <n>', 'rows of the result; 1000 unless given', wholeNumber)
    .option('--memory <mb>', 'of the query, in MB; 512 unless given', wholeNumber)
    .option('--timeout <seconds>', 'of the query; 60 unless given', wholeNumber)
    .action((path: string, query: string, options: SqlCommandOptions) => {
      setRun(async (context) => {
        const { printSql } = await import('./snapshot/sql.ts');
        return printSql(path, query, options, context);
      });
    });
  withExamples(withSnapshotOptions(command), [
    {
      command: "millrace snapshot sql savepoint-1 'SELECT * FROM totals.total LIMIT 5'",
      does: 'what a state is made of',
    },
    {
      command:
        "millrace snapshot sql chk-42 'SELECT subtask, count(*) FROM totals.total GROUP BY ALL'",
      does: 'how keys are spread',
    },
  ]);
}

function addSize(snapshot: Command, setRun: SetRun): void {
  const command = snapshot
    .command('size')
    .summary('what takes the room')
    .description(
      'Count bytes and entries by operator, state and key group, and name the largest keys. Bytes are ' +
        'those of keys and values in the canonical layout, so that snapshots of all backends compare.',
    )
    .argument('<snapshot>', SNAPSHOT_ARGUMENT)
    .option('--operator <operator>', `this one alone: ${OPERATOR_ARGUMENT}`)
    .addOption(new Option('--by <part>', 'one table, of these parts').choices(SIZE_PARTS))
    .addOption(
      new Option('--top <n>', 'how many of the largest keys of each operator')
        .argParser(wholeNumber)
        .default(10),
    )
    .action((path: string, options: SizeOptions) => {
      setRun(async (context) => {
        const { printSizes } = await import('./snapshot/size.ts');
        return printSizes(path, options, context);
      });
    });
  withExamples(withSnapshotOptions(command), [
    { command: 'millrace snapshot size savepoint-1', does: 'an overview' },
    {
      command: 'millrace snapshot size savepoint-1 --operator totals --by key --top 3',
      does: 'the three largest keys',
    },
    {
      command: "millrace snapshot size savepoint-1 --by key-group | awk -F'\\t' '$4 > 1e6'",
      does: 'key groups beyond a megabyte',
    },
  ]);
}
