/** What every command has: where it writes, when it must stop, and the options that all share. */
import { readFile } from 'node:fs/promises';
import { ConfigError, errorMessage } from '@millrace/core';
import type { PathRebase } from '@millrace/state';
import { type OpenSnapshotOptions, openSnapshot, type Snapshot } from '@millrace/state-processor';
import { Progress } from './terminal/progress.ts';
import type { Terminal } from './terminal/terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C and SIGTERM, and when nobody reads the result any more. */
  readonly signal: AbortSignal;
}

/** Options of all commands that read a snapshot. */
export interface SnapshotOptions {
  readonly json?: boolean;
  readonly bytes?: boolean;
  readonly stats?: boolean;
  readonly rebase?: readonly PathRebase[];
  readonly uid?: readonly string[];
  readonly uids?: string;
}

/** A long read of a command: what to hand to it. */
export interface LongRead {
  readonly signal: AbortSignal;
  readonly onProgress: Progress['report'];
}

/** Opens a snapshot, and says which one where the path was that of a folder of several. */
export async function openNamed(
  path: string,
  options: SnapshotOptions,
  { terminal }: CommandContext,
): Promise<Snapshot> {
  const snapshot = await openSnapshot(path, await openOptions(options));
  if (snapshot.resolvedFrom !== undefined) {
    terminal.note(`${path} holds checkpoints; the newest is ${snapshot.path}`);
  }
  return snapshot;
}

/** How a snapshot is opened. */
export async function openOptions(options: SnapshotOptions): Promise<OpenSnapshotOptions> {
  return { pathRebase: options.rebase ?? [], uids: await uidsOf(options) };
}

/** Shows how far the read is, and how fast it was with `--stats`. */
export async function withProgress<T>(
  { terminal, signal }: CommandContext,
  options: { readonly stats?: boolean; readonly isHidden?: boolean },
  read: (longRead: LongRead) => Promise<T>,
): Promise<T> {
  const progress = new Progress(terminal, options.isHidden);
  try {
    return await read({ signal, onProgress: progress.report });
  } finally {
    progress.end();
    if (options.stats === true) {
      terminal.note(progress.summary());
    }
  }
}

async function uidsOf({ uid = [], uids }: SnapshotOptions): Promise<string[]> {
  if (uids === undefined) {
    return [...uid];
  }
  try {
    const lines = (await readFile(uids, 'utf8')).split('\n').map((line) => line.trim());
    return [...uid, ...lines.filter((line) => line !== '')];
  } catch (error) {
    throw new ConfigError(
      'CONFIG_FILE_UNREADABLE',
      `the list of uids ${uids} cannot be read: ${errorMessage(error)}; give a file with one uid a line`,
      { cause: error },
    );
  }
}
