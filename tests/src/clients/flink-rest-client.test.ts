/** The Python client that people steer Flink with, against a job of ours. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ServedJob, startServedJob } from './served-job.ts';

const execFileAsync = promisify(execFile);
const SERVICE = fileURLToPath(
  new URL('../../../tools/services/flink-rest-client.sh', import.meta.url),
);
const PROBES = fileURLToPath(new URL('../../clients/flink_rest_client_probes.py', import.meta.url));
/** What real Flink 1.20 refuses too: with `web.submit.enable: false`, and of a job that has finished. */
const REFUSED_BY_FLINK: readonly string[] = ['jars.all', 'jobs.terminate'];
const skip =
  spawnSync('python3', ['-m', 'venv', '--help'], { stdio: 'ignore' }).status === 0
    ? false
    : 'python3 with venv is missing: apt-get install python3-venv';

interface Probe {
  readonly probe: string;
  readonly ok: boolean;
  readonly error?: string;
}

describe("PyPI's flink-rest-client", { skip }, () => {
  let job: ServedJob;
  let python: string;
  before(async () => {
    const { stdout } = await execFileAsync(SERVICE, ['install']);
    python = stdout.trim();
    job = await startServedJob();
  });
  after(() => job?.close());

  it('makes every call that it has, and is refused nothing that Flink would give', async () => {
    const { stdout } = await execFileAsync(python, [
      PROBES,
      job.address,
      job.jobId,
      `${job.folder}/savepoints`,
    ]);

    const probes = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Probe);
    assert.ok(probes.length > 40, `only ${probes.length} calls`);
    const failed = probes.filter(({ ok }) => !ok);
    assert.deepEqual(
      failed.map(({ probe }) => probe),
      REFUSED_BY_FLINK,
      JSON.stringify(failed),
    );
  });
});
