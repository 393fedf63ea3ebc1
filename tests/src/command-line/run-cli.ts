/** Runs the built `millrace` command as a user does. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const MILLRACE: string = fileURLToPath(
  new URL('../../../packages/cli/dist/millrace.js', import.meta.url),
);
const FIXTURES = fileURLToPath(new URL('../../fixtures/flink-1.20/', import.meta.url));

export interface CliRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Its output is piped: no terminal, no colours. */
export function millrace(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const child = spawn(process.execPath, [MILLRACE, ...args], {
    cwd: options.cwd,
    env: { ...environment(), ...options.env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ stdout, stderr, status }));
  });
}

/** By a shell, for pipes. `$MILLRACE` is the command. */
export function inShell(script: string): CliRun {
  const env = { ...environment(), MILLRACE: `'${process.execPath}' '${MILLRACE}'` };
  const run = spawnSync('sh', ['-c', script.replaceAll('$MILLRACE', env.MILLRACE)], {
    encoding: 'utf8',
    env,
  });
  return { stdout: run.stdout, stderr: run.stderr, status: run.status };
}

function environment(): Record<string, string> {
  const { NO_COLOR: _no, FORCE_COLOR: _force, NODE_TEST_CONTEXT: _test, ...rest } = process.env;
  return rest as Record<string, string>;
}

/** The folder of a fixture's savepoint; of a checkpoint the folder above its job's. */
export function fixture(name: string): string {
  const folder = join(FIXTURES, name);
  const savepoint = readdirSync(folder).find((entry) => entry.startsWith('savepoint-'));
  return savepoint === undefined ? folder : join(folder, savepoint);
}

/** Fields of the lines that are written where no terminal is. */
export function fieldsOf(stdout: string): string[][] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}
