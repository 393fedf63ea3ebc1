/**
 * `millrace cancel`: ends a job now; with a savepoint of it where asked to. Flink: CliFrontend.cancel.
 *
 * Waits until the job has ended. Flink's command does not: there a job that was cancelled may still run.
 */
import { RestError, sleep } from '@millrace/rest-client';
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { isTerminal, type JobState } from '../rest/job-state.ts';
import { humanSeconds } from '../terminal/sizes.ts';
import { StatusLine } from '../terminal/status-line.ts';
import { UsageError } from '../usage-error.ts';
import {
  labelOf,
  openRunningJob,
  type RemoteJob,
  type ServerOptions,
  tookText,
} from './remote-job.ts';
import { takeSavepoint } from './savepoint.ts';
import type { SavepointFormat } from './stop.ts';

const POLL_MS = 100;

export interface CancelOptions extends ServerOptions {
  /** `-s`, with its folder if one is given. */
  readonly withSavepoint?: string | true;
  readonly type: SavepointFormat;
}

/** @throws UsageError without a job */
export async function cancel(
  given: string | undefined,
  options: CancelOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const { wanted, folder } = jobAndFolder(given, options.withSavepoint);
  const remote = await openRunningJob(wanted, options, context);
  const { client, job, clock } = remote;
  const startedAt = clock.now();
  let location: string | undefined;
  if (options.withSavepoint === undefined) {
    await client.cancelJob(job.jid);
  } else {
    const request = {
      ...(folder === undefined ? {} : { directory: folder }),
      type: options.type,
      cancelJob: true,
      folderOption: `millrace cancel ${wanted} -s FOLDER`,
    };
    ({ location } = await takeSavepoint(remote, request, context));
  }
  const state = await ended(remote, context);
  const durationMs = clock.now() - startedAt;
  if (options.json === true) {
    const savepoint = location === undefined ? {} : { location };
    const result = { jobId: job.jid, name: job.name, state, ...savepoint, durationMs };
    await terminal.write(`${JSON.stringify(result, undefined, 2)}\n`);
  } else {
    await terminal.write(`${location ?? job.jid}\n`);
    const what = state === 'CANCELED' ? 'was cancelled' : `was not cancelled: it is ${state}`;
    const after = location === undefined ? '' : ' after its savepoint';
    terminal.note(`${labelOf(job)} ${what}${after} ${tookText(durationMs)}`);
  }
  return state === 'CANCELED' ? EXIT_CODES.OK : EXIT_CODES.ERROR;
}

/** `cancel -s JOB` names a job, as in Flink, though the option may have a folder. */
function jobAndFolder(
  given: string | undefined,
  withSavepoint: string | true | undefined,
): { readonly wanted: string; readonly folder?: string } {
  if (given !== undefined) {
    return {
      wanted: given,
      ...(typeof withSavepoint === 'string' ? { folder: withSavepoint } : {}),
    };
  }
  if (typeof withSavepoint !== 'string') {
    throw new UsageError('cancel: give a job, by its id, the beginning of its id, or its name');
  }
  return { wanted: withSavepoint };
}

/** The state that the job ended in. A server that is gone has gone with its job. */
async function ended(
  { client, job, clock }: RemoteJob,
  context: CommandContext,
): Promise<JobState> {
  const { terminal, signal } = context;
  const line = new StatusLine(terminal, clock);
  const { jid: jobid } = job;
  try {
    for (;;) {
      const { status } = await client.call('get', '/jobs/{jobid}/status', { path: { jobid } });
      if (isTerminal(status)) {
        return status;
      }
      line.show(`${labelOf(job)} is ${status}, ${humanSeconds(line.elapsedMs / 1_000)}`);
      await sleep(POLL_MS, signal);
    }
  } catch (error) {
    if (error instanceof RestError && error.code === 'REST_UNREACHABLE') {
      return 'CANCELED';
    }
    if (signal.aborted) {
      terminal.note(`${labelOf(job)} is being cancelled; nobody waits for it any more`);
    }
    throw error;
  } finally {
    line.end();
  }
}
