/** What the commands share that ask a REST server about a job. */
import {
  type Clock,
  ConfigError,
  Configuration,
  errorMessage,
  RestOptions,
  SystemClock,
} from '@millrace/core';
import type { MillraceClient, OperationOptions } from '@millrace/rest-client';
import type { CommandContext } from '../command-context.ts';
import { findJob } from '../rest/find-job.ts';
import { isTerminal, type JobOverview } from '../rest/job-state.ts';
import { clientOf } from '../rest/open-client.ts';
import { configuredServerAddress, parseServerAddress } from '../rest/server-address.ts';
import { humanBytes, humanSeconds } from '../terminal/sizes.ts';
import { StatusLine } from '../terminal/status-line.ts';
import { printable } from '../terminal/terminal.ts';

/** Options of all commands that ask a server. */
export interface ServerOptions {
  readonly jobmanager?: string;
  readonly token?: string;
  readonly json?: boolean;
}

/** Between two questions how far a savepoint is. */
const PROGRESS_INTERVAL_MS = 500;

export async function openClient(
  { jobmanager, token }: ServerOptions,
  { signal }: CommandContext,
): Promise<MillraceClient> {
  const { MILLRACE_CONF_DIR, FLINK_CONF_DIR, MILLRACE_TOKEN } = process.env;
  const confDir = MILLRACE_CONF_DIR ?? FLINK_CONF_DIR;
  const configuration = await configurationOf(confDir);
  return clientOf({
    address:
      jobmanager === undefined
        ? configuredServerAddress(configuration)
        : parseServerAddress(jobmanager),
    token: token ?? MILLRACE_TOKEN ?? configuration.get(RestOptions.AUTH_TOKEN),
    signal,
  });
}

async function configurationOf(confDir: string | undefined): Promise<Configuration> {
  if (confDir === undefined) {
    return new Configuration();
  }
  const { loadGlobalConfiguration } = await import('@millrace/runtime/configuration');
  return loadGlobalConfiguration({ confDir });
}

export interface RemoteJob {
  readonly client: MillraceClient;
  readonly job: JobOverview;
  readonly clock: Clock;
}

/** A job in any state. @throws ConfigError `JOB_UNKNOWN` */
export async function openJob(
  wanted: string,
  options: ServerOptions,
  context: CommandContext,
): Promise<RemoteJob> {
  const client = await openClient(options, context);
  return { client, job: await findJob(client, wanted), clock: new SystemClock() };
}

/** @throws ConfigError `JOB_UNKNOWN`; `JOB_NOT_RUNNING` for one that has ended */
export async function openRunningJob(
  wanted: string,
  options: ServerOptions,
  context: CommandContext,
): Promise<RemoteJob> {
  const remote = await openJob(wanted, options, context);
  if (isTerminal(remote.job.state)) {
    throw jobHasEnded(remote.job, 'millrace list shows the jobs that run');
  }
  return remote;
}

/** @param remedy - what can be asked instead */
export function jobHasEnded(job: JobOverview, remedy: string): ConfigError {
  return new ConfigError(
    'JOB_NOT_RUNNING',
    `${labelOf(job)} has ended already: it is ${job.state}; ${remedy}`,
  );
}

/** How a person knows the job: `sums (30ef3b76…)`. */
export function labelOf({ name, jid }: JobOverview): string {
  return `${printable(name)} (${jid})`;
}

export interface TriggeredOperation<T> {
  readonly client: MillraceClient;
  readonly clock: Clock;
  /** Whose acknowledgements are shown meanwhile. */
  readonly job?: JobOverview;
  /** `savepoint of sums` */
  readonly what: string;
  /** How a folder is given to a savepoint: `-p FOLDER`. */
  readonly folderOption?: string;
  /** Triggers it, and waits for its end. */
  start(progress: OperationOptions): Promise<T>;
}

/** Triggers an operation, shows how far it is, and waits for its end. */
export async function operate<T>(
  operation: TriggeredOperation<T>,
  { terminal, signal }: CommandContext,
): Promise<{ readonly outcome: T; readonly durationMs: number }> {
  const { client, clock, job, what, folderOption } = operation;
  const line = new StatusLine(terminal, clock);
  let isTriggered = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  const onWait = async (): Promise<void> => {
    isTriggered = true;
    if (line.isDue && clock.now() - askedAt >= PROGRESS_INTERVAL_MS) {
      askedAt = clock.now();
      line.show(`${what}: ${await progressOf(client, job)}${humanSeconds(line.elapsedMs / 1_000)}`);
    }
  };
  try {
    const outcome = await operation.start({ what, onWait });
    return { outcome, durationMs: line.elapsedMs };
  } catch (error) {
    if (signal.aborted && isTriggered) {
      terminal.note(`${what} goes on; nobody waits for it any more`);
    }
    throw withFolderOption(error, folderOption);
  } finally {
    line.end();
  }
}

/** Flink's server names the field of its API that is missing. */
export function withFolderOption(error: unknown, folderOption: string | undefined): unknown {
  return folderOption !== undefined &&
    /Property \[target-?directory\] must be provided/i.test(errorMessage(error))
    ? new ConfigError(
        'REST_FAILED',
        'the job knows no folder for savepoints, as its execution.checkpointing.savepoint-dir is not set; ' +
          `name one: ${folderOption}`,
        { cause: error },
      )
    : error;
}

/** `4 of 6 subtasks, 1.2 MiB, ` of the checkpoint or savepoint that is under way. */
async function progressOf(client: MillraceClient, job: JobOverview | undefined): Promise<string> {
  if (job === undefined) {
    return '';
  }
  try {
    const path = { jobid: job.jid };
    const { history } = await client.call('get', '/jobs/{jobid}/checkpoints', { path });
    const running = history.find(({ status }) => status === 'IN_PROGRESS');
    return running === undefined
      ? ''
      : `${running.num_acknowledged_subtasks} of ${running.num_subtasks} subtasks, ${humanBytes(running.checkpointed_size)}, `;
  } catch {
    return ''; // It is shown by the way; the operation itself tells what is wrong.
  }
}

/** `in 1.2 s` */
export function tookText(durationMs: number): string {
  return durationMs < 10_000
    ? `in ${(durationMs / 1_000).toFixed(1)} s`
    : `in ${humanSeconds(durationMs / 1_000)}`;
}
