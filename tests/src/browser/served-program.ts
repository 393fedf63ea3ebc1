/** A program in a process of its own that serves the web UI, and where. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram } from '../child-program.ts';

export interface ServedProgram {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  readonly address: string;
  /** Its own folder, which goes with it. */
  readonly folder: string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param args - of the program, which runs in its folder
 * @throws if it ended before it served
 */
export async function serveProgram(
  program: string,
  args: readonly string[],
): Promise<ServedProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-ui-'));
  const { child, ended } = startProgram(program, args, { cwd: folder });
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    const address = await new Promise<string>((resolve, reject) => {
      let text = '';
      const listen = (chunk: Buffer): void => {
        text += chunk.toString();
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
        if (found !== undefined) {
          resolve(found);
        }
      };
      child.stdout?.on('data', listen);
      child.stderr?.on('data', listen);
      ended.then(() => reject(new Error(`it ended early: ${text}`)), reject);
    });
    return { address, folder, kill, close };
  } catch (error) {
    await close();
    throw error;
  }
}
