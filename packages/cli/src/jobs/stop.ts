/** `millrace stop`: ends a job with a savepoint that it can go on from. Flink: CliFrontend.stop. */
import { resolve } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { labelOf, openJob, operate, type ServerOptions, tookText } from './remote-job.ts';

export type SavepointFormat = 'canonical' | 'native';

export interface StopOptions extends ServerOptions {
  readonly savepointPath?: string;
  readonly drain?: boolean;
  readonly type: SavepointFormat;
}

export async function stop(
  wanted: string,
  options: StopOptions,
  context: CommandContext,
): Promise<number> {
  const { client, job, clock } = await openJob(wanted, options, context);
  const { outcome, durationMs } = await operate(
    {
      client,
      clock,
      job,
      trigger: {
        path: `/jobs/${job.jid}/stop`,
        body: {
          ...(options.savepointPath === undefined
            ? {}
            : { targetDirectory: directoryUri(options.savepointPath) }),
          drain: options.drain === true,
          formatType: options.type.toUpperCase(),
        },
      },
      resultPath: `/jobs/${job.jid}/savepoints`,
      what: `savepoint of ${labelOf(job)}`,
      folderOption: `millrace stop ${wanted} -p FOLDER`,
    },
    context,
  );
  const { location = '' } = outcome;
  await tellSavepoint({ location, durationMs, jobId: job.jid }, options, context);
  if (options.json !== true) {
    context.terminal.note(
      `${labelOf(job)} was stopped with a savepoint ${tookText(durationMs)}` +
        (options.drain === true ? '; it was drained, so do not go on from it' : ''),
    );
  }
  return EXIT_CODES.OK;
}

/** The path alone goes to the standard output, for scripts. */
export async function tellSavepoint(
  result: { readonly location: string; readonly durationMs: number; readonly jobId: string },
  { json }: ServerOptions,
  { terminal }: CommandContext,
): Promise<void> {
  await terminal.write(
    json === true ? `${JSON.stringify(result, undefined, 2)}\n` : `${result.location}\n`,
  );
}

/** A path of this machine is made absolute: the server has another working directory. */
export function directoryUri(path: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(path) ? path : resolve(path);
}
