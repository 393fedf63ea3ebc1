/** `millrace savepoint`: takes one of a job that goes on, or deletes one. Flink: CliFrontend.savepoint. */

import { SystemClock } from '@millrace/core';
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { UsageError } from '../usage-error.ts';
import {
  labelOf,
  openClient,
  openJob,
  operate,
  type ServerOptions,
  tookText,
} from './remote-job.ts';
import { directoryUri, type SavepointFormat, tellSavepoint } from './stop.ts';

export interface SavepointOptions extends ServerOptions {
  readonly dispose?: string;
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
  const { client, job, clock } = await openJob(wanted, options, context);
  const { outcome, durationMs } = await operate(
    {
      client,
      clock,
      job,
      trigger: {
        path: `/jobs/${job.jid}/savepoints`,
        body: {
          ...(directory === undefined ? {} : { 'target-directory': directoryUri(directory) }),
          'cancel-job': false,
          formatType: options.type.toUpperCase(),
        },
      },
      what: `savepoint of ${labelOf(job)}`,
    },
    context,
  );
  const { location = '' } = outcome;
  await tellSavepoint({ location, durationMs, jobId: job.jid }, options, context);
  if (options.json !== true) {
    context.terminal.note(`savepoint of ${labelOf(job)} ${tookText(durationMs)}; the job goes on`);
  }
  return EXIT_CODES.OK;
}

async function dispose(
  path: string,
  options: SavepointOptions,
  context: CommandContext,
): Promise<number> {
  const client = await openClient(options, context);
  const { durationMs } = await operate(
    {
      client,
      clock: new SystemClock(),
      trigger: { path: '/savepoint-disposal', body: { 'savepoint-path': directoryUri(path) } },
      what: `deletion of ${path}`,
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
