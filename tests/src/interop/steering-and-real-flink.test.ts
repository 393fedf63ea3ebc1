/** The `millrace` command steers jobs of real Flink as it does our own. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { millrace } from '../command-line/run-cli.ts';
import { buildFlinkProject, whyNoFlink } from './flink.ts';
import { FlinkCluster } from './flink-cluster.ts';

const JAR = fileURLToPath(new URL('../../interop/target/interop-1.jar', import.meta.url));
const skip = whyNoFlink() ?? false;

describe('a job of real Flink', { skip }, () => {
  let flink: FlinkCluster;
  let id = '';
  const steer = (...args: string[]) => millrace([...args, '-m', flink.address]);
  const fileOf = (uri: string): string =>
    fileURLToPath(uri.trim().replace(/^file:\/?/, 'file:///'));

  before(async () => {
    await buildFlinkProject();
    flink = await FlinkCluster.start();
    id = await flink.run(JAR, 'lab.SteeredJob', ['sums']);
  });
  after(() => flink?.stop());

  it('is listed', async () => {
    const { stdout, status } = await steer('list', '--json');

    assert.equal(status, 0);
    const jobs = JSON.parse(stdout) as { jid: string; name: string; state: string }[];
    assert.deepEqual(
      jobs.map(({ jid, name, state }) => [jid, name, state]),
      [[id, 'sums', 'RUNNING']],
    );
  });

  it('gives a savepoint that the toolbox reads, and that is deleted', async () => {
    const taken = await steer('savepoint', 'sums');
    const path = fileOf(taken.stdout);
    const read = await millrace(['snapshot', 'cat', path, '--uid', 'counter', 'counter', 'count']);
    const deleted = await steer('savepoint', '--dispose', path);

    assert.equal(taken.status, 0, taken.stderr);
    assert.equal(read.status, 0, read.stderr);
    assert.ok(read.stdout.trim().split('\n').length > 1, read.stdout);
    assert.equal(deleted.status, 0, deleted.stderr);
    assert.equal(existsSync(path), false);
  });

  it('gives a native savepoint in the folder that is named, by the beginning of its id', async () => {
    const folder = join(flink.folder, 'native');

    const { stdout, status } = await steer('savepoint', id.slice(0, 8), folder, '-type', 'native');

    assert.equal(status, 0);
    assert.ok(fileOf(stdout).startsWith(folder), stdout);
    assert.ok(readFileSync(join(fileOf(stdout), '_metadata')).length > 0);
  });

  it('takes a checkpoint', async () => {
    const first = await steer('checkpoint', 'sums');
    const second = await steer('checkpoint', 'sums', '--full');

    assert.equal(first.status, 0, first.stderr);
    assert.equal(second.status, 0, second.stderr);
    assert.ok(Number(second.stdout) > Number(first.stdout));
  });

  it('refuses a savepoint that cannot be, and its reason is told', async () => {
    const { stderr, status } = await steer('savepoint', 'sums', '/proc/no-folder');

    assert.equal(status, 1);
    assert.match(
      stderr,
      /^millrace: REST_FAILED: savepoint of sums \(\w+\) failed: .*\/proc\/no-folder/,
    );
    assert.doesNotMatch(stderr, /\tat |Exception:/);
  });

  it('stops with a savepoint', async () => {
    const other = await flink.run(JAR, 'lab.SteeredJob', ['other']);

    const { stdout, status } = await steer('stop', 'other');

    assert.equal(status, 0);
    assert.ok(existsSync(join(fileOf(stdout), '_metadata')));
    const { status: state } = (await flink.call('GET', `/jobs/${other}/status`)) as {
      status: string;
    };
    assert.equal(state, 'FINISHED');
  });

  it('is cancelled, and cannot be asked for anything after that', async () => {
    const cancelled = await steer('cancel', 'sums');
    const late = await steer('savepoint', id);

    assert.equal(cancelled.status, 0, cancelled.stderr);
    const { status: state } = (await flink.call('GET', `/jobs/${id}/status`)) as { status: string };
    assert.equal(state, 'CANCELED');
    assert.equal(late.status, 1);
    assert.match(late.stderr, /JOB_NOT_RUNNING: sums \(\w+\) has ended already: it is CANCELED/);
  });
});
