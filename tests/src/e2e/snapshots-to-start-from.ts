/** Snapshots of a small job that is over, for another one to start from. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CountingProgram,
  checkpointsIn,
  completedCheckpoints,
  countingProgram,
  retainedCheckpoint,
} from './counting-program.ts';
import { localPath } from './failures.ts';

export class SnapshotFolder {
  readonly path: string;

  constructor(name: string) {
    this.path = mkdtempSync(join(tmpdir(), `millrace-${name}-`));
  }

  /** The counting program at parallelism 2, with checkpoints in a folder of its own. */
  counting(
    name: string,
    configuration: Record<string, string> = {},
    warnings: string[] = [],
  ): CountingProgram {
    return countingProgram({
      configuration: {
        ...checkpointsIn(join(this.path, name)),
        'parallelism.default': '2',
        ...configuration,
      },
      services: { warn: (message) => void warnings.push(message) },
    });
  }

  /** A savepoint or a retained checkpoint of a job that is over. */
  async snapshot(name: string, kind: 'savepoint' | 'checkpoint'): Promise<string> {
    const program = this.counting(name);
    if (kind === 'checkpoint') {
      return localPath(await retainedCheckpoint(program));
    }
    const job = await program.env.executeAsync(name);
    await completedCheckpoints(job, 2);
    const targetDirectory = join(this.path, `${name}-savepoints`);
    const savepoint = await job.triggerSavepoint({ targetDirectory });
    await job.cancel();
    return localPath(savepoint);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Bytes by name; empty when there is no such folder. */
export function contentsOf(path: string): Record<string, string> {
  const names = existsSync(path) ? readdirSync(path).sort() : [];
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(path, name)).toString('base64')]),
  );
}
