/** `millrace run`: runs a program, with settings for its job. */
import type { ChildProcess } from 'node:child_process';
import { SystemClock } from '@millrace/core';
import type { CommandContext } from '../command-context.ts';
import { runDetached } from './detached.ts';
import { handOnSignals } from './hand-on-signals.ts';
import { JobProgress } from './job-progress.ts';
import { programArguments, type RunSettings } from './program-settings.ts';
import { exitCodeOf, startProgram } from './start-program.ts';

export interface RunOptions extends RunSettings {
  readonly detached?: boolean;
  readonly logFile?: string;
  readonly json?: boolean;
  /** `--stack` */
  readonly stack?: boolean;
}

/** @returns the exit code of the program */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions,
  context: CommandContext,
): Promise<number> {
  const all = programArguments(options, await configuredKeys(), args);
  context.signal.throwIfAborted();
  if (options.detached === true) {
    return runDetached(program, all, options, context);
  }
  const { terminal } = context;
  // What does not go to a terminal needs no care: it is the program's own.
  const [stdout, stderr] = [process.stdout, process.stderr].map((stream) =>
    terminal.isWatched && stream.isTTY ? ('pipe' as const) : ('inherit' as const),
  );
  const child = await startProgram({
    program,
    args: all,
    stdio: ['inherit', stdout, stderr, 'ipc'],
    withStack: options.stack === true,
    env: { ...process.env, ...colors(stdout === 'pipe' || stderr === 'pipe', terminal.hasColors) },
  });
  const forget = handOnSignals(child);
  if (context.signal.aborted) {
    child.kill('SIGINT'); // It came while the program was being started, which has heard of none.
  }
  const progress = terminal.isWatched
    ? new JobProgress(child, terminal, new SystemClock())
    : undefined;
  try {
    return await ended(child);
  } finally {
    progress?.end();
    forget();
  }
}

/** A pipe to us stands for the terminal behind it. */
function colors(isPiped: boolean, hasColors: boolean): NodeJS.ProcessEnv {
  const { NO_COLOR: no, FORCE_COLOR: force } = process.env;
  return isPiped && hasColors && no === undefined && force === undefined
    ? { FORCE_COLOR: '1' }
    : {};
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    // `close`, not `exit`: all that it printed has come.
    child.once('close', (code, signal) => resolve(exitCodeOf(code, signal)));
  });
}

async function configuredKeys(): Promise<readonly string[]> {
  const confDir = process.env.MILLRACE_CONF_DIR ?? process.env.FLINK_CONF_DIR;
  if (confDir === undefined) {
    return [];
  }
  const { loadGlobalConfiguration } = await import('@millrace/runtime/configuration');
  return loadGlobalConfiguration({ confDir }).keys();
}
