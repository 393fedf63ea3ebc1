/** `millrace list`: the jobs of a server. */
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { isTerminal, type JobOverview, type JobState } from '../rest/job-state.ts';
import { humanSeconds } from '../terminal/sizes.ts';
import { type Column, printTable } from '../terminal/table.ts';
import type { Style, Terminal } from '../terminal/terminal.ts';
import { openClient, type ServerOptions } from './remote-job.ts';

export interface ListOptions extends ServerOptions {
  readonly running?: boolean;
  readonly scheduled?: boolean;
  readonly all?: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: 'JOB ID' },
  { title: 'NAME' },
  { title: 'STATE' },
  { title: 'TASKS', align: 'right' },
  { title: 'STARTED' },
  { title: 'DURATION', align: 'right' },
];

export async function list(options: ListOptions, context: CommandContext): Promise<number> {
  const { terminal } = context;
  const client = await openClient(options, context);
  const jobs = await client.jobs();
  const shown = jobs
    .filter(({ state }) => isAskedFor(state, options))
    .sort((a, b) => a['start-time'] - b['start-time']);
  if (options.json === true) {
    await terminal.write(`${JSON.stringify(shown, undefined, 2)}\n`);
    return EXIT_CODES.OK;
  }
  if (shown.length > 0 || !terminal.isTerminal) {
    await printTable(
      terminal,
      COLUMNS,
      shown.map((job) => rowOf(job)),
    );
  }
  sayWhatIsNotShown(jobs.length, shown.length, terminal);
  return EXIT_CODES.OK;
}

/** Flink: CliFrontend.list. Without an option those that run and those that are to run. */
function isAskedFor(state: JobState, { running, scheduled, all }: ListOptions): boolean {
  if (all === true) {
    return true;
  }
  const isScheduled = state === 'CREATED' || state === 'INITIALIZING';
  const neither = running !== true && scheduled !== true;
  return isScheduled
    ? scheduled === true || neither
    : !isTerminal(state) && (running === true || neither);
}

function rowOf(job: JobOverview): string[] {
  const { running = 0, total = 0, finished = 0 } = job.tasks;
  return [
    job.jid,
    job.name,
    job.state,
    `${isTerminal(job.state) ? finished : running}/${total}`,
    new Date(job['start-time']).toISOString(),
    humanSeconds(job.duration / 1_000),
  ];
}

function sayWhatIsNotShown(total: number, shown: number, terminal: Terminal): void {
  if (total === 0) {
    terminal.note('There is no job.');
  } else if (shown === 0) {
    terminal.note('No job is in such a state.');
  }
  if (shown < total) {
    const style: Style = 'dim';
    terminal.note(terminal.style(style, `${total - shown} more; millrace list -a shows all.`));
  }
}
