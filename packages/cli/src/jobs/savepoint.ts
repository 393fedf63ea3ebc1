/** `millrace savepoint`: takes one of a job that goes on, or deletes one. Flink: CliFrontend.savepoint. */

import { SystemClock } from '@millrace/core';
import type { SavepointOptions as SavepointFields } from '@millrace/rest-client';
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { JobOverview } from '../rest/job-state.ts';
import { UsageError } from '../usage-error.ts';
import {
  labelOf,
  openClient,
  openRunningJob,
  operate,
  type RemoteJob,
  type ServerOptions,
  tookText,
  withFolderOption,
} from './remote-job.ts';
import { directoryUri, FORMAT_TYPES, type SavepointFormat, tellSavepoint } from './stop.ts';

export interface SavepointOptions extends ServerOptions {
  readonly dispose?: string;
  readonly detached?: boolean;
  readonly type: SavepointFormat;
}

export async function savepoint(
  wanted: string | undefined,
  directory: string | undefined,
  options: SavepointOptions,
  context: CommandContext,
): Promise<number> {
  if (options.dispose !== undefined) {
    if (wanted !== undefined) {
      throw new UsageError('savepoint --dispose PATH deletes a savepoint, and takes no job');
    }
    return dispose(options.dispose, options, context);
  }
  if (wanted === undefined) {
    throw new UsageError('savepoint: give a job, by its id, the beginning of its id, or its name');
  }
  const remote = await openRunningJob(wanted, options, context);
  const { job } = remote;
  const request: SavepointRequest = {
    ...(directory === undefined ? {} : { directory }),
    type: options.type,
    cancelJob: false,
    folderOption: `millrace savepoint ${wanted} FOLDER`,
  };
  if (options.detached === true) {
    return triggerOnly(remote, request, options, context);
  }
  const { location, durationMs } = await takeSavepoint(remote, request, context);
  await tellSavepoint({ location, durationMs, jobId: job.jid }, options, context);
  if (options.json !== true) {
    context.terminal.note(`savepoint of ${labelOf(job)} ${tookText(durationMs)}; the job goes on`);
  }
  return EXIT_CODES.OK;
}

export interface SavepointRequest {
  readonly directory?: string;
  readonly type: SavepointFormat;
  /** The job is cancelled once its savepoint is there. */
  readonly cancelJob: boolean;
  readonly folderOption: string;
}

export async function takeSavepoint(
  remote: RemoteJob,
  request: SavepointRequest,
  context: CommandContext,
): Promise<{ readonly location: string; readonly durationMs: number }> {
  const { client, job, clock } = remote;
  const { folderOption } = request;
  const { outcome: location, durationMs } = await operate(
    {
      ...{ client, clock, job, what: whatOf(job), folderOption },
      start: (progress) => client.triggerSavepoint(job.jid, { ...fieldsOf(request), ...progress }),
    },
    context,
  );
  return { location, durationMs };
}

/** The id of the trigger goes to the standard output; nobody waits for the savepoint. */
async function triggerOnly(
  remote: RemoteJob,
  request: SavepointRequest,
  { json }: ServerOptions,
  { terminal }: CommandContext,
): Promise<number> {
  const { client, job } = remote;
  const { cancelJob, targetDirectory, formatType } = fieldsOf(request);
  const { 'request-id': triggerId } = await client
    .call('post', '/jobs/{jobid}/savepoints', {
      path: { jobid: job.jid },
      body: {
        ...(targetDirectory === undefined ? {} : { 'target-directory': targetDirectory }),
        ...{ 'cancel-job': cancelJob, formatType },
      },
    })
    .catch((error: unknown) => {
      throw withFolderOption(error, request.folderOption);
    });
  const url = `${client.address}/v1/jobs/${job.jid}/savepoints/${triggerId}`;
  if (json === true) {
    const result = { jobId: job.jid, triggerId, url };
    await terminal.write(`${JSON.stringify(result, undefined, 2)}\n`);
  } else {
    await terminal.write(`${triggerId}\n`);
    terminal.note(`${whatOf(job)} is being taken; how it ends: ${url}`);
  }
  return EXIT_CODES.OK;
}

function fieldsOf({ directory, type, cancelJob }: SavepointRequest) {
  return {
    ...(directory === undefined ? {} : { targetDirectory: directoryUri(directory) }),
    ...{ cancelJob, formatType: FORMAT_TYPES[type] },
  } satisfies SavepointFields & { readonly cancelJob: boolean };
}

function whatOf(job: JobOverview): string {
  return `savepoint of ${labelOf(job)}`;
}

async function dispose(
  path: string,
  options: SavepointOptions,
  context: CommandContext,
): Promise<number> {
  const client = await openClient(options, context);
  const { durationMs } = await operate(
    {
      ...{ client, clock: new SystemClock(), what: `deletion of ${path}` },
      start: (progress) => client.disposeSavepoint(directoryUri(path), progress),
    },
    context,
  );
  if (options.json === true) {
    const result = { disposed: path, durationMs };
    await context.terminal.write(`${JSON.stringify(result, undefined, 2)}\n`);
  } else {
    context.terminal.note(`${path} was deleted ${tookText(durationMs)}`);
  }
  return EXIT_CODES.OK;
}
