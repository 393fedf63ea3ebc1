/** A real Flink, JobManager and TaskManager, and jobs on it: `tools/services/flink.sh`. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('../../../tools/services/flink.sh', import.meta.url));
const START_TIMEOUT_MS = 10 * 60 * 1000; // The first start of a machine fetches Flink.

export class FlinkCluster {
  /** `http://127.0.0.1:34653` */
  readonly address: string;
  /** Where it keeps its checkpoints, savepoints and logs. */
  readonly folder: string;
  private jarId: string | undefined = undefined;

  private constructor(address: string, folder: string) {
    this.address = address;
    this.folder = folder;
  }

  static async start(): Promise<FlinkCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-flink-'));
    const { stdout } = await execFileAsync(SCRIPT, ['start', '--data', folder], {
      timeout: START_TIMEOUT_MS,
    });
    return new FlinkCluster(stdout.trim(), folder);
  }

  async stop(): Promise<void> {
    await execFileAsync(SCRIPT, ['stop', '--data', this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Starts a program of a jar; resolves to the job's id when all its tasks run. */
  async run(jar: string, entryClass: string, args: readonly string[]): Promise<string> {
    this.jarId ??= await this.upload(jar);
    const { jobid } = (await this.call('POST', `/jars/${this.jarId}/run`, {
      entryClass,
      programArgsList: args,
      parallelism: 2,
    })) as { jobid: string };
    for (;;) {
      const { vertices } = (await this.call('GET', `/jobs/${jobid}`)) as {
        vertices: { status: string }[];
      };
      if (vertices.every(({ status }) => status === 'RUNNING')) {
        return jobid;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.address}/v1${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!response.ok) {
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    }
    return response.json();
  }

  private async upload(jar: string): Promise<string> {
    const form = new FormData();
    form.append('jarfile', new File([readFileSync(jar)], 'job.jar'), 'job.jar');
    const response = await fetch(`${this.address}/v1/jars/upload`, { method: 'POST', body: form });
    const { filename } = (await response.json()) as { filename: string };
    return filename.slice(filename.lastIndexOf('/') + 1);
  }
}
