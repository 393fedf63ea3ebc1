/** The definitions of the commands that ask a server about the state of a job. */
import type { Command } from 'commander';
import { wholeNumber, withExamples } from './command-options.ts';
import { JOB_ARGUMENT, withServerOptions } from './job-commands.ts';
import type { QueryOptions } from './jobs/query.ts';
import type { SqlOptions } from './jobs/sql.ts';
import type { SetRun } from './program.ts';

export function addStateCommands(program: Command, setRun: SetRun): void {
  addQuery(program, setRun);
  addSql(program, setRun);
}

function addQuery(program: Command, setRun: SetRun): void {
  const command = program
    .command('query')
    .summary('what a key has in a queryable state')
    .description(
      'Show what a key has in a queryable state of a job that runs, as JSON, read between two ' +
        'records. Without a name, list the queryable states. Servers of Millrace alone answer.',
    )
    .argument('<job>', JOB_ARGUMENT)
    .argument('[name]', 'the name that setQueryable or asQueryableState gave the state')
    .argument('[key]', 'the key, as JSON; text needs no quotes')
    .option('--namespace <json>', 'of the state in a window: its namespace')
    .action(
      (job: string, name: string | undefined, key: string | undefined, options: QueryOptions) =>
        setRun(async (context) =>
          (await import('./jobs/query.ts')).query(job, name, key, options, context),
        ),
    );
  withExamples(withServerOptions(command), [
    { command: 'millrace query sums', does: 'its queryable states' },
    { command: 'millrace query sums totals alice', does: 'what alice has' },
    {
      command: 'millrace query sums totals \'{"user": "alice", "day": 3}\'',
      does: 'of a key with fields',
    },
  ]);
}

function addSql(program: Command, setRun: SetRun): void {
  const command = program
    .command('sql')
    .summary('SELECT over the states of a job')
    .description(
      'Run a SELECT over the states of a job, each of them a table operator.state, by DuckDB: the process ' +
        'of the job needs @duckdb/node-api. Of a job that has ended, its snapshots can be asked. Servers ' +
        'of Millrace alone answer.',
    )
    .argument('<job>', JOB_ARGUMENT)
    .argument('<select>', 'the query')
    .option('--source <id>', 'live, or the number of a checkpoint or savepoint of the job', 'live')
    .option('--limit <n>', 'rows at most', wholeNumber)
    .action((job: string, text: string, options: SqlOptions) =>
      setRun(async (context) => (await import('./jobs/sql.ts')).sql(job, text, options, context)),
    );
  withExamples(withServerOptions(command), [
    {
      command: "millrace sql sums 'SELECT key, value FROM totals.sum ORDER BY value DESC LIMIT 5'",
      does: 'the state sum of the operator with the uid totals',
    },
    {
      command: "millrace sql sums --source 7 'SELECT count(*) FROM totals.sum'",
      does: 'as it was in checkpoint 7',
    },
  ]);
}
