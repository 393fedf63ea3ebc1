/** What a process that died leaves to the next one, when the next one cannot take it as it is. */
import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { errorMessage, FileSystems, LocalFileSystem } from '@millrace/core';
import { FaultyFileSystem } from '@millrace/testing';
import { Types } from 'millrace';
import {
  checkpointsIn,
  completedCheckpoints,
  countingProgram,
  EXACT_COUNTS,
  lastCounts,
} from './counting-program.ts';
import { assertError, failureOf, localPath } from './failures.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-died-process-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('a process that died', () => {
  it('is followed by one that refuses a truncated last checkpoint, and loses nothing by it', async () => {
    const { configuration, directory } = await diedProcess('truncated');
    const [before, last] = recordedCheckpoints(directory) as [Recorded, Recorded];
    const metadata = join(localPath(last.externalPointer), '_metadata');
    const whole = readFileSync(metadata);
    truncateSync(metadata, 100);

    const refused = countingProgram({ configuration });
    const error = await failureOf(() => refused.env.execute('died'));
    writeFileSync(metadata, whole);
    const mended = countingProgram({ configuration });
    const job = await mended.env.executeAsync('died');
    await job.jobExecutionResult();

    assertError(error, 'SNAPSHOT_CORRUPT', /execution\.state-recovery\.path/);
    assert.ok(errorMessage(error).includes(before.externalPointer), 'names the older one');
    assert.equal(job.details().restoredCheckpointId, last.checkpointId);
    assert.deepEqual(lastCounts(mended.sink), EXACT_COUNTS);
  });

  it('keeps its checkpoints when the next program cannot take them; the mended one goes on', async () => {
    const { configuration, directory } = await diedProcess('changed');
    const last = recordedCheckpoints(directory).at(-1) as Recorded;

    const changed = countingProgram({ configuration, countType: Types.STRING as never });
    const error = await failureOf(() => changed.env.execute('died'));
    const mended = countingProgram({ configuration });
    const job = await mended.env.executeAsync('died');
    await job.jobExecutionResult();

    assertError(error, 'STATE_INCOMPATIBLE', /'?count'?/);
    assert.equal(job.details().restoredCheckpointId, last.checkpointId);
    assert.deepEqual(lastCounts(mended.sink), EXACT_COUNTS);
  });

  it('is refused to run a second time at once', async () => {
    const configuration = highlyAvailable(join(folder, 'twice'));
    const first = await countingProgram({ configuration }).env.executeAsync('twice');

    const error = await failureOf(() => countingProgram({ configuration }).env.execute('twice'));
    await first.cancel();

    assertError(error, 'JOB_ALREADY_RUNS', /remove .*\.lock/);
  });
});

/** A job with high availability whose process died after a few checkpoints. */
async function diedProcess(
  name: string,
): Promise<{ configuration: Record<string, string>; directory: string }> {
  const directory = join(folder, name);
  const configuration = highlyAvailable(directory);
  const files = new FaultyFileSystem(new LocalFileSystem());
  const first = countingProgram({
    configuration,
    services: { fileSystems: new FileSystems([files]), warn: () => {} },
  });
  const died = await first.env.executeAsync('died');
  const ended = died.jobExecutionResult().catch((error: unknown) => error);
  await completedCheckpoints(died, 4);
  files.plan = () => ({ kind: 'crash' });
  await ended;
  return { configuration, directory };
}

function highlyAvailable(directory: string): Record<string, string> {
  return {
    ...checkpointsIn(join(directory, 'checkpoints')),
    'execution.checkpointing.num-retained': '2',
    'high-availability.type': 'filesystem',
    'high-availability.storageDir': join(directory, 'high-availability'),
  };
}

interface Recorded {
  readonly checkpointId: number;
  readonly externalPointer: string;
}

/** What high availability knows, oldest first. */
function recordedCheckpoints(directory: string): Recorded[] {
  const list = readdirSync(directory, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('checkpoints.json'),
  );
  return JSON.parse(readFileSync(join(directory, list ?? ''), 'utf8')).completed;
}
