/** `millrace checkpoint`: takes one now. Flink: CliFrontend.checkpoint. */
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { RestClient } from '../rest/rest-client.ts';
import type { CheckpointStatistics } from '../rest/rest-messages.ts';
import { humanBytes } from '../terminal/sizes.ts';
import { labelOf, openJob, operate, type ServerOptions, tookText } from './remote-job.ts';

export interface CheckpointOptions extends ServerOptions {
  readonly full?: boolean;
}

export async function checkpoint(
  wanted: string,
  options: CheckpointOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const { client, job, clock } = await openJob(wanted, options, context);
  const { outcome, durationMs } = await operate(
    {
      client,
      clock,
      job,
      trigger: {
        path: `/jobs/${job.jid}/checkpoints`,
        body: { checkpointType: options.full === true ? 'FULL' : 'CONFIGURED' },
      },
      what: `checkpoint of ${labelOf(job)}`,
    },
    context,
  );
  const { checkpointId = -1 } = outcome;
  const details = await detailsOf(client, job.jid, checkpointId);
  const path = details?.external_path;
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

/** `undefined` where a newer one has pushed it out of the history. */
async function detailsOf(
  client: RestClient,
  jobId: string,
  checkpointId: number,
): Promise<CheckpointStatistics | undefined> {
  try {
    return await client.get(`/jobs/${jobId}/checkpoints/details/${checkpointId}`);
  } catch {
    return undefined; // The checkpoint was taken; the rest is said by the way.
  }
}
