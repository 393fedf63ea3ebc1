/** `millrace stop`: ends a job with a savepoint that it can go on from. Flink: CliFrontend.stop. */
import { resolve } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { labelOf, openRunningJob, operate, type ServerOptions, tookText } from './remote-job.ts';

export type SavepointFormat = 'canonical' | 'native';

/** Flink: SavepointFormatType. */
export const FORMAT_TYPES = { canonical: 'CANONICAL', native: 'NATIVE' } as const;

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
  const { client, job, clock } = await openRunningJob(wanted, options, context);
  const { savepointPath, drain = false, type } = options;
  const { outcome: location, durationMs } = await operate(
    {
      ...{ client, clock, job, what: `savepoint of ${labelOf(job)}` },
      start: (progress) =>
        client.stopWithSavepoint(job.jid, {
          ...(savepointPath === undefined ? {} : { targetDirectory: directoryUri(savepointPath) }),
          ...{ drain, formatType: FORMAT_TYPES[type], ...progress },
        }),
      folderOption: `millrace stop ${wanted} -p FOLDER`,
    },
    context,
  );
  await tellSavepoint({ location, durationMs, jobId: job.jid }, options, context);
  if (options.json !== true) {
    context.terminal.note(
      `${labelOf(job)} was stopped with a savepoint ${tookText(durationMs)}` +
        (drain ? '; it was drained, so do not go on from it' : ''),
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
