/**
 * Runs a program in a process that rehearses it, whatever it is written in: JavaScript, or TypeScript
 * where Node strips types or the program's folder has `tsx`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, type ErrorCode } from '@millrace/core';
import type { JobPlanReport, RehearsalReport } from 'millrace';
import { programLoader } from '../program/program-loader.ts';
import type { RehearsalMessage, RehearsalRequest } from './rehearsal-messages.ts';

export interface RehearseProgramOptions {
  readonly request: RehearsalRequest;
  /** For the program. */
  readonly args: readonly string[];
  readonly signal: AbortSignal;
  /** What the program prints, to either stream. */
  onOutput(text: string): void;
}

/**
 * @throws ConfigError `PROGRAM_NOT_REHEARSED` for a program that cannot be loaded, or has no job; or
 * with the code of what it threw
 */
export async function rehearseProgram(
  program: string,
  options: RehearseProgramOptions,
): Promise<RehearsalReport> {
  const message = await messageOf(program, options);
  if (message.kind !== 'report') {
    throw notRehearsed(`${program} told its plan, and was to be rehearsed`);
  }
  return message.report;
}

/** What the program would run. @throws as `rehearseProgram` */
export async function planOfProgram(
  program: string,
  options: Omit<RehearseProgramOptions, 'request'>,
): Promise<JobPlanReport> {
  const message = await messageOf(program, { ...options, request: { pathRebase: [] } });
  if (message.kind !== 'plan') {
    throw notRehearsed(`${program} was rehearsed, and was to tell its plan`);
  }
  return message.report;
}

type Told = Extract<RehearsalMessage, { readonly report: unknown }>;

async function messageOf(
  program: string,
  { request, args, signal, onOutput }: RehearseProgramOptions,
): Promise<Told> {
  const path = resolve(program);
  if (!existsSync(path)) {
    throw notRehearsed(`there is no program ${path}; give the file that calls env.execute()`);
  }
  const script = fileURLToPath(new URL('./rehearsal-process.js', import.meta.url));
  const child = spawn(
    process.execPath,
    [...loaderOf(path), script, JSON.stringify(request), path, ...args],
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  let message: RehearsalMessage | undefined;
  child.on('message', (each) => {
    message = each as RehearsalMessage;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', onOutput);
  }
  const kill = () => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  const status = await new Promise<string>((settle, reject) => {
    child.once('error', reject);
    child.once('close', (code, by) => settle(by ?? `code ${code}`));
  }).finally(() => signal.removeEventListener('abort', kill));
  signal.throwIfAborted();
  return reportIn(message, `${program} ended with ${status} before its env.execute()`);
}

function reportIn(message: RehearsalMessage | undefined, otherwise: string): Told {
  switch (message?.kind) {
    case 'report':
    case 'plan':
      return message;
    case 'failed': {
      const error =
        message.code === undefined
          ? notRehearsed(`the program failed before its env.execute(): ${message.message}`)
          : new ConfigError(message.code as ErrorCode, message.message);
      if (message.stack !== undefined) {
        error.stack = message.stack;
      }
      throw error;
    }
    case 'not-executed':
      throw notRehearsed('the program ended without a job; it must call env.execute()');
    case undefined:
      throw notRehearsed(otherwise);
  }
}

function loaderOf(path: string): readonly string[] {
  const loader = programLoader(path);
  if (typeof loader === 'string') {
    throw notRehearsed(loader);
  }
  return loader;
}

function notRehearsed(message: string): ConfigError {
  return new ConfigError('PROGRAM_NOT_REHEARSED', message);
}
