/** `millrace checkpoint`: takes one now. Flink: CliFrontend.checkpoint. */
import { type CheckpointStatistics, RestError, sleep } from '@millrace/rest-client';
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { humanBytes } from '../terminal/sizes.ts';
import {
  labelOf,
  openRunningJob,
  operate,
  type RemoteJob,
  type ServerOptions,
  tookText,
} from './remote-job.ts';

/** `web.refresh-interval` is 3 s. */
const DETAILS_WAIT_MS = 4_000;
const POLL_MS = 200;
const DETAILS = '/jobs/{jobid}/checkpoints/details/{checkpointid}';

export interface CheckpointOptions extends ServerOptions {
  readonly full?: boolean;
}

export async function checkpoint(
  wanted: string,
  options: CheckpointOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const remote = await openRunningJob(wanted, options, context);
  const { client, job, clock } = remote;
  const checkpointType = options.full === true ? 'FULL' : 'CONFIGURED';
  const { outcome: checkpointId, durationMs } = await operate(
    {
      ...{ client, clock, job, what: `checkpoint of ${labelOf(job)}` },
      start: (progress) => client.triggerCheckpoint(job.jid, { checkpointType, ...progress }),
    },
    context,
  );
  const details = await detailsOf(remote, checkpointId, context.signal);
  const path = details?.external_path ?? undefined;
  if (options.json === true) {
    const result = {
      jobId: job.jid,
      checkpointId,
      ...(path === undefined ? {} : { path }),
      ...(details?.state_size === undefined ? {} : { stateSize: details.state_size }),
      durationMs,
    };
    await terminal.write(`${JSON.stringify(result, undefined, 2)}\n`);
  } else {
    await terminal.write(`${checkpointId}\n`);
    const size = details?.state_size === undefined ? '' : `, ${humanBytes(details.state_size)}`;
    const where = path === undefined || path.startsWith('<') ? '' : ` in ${path}`;
    terminal.note(
      `checkpoint ${checkpointId} of ${labelOf(job)} ${tookText(durationMs)}${size}${where}`,
    );
  }
  return EXIT_CODES.OK;
}

/**
 * Both servers tell of checkpoints what they knew up to `web.refresh-interval` ago, so that the new one
 * may not be there yet.
 *
 * @returns `undefined` where it does not come, or a newer one has pushed it out of the history
 */
async function detailsOf(
  { client, job, clock }: RemoteJob,
  checkpointId: number,
  signal: AbortSignal,
): Promise<CheckpointStatistics | undefined> {
  const deadline = clock.now() + DETAILS_WAIT_MS;
  for (;;) {
    try {
      const details = await client.call('get', DETAILS, {
        path: { jobid: job.jid, checkpointid: checkpointId },
      });
      if (details.status !== 'IN_PROGRESS') {
        return details;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof RestError && error.status === 404)) {
        return undefined; // The checkpoint was taken; the rest is said by the way.
      }
    }
    if (clock.now() >= deadline) {
      return undefined;
    }
    await sleep(POLL_MS, signal);
  }
}
