/**
 * `millrace cancel`: ends a job now, without a savepoint.
 *
 * Waits until the job has ended. Flink's command does not: there a job that was cancelled may still run.
 */
import { errorCode } from '@millrace/core';
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { sleep } from '../rest/await-operation.ts';
import { isTerminal, type JobState } from '../rest/rest-messages.ts';
import { humanSeconds } from '../terminal/sizes.ts';
import { StatusLine } from '../terminal/status-line.ts';
import { labelOf, openJob, type RemoteJob, type ServerOptions, tookText } from './remote-job.ts';

const POLL_MS = 100;

export async function cancel(
  wanted: string,
  options: ServerOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const remote = await openJob(wanted, options, context);
  const { client, job, clock } = remote;
  const startedAt = clock.now();
  await client.patch(`/jobs/${job.jid}?mode=cancel`);
  const state = await ended(remote, context);
  const durationMs = clock.now() - startedAt;
  if (options.json === true) {
    const result = { jobId: job.jid, name: job.name, state, durationMs };
    await terminal.write(`${JSON.stringify(result, undefined, 2)}\n`);
  } else {
    await terminal.write(`${job.jid}\n`);
    const what = state === 'CANCELED' ? 'was cancelled' : `was not cancelled: it is ${state}`;
    terminal.note(`${labelOf(job)} ${what} ${tookText(durationMs)}`);
  }
  return state === 'CANCELED' ? EXIT_CODES.OK : EXIT_CODES.ERROR;
}

/** The state that the job ended in. A server that is gone has gone with its job. */
async function ended(
  { client, job, clock }: RemoteJob,
  context: CommandContext,
): Promise<JobState> {
  const { terminal, signal } = context;
  const line = new StatusLine(terminal, clock);
  try {
    for (;;) {
      const { status } = await client.get<{ readonly status: JobState }>(`/jobs/${job.jid}/status`);
      if (isTerminal(status)) {
        return status;
      }
      line.show(`${labelOf(job)} is ${status}, ${humanSeconds(line.elapsedMs / 1_000)}`);
      await sleep(POLL_MS, clock, signal);
    }
  } catch (error) {
    if (errorCode(error) === 'REST_UNREACHABLE') {
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
