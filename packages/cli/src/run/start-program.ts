/**
 * Starts a program by `node` in a process of its own.
 *
 * The process has a session of its own: else Ctrl-C would reach it from the terminal and once more from
 * this command, and a second signal ends a job at once.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { ConfigError } from '@millrace/core';
import { programLoader } from '../program/program-loader.ts';

export interface StartProgramOptions {
  /** The file, as the user named it. */
  readonly program: string;
  readonly args: readonly string[];
  readonly stdio: StdioOptions;
  readonly env: NodeJS.ProcessEnv;
  /** Of what ends it, also where the message says all. */
  readonly withStack: boolean;
}

/** @throws ConfigError `PROGRAM_NOT_STARTED` */
export async function startProgram(options: StartProgramOptions): Promise<ChildProcess> {
  const path = resolve(options.program);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw notStarted(`there is no program ${path}; give the file that calls env.execute()`);
  }
  const loader = programLoader(path);
  if (typeof loader === 'string') {
    throw notStarted(loader);
  }
  const announce = new URL('./announce-endpoint.js', import.meta.url).href;
  const child = spawn(process.execPath, ['--import', announce, ...loader, path, ...options.args], {
    stdio: options.stdio,
    env: { ...options.env, ...(options.withStack ? { MILLRACE_STACK: '1' } : {}) },
    detached: true,
  });
  await new Promise<void>((started, failed) => {
    child.once('spawn', started);
    child.once('error', (cause) =>
      failed(notStarted(`${process.execPath} cannot be started: ${cause.message}`, cause)),
    );
  });
  return child;
}

/** Its exit code; 128 + the number of the signal that ended it. */
export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return signal === null ? (code ?? 1) : 128 + constants.signals[signal];
}

function notStarted(message: string, cause?: unknown): ConfigError {
  return new ConfigError('PROGRAM_NOT_STARTED', message, { cause });
}
