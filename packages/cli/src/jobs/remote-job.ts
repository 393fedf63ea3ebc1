/** What the commands share that ask a REST server about a job. */
import {
  type Clock,
  ConfigError,
  Configuration,
  errorMessage,
  RestOptions,
  SystemClock,
} from '@millrace/core';
import type { CommandContext } from '../command-context.ts';
import { awaitOperation } from '../rest/await-operation.ts';
import { findJob } from '../rest/find-job.ts';
import { RestClient } from '../rest/rest-client.ts';
import {
  type CheckpointingStatistics,
  isTerminal,
  type JobOverview,
  type OperationOutcome,
  type TriggerResponse,
} from '../rest/rest-messages.ts';
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

/** Flink: ClientOptions.CLIENT_TIMEOUT. */
const CLIENT_TIMEOUT_MS = 60_000;
/** Between two questions how far a savepoint is. */
const PROGRESS_INTERVAL_MS = 500;

export async function openClient(
  { jobmanager, token }: ServerOptions,
  { signal }: CommandContext,
): Promise<RestClient> {
  const { MILLRACE_CONF_DIR, FLINK_CONF_DIR, MILLRACE_TOKEN } = process.env;
  const confDir = MILLRACE_CONF_DIR ?? FLINK_CONF_DIR;
  const configuration = await configurationOf(confDir);
  return new RestClient({
    address:
      jobmanager === undefined
        ? configuredServerAddress(configuration)
        : parseServerAddress(jobmanager),
    token: token ?? MILLRACE_TOKEN ?? configuration.get(RestOptions.AUTH_TOKEN),
    signal,
    timeoutMs: CLIENT_TIMEOUT_MS,
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
  readonly client: RestClient;
  readonly job: JobOverview;
  readonly clock: Clock;
}

/**
 * @throws ConfigError `JOB_UNKNOWN`; `JOB_NOT_RUNNING` for one that has ended, of which nothing can be
 * asked any more
 */
export async function openJob(
  wanted: string,
  options: ServerOptions,
  context: CommandContext,
): Promise<RemoteJob> {
  const client = await openClient(options, context);
  const job = await findJob(client, wanted);
  if (isTerminal(job.state)) {
    throw new ConfigError(
      'JOB_NOT_RUNNING',
      `${labelOf(job)} has ended already: it is ${job.state}; millrace list shows the jobs that run`,
    );
  }
  return { client, job, clock: new SystemClock() };
}

/** How a person knows the job: `sums (30ef3b76…)`. */
export function labelOf({ name, jid }: JobOverview): string {
  return `${printable(name)} (${jid})`;
}

export interface TriggeredOperation {
  readonly client: RestClient;
  readonly clock: Clock;
  /** Whose acknowledgements are shown meanwhile. */
  readonly job?: JobOverview;
  readonly trigger: { readonly path: string; readonly body: unknown };
  /** Where the result is asked for, without the id of the trigger; that of the trigger itself unless given. */
  readonly resultPath?: string;
  /** `savepoint of sums` */
  readonly what: string;
  /** How a folder is given to a savepoint: `-p FOLDER`. */
  readonly folderOption?: string;
}

/** @returns the id by which the operation is asked for */
export async function trigger({
  client,
  trigger: { path, body },
  folderOption,
}: TriggeredOperation): Promise<string> {
  try {
    return (await client.post<TriggerResponse>(path, body))['request-id'];
  } catch (error) {
    throw withFolderOption(error, folderOption);
  }
}

/** Triggers an operation, shows how far it is, and waits for its end. */
export async function operate(
  operation: TriggeredOperation,
  { terminal, signal }: CommandContext,
): Promise<{ readonly outcome: OperationOutcome; readonly durationMs: number }> {
  const { client, clock, job, what, resultPath = operation.trigger.path } = operation;
  const line = new StatusLine(terminal, clock);
  const triggerId = await trigger(operation);
  let askedAt = Number.NEGATIVE_INFINITY;
  try {
    const outcome = await awaitOperation({
      client,
      path: `${resultPath}/${triggerId}`,
      what,
      clock,
      signal,
      onWait: async () => {
        if (line.isDue && clock.now() - askedAt >= PROGRESS_INTERVAL_MS) {
          askedAt = clock.now();
          line.show(
            `${what}: ${await progressOf(client, job)}${humanSeconds(line.elapsedMs / 1_000)}`,
          );
        }
      },
    });
    return { outcome, durationMs: line.elapsedMs };
  } catch (error) {
    if (signal.aborted) {
      terminal.note(`${what} goes on; nobody waits for it any more`);
    }
    throw error;
  } finally {
    line.end();
  }
}

/** Flink's server names the field of its API that is missing. */
function withFolderOption(error: unknown, folderOption: string | undefined): unknown {
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
async function progressOf(client: RestClient, job: JobOverview | undefined): Promise<string> {
  if (job === undefined) {
    return '';
  }
  try {
    const { history } = await client.get<CheckpointingStatistics>(`/jobs/${job.jid}/checkpoints`);
    const running = history?.find(({ status }) => status === 'IN_PROGRESS');
    return running?.num_subtasks === undefined
      ? ''
      : `${running.num_acknowledged_subtasks ?? 0} of ${running.num_subtasks} subtasks, ${humanBytes(running.checkpointed_size ?? 0)}, `;
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
