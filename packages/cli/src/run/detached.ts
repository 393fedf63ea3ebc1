/**
 * `millrace run --detached`: the program goes on in the background, with a log file.
 *
 * The command waits until the job runs, to tell its id and address, and fails when the program ends
 * before that.
 */
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type Clock, ConfigError, fileError, SystemClock } from '@millrace/core';
import { sleep } from '@millrace/rest-client';
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { JobOverview } from '../rest/job-state.ts';
import { clientOf } from '../rest/open-client.ts';
import { type EndpointMessage, isEndpointMessage } from './endpoint-message.ts';
import type { RunOptions } from './run.ts';
import { exitCodeOf, startProgram } from './start-program.ts';

/** A job that does not run by then may wait for slots; it is left to itself. */
const WAIT_MS_MAX = 60_000;
const POLL_MS = 100;
const TIMEOUT_MS = 5_000;
const SHOWN_LOG_BYTES = 4_096;

export async function runDetached(
  program: string,
  args: readonly string[],
  options: RunOptions,
  { terminal, signal }: CommandContext,
): Promise<number> {
  const logFile = resolve(options.logFile ?? `${basename(program).replace(/\.\w+$/, '')}.log`);
  const log = openLog(logFile);
  const startsAt = statSync(logFile).size;
  const child = await startProgram({
    program,
    args,
    stdio: ['ignore', log, log, 'ipc'],
    withStack: options.stack === true,
    env: { ...process.env, NO_COLOR: process.env.NO_COLOR ?? '1' },
  }).finally(() => closeSync(log));
  const clock = new SystemClock();
  const started = await untilItRuns(child, clock, signal).catch((error: unknown) => {
    // Interrupted before the job ran: it was not to be left behind unseen.
    child.kill('SIGTERM');
    release(child);
    throw error;
  });
  if (started.exitCode !== undefined && started.exitCode !== 0) {
    throw new ConfigError(
      'PROGRAM_NOT_STARTED',
      `${program} ended with code ${started.exitCode} before its job ran; the end of ${logFile} is:\n` +
        tailOf(logFile, startsAt),
    );
  }
  release(child);
  const { job, url } = started;
  if (options.json === true) {
    const result = { pid: child.pid, logFile, jobId: job?.jid, name: job?.name, url };
    await terminal.write(`${JSON.stringify(result, undefined, 2)}\n`);
    return EXIT_CODES.OK;
  }
  await terminal.write(`${job?.jid ?? child.pid}\n`);
  terminal.note(
    job === undefined
      ? `process ${child.pid}; ${started.exitCode === 0 ? 'it has ended already' : 'its job could not be asked'}`
      : `${job.name} (${job.jid}) is ${job.state} in process ${child.pid}: ${url}`,
  );
  terminal.note(`What it prints is in ${logFile}`);
  return EXIT_CODES.OK;
}

interface Started {
  readonly job?: JobOverview;
  readonly url?: string;
  /** The program has ended. */
  readonly exitCode?: number;
}

async function untilItRuns(
  child: ChildProcess,
  clock: Clock,
  signal: AbortSignal,
): Promise<Started> {
  let endpoint: EndpointMessage | undefined;
  let exitCode: number | undefined;
  child.on('message', (message) => {
    endpoint = isEndpointMessage(message) ? message : endpoint;
  });
  child.once('exit', (code, by) => {
    exitCode = exitCodeOf(code, by);
  });
  const deadline = clock.now() + WAIT_MS_MAX;
  while (exitCode === undefined && clock.now() < deadline) {
    const job = endpoint === undefined ? undefined : await newestJob(endpoint, signal);
    if (endpoint !== undefined && job !== undefined && job.state !== 'INITIALIZING') {
      return { job, url: endpoint.url };
    }
    await sleep(POLL_MS, signal);
  }
  return {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(endpoint === undefined ? {} : { url: endpoint.url }),
  };
}

async function newestJob(
  { url, token }: EndpointMessage,
  signal: AbortSignal,
): Promise<JobOverview | undefined> {
  const client = clientOf({
    address: new URL(url),
    token,
    signal,
    timeoutMs: TIMEOUT_MS,
  });
  try {
    const jobs = await client.jobs();
    return [...jobs].sort((a, b) => b['start-time'] - a['start-time'])[0];
  } catch {
    signal.throwIfAborted();
    return undefined; // It is busy, or has ended: the caller looks again.
  }
}

/** Nothing of it keeps this process alive, and the end of this process does not end it. */
function release(child: ChildProcess): void {
  if (child.connected) {
    child.disconnect();
  }
  child.unref();
}

function openLog(path: string): number {
  try {
    return openSync(path, 'a');
  } catch (error) {
    throw fileError('write', path, error);
  }
}

function tailOf(path: string, from: number): string {
  const { size } = statSync(path);
  const start = Math.max(from, size - SHOWN_LOG_BYTES);
  const bytes = Buffer.alloc(size - start);
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes, 0, bytes.length, start);
  } finally {
    closeSync(file);
  }
  return bytes.toString('utf8').trimEnd();
}
