/** `millrace sql`: SELECT over the states of a job, live or of one of its snapshots. */
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { printQueryResult } from '../terminal/query-result.ts';
import { openJob, type ServerOptions } from './remote-job.ts';
import { askAboutState } from './state-server.ts';

export interface SqlOptions extends ServerOptions {
  /** `live`, or the id of a checkpoint or savepoint. */
  readonly source?: string;
  readonly limit?: number;
}

export async function sql(
  wanted: string,
  text: string,
  options: SqlOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const { client, job } = await openJob(wanted, options, context);
  const { source, limit } = options;
  const from = {
    ...(source === undefined ? {} : { source }),
    ...(limit === undefined ? {} : { limit }),
  };
  const result = await askAboutState(client, () => client.sql(job.jid, text, from));
  await printQueryResult(terminal, result, options);
  return EXIT_CODES.OK;
}
