/** `millrace sql`: SELECT over the states of a job, live or of one of its snapshots. */
import { CheckpointingOptions } from '@millrace/core';
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { isTerminal } from '../rest/job-state.ts';
import { printQueryResult } from '../terminal/query-result.ts';
import { jobHasEnded, openJob, type RemoteJob, type ServerOptions } from './remote-job.ts';
import { askAboutState } from './state-server.ts';

const LIVE = 'live';
const LISTED_MAX = 10;

export interface SqlOptions extends ServerOptions {
  /** `live`, or the id of a checkpoint or savepoint. */
  readonly source: string;
  readonly limit?: number;
}

export async function sql(
  wanted: string,
  text: string,
  options: SqlOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const remote = await openJob(wanted, options, context);
  const { client, job } = remote;
  const { source, limit } = options;
  if (source === LIVE && isTerminal(job.state)) {
    throw jobHasEnded(job, await otherSourcesOf(remote));
  }
  const from = { source, ...(limit === undefined ? {} : { limit }) };
  const result = await askAboutState(client, () => client.sql(job.jid, text, from));
  await printQueryResult(terminal, result, options);
  return EXIT_CODES.OK;
}

/** What is left of a job that has ended. */
async function otherSourcesOf({ client, job }: RemoteJob): Promise<string> {
  const snapshots = await askAboutState(client, () => client.snapshots(job.jid));
  const ids = snapshots.slice(0, LISTED_MAX).map(({ id, kind }) => `${id} (${kind})`);
  return ids.length === 0
    ? 'nothing is left of its state: it has no checkpoint or savepoint; ' +
        `${CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION.key}: RETAIN_ON_CANCELLATION keeps the last ` +
        'checkpoints of a job that is cancelled or fails'
    : `its state is in its snapshots: give --source and one of ${ids.join(', ')}`;
}
