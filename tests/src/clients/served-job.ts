/** A job of ours in a process of its own, with its REST endpoint on a port that was free. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StartedProgram, startProgram } from '../child-program.ts';

const PROGRAM = fileURLToPath(new URL('./served-program.js', import.meta.url));

export interface ServedJob {
  readonly jobId: string;
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** Of this job alone; for savepoints. Gone after `close`. */
  readonly folder: string;
  /** Its status by REST. */
  status(): Promise<string>;
  close(): Promise<void>;
}

/** @param settings - beside those that serve it */
export async function startServedJob(
  settings: Readonly<Record<string, string>> = {},
): Promise<ServedJob> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-served-'));
  const configuration = {
    'rest.bind-port': '0',
    'execution.shutdown-on-application-finish': 'false',
    'execution.checkpointing.dir': join(folder, 'checkpoints'),
    ...settings,
  };
  const args = Object.entries(configuration).flatMap(([key, value]) => ['-D', `${key}=${value}`]);
  const program = startProgram(PROGRAM, args);
  const close = async (): Promise<void> => {
    program.child.kill('SIGKILL');
    await program.ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { jobId, address } = await servedBy(program);
    const status = async (): Promise<string> => {
      const response = await fetch(`http://${address}/jobs/${jobId}/status`);
      return ((await response.json()) as { readonly status: string }).status;
    };
    return { jobId, address, folder, status, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Once its first checkpoint is complete and its endpoint listens. */
async function servedBy({
  child,
  ended,
}: StartedProgram): Promise<{ readonly jobId: string; readonly address: string }> {
  let told = '';
  const started = new Promise<{ jobId: string; address: string }>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      told += chunk.toString();
      const [, jobId, address] = /^job ([0-9a-f]{32}) http:\/\/(\S+)$/m.exec(told) ?? [];
      if (jobId !== undefined && address !== undefined) {
        resolve({ jobId, address });
      }
    });
  });
  const failed = ended.then(({ code, stderr }) => {
    throw new Error(`the program ended with ${code} before it was served: ${stderr}`);
  });
  return Promise.race([started, failed]);
}
