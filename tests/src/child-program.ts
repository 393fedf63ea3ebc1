/** A program in a process of its own, as a user runs it. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartedProgram {
  readonly child: ChildProcess;
  readonly ended: Promise<ProgramEnd>;
}

/**
 * `ended` rejects only when the process could not be started.
 *
 * @param program - absolute path of a compiled program
 */
export function startProgram(
  program: string,
  args: readonly string[],
  place: { readonly cwd?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): StartedProgram {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: place.cwd,
    env: { ...process.env, ...place.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<ProgramEnd>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}
