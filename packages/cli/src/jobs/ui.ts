/** `millrace ui`: the address of the web UI, opened in a browser where a person sits before it. */
import { spawn } from 'node:child_process';
import type { MillraceClient } from '@millrace/rest-client';
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { findJob } from '../rest/find-job.ts';
import { openClient, type ServerOptions } from './remote-job.ts';

export interface UiOptions extends ServerOptions {
  /** `--no-open` */
  readonly open: boolean;
}

export async function ui(
  wanted: string | undefined,
  options: UiOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const client = await openClient(options, context);
  let url = `${client.address}/`;
  if (wanted === undefined) {
    await client.jobs(); // An address where nobody answers, or somebody else, is not told.
  } else {
    const { jid } = await findJob(client, wanted);
    url += (await isOurs(client)) ? `#/job/${jid}` : `#/job/running/${jid}/overview`;
  }
  await terminal.write(options.json === true ? `${JSON.stringify({ url })}\n` : `${url}\n`);
  if (options.open && terminal.isTerminal && options.json !== true) {
    await openInBrowser(url, context);
  }
  return EXIT_CODES.OK;
}

/** Flink's own web UI has other pages; its server tells nothing of its API. */
async function isOurs(client: MillraceClient): Promise<boolean> {
  return client.send('get', '/openapi.json').then(
    () => true,
    () => false,
  );
}

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Where there is no browser the address is enough. */
async function openInBrowser(url: string, { terminal }: CommandContext): Promise<void> {
  const [command = '', ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  const isOpened = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('spawn', () => resolve(true));
  });
  child.unref();
  if (!isOpened) {
    terminal.note(`There is no ${command} to open it with.`);
  }
}
