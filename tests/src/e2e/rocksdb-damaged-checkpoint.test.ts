/** What becomes of a job that starts from a checkpoint of RocksDB whose files are damaged. */
import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { causesOf, failureOf, localPath, messagesOf } from './failures.ts';
import {
  isExact,
  type LongValuesProgram,
  longValuesProgram,
  rocksdbIn,
} from './rocksdb-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-rocksdb-damaged-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const STOP_AT = 2_900;

describe('a checkpoint of RocksDB that is damaged', { skip: whyNoNativeAddon() ?? false }, () => {
  let checkpoint = '';
  let sstFile = '';

  before(async () => {
    checkpoint = await failedJobsCheckpoint();
    sstFile = largestFile(join(checkpoint, '..', 'shared'));
  });

  /** Goes on from the checkpoint. */
  function again(): LongValuesProgram {
    return longValuesProgram({
      configuration: {
        ...rocksdbIn(folder),
        'execution.state-recovery.path': checkpoint,
      },
    });
  }

  it('is refused when a file is missing, naming it, and is restored once it is back', async () => {
    renameSync(sstFile, `${sstFile}.away`);
    const error = await failureOf(() => again().env.execute('missing'));
    renameSync(`${sstFile}.away`, sstFile);
    const mended = again();
    await mended.env.execute('mended');

    assert.ok(causesOf(error).includes('SNAPSHOT_NOT_FOUND'), messagesOf(error));
    assert.ok(messagesOf(error).includes(sstFile), messagesOf(error));
    assert.ok(isExact(mended));
  });

  it('is refused when a file is too short', async () => {
    const whole = readFileSync(sstFile);
    truncateSync(sstFile, whole.length >> 1);
    const error = await failureOf(() => again().env.execute('truncated'));
    writeFileSync(sstFile, whole);
    const mended = again();
    await mended.env.execute('mended');

    assert.ok(causesOf(error).includes('SNAPSHOT_CORRUPT'), messagesOf(error));
    assert.ok(isExact(mended));
  });

  it('fails the job when bytes of a file are wrong, before any of them is used', async () => {
    const whole = readFileSync(sstFile);
    const damaged = Buffer.from(whole);
    for (let at = 4_096; at < damaged.length - 4_096; at += 4_096) {
      damaged[at] = (damaged[at] as number) ^ 0xff;
    }
    writeFileSync(sstFile, damaged);
    const program = again();
    const error = await failureOf(() => program.env.execute('corrupt'));
    writeFileSync(sstFile, whole);
    const mended = again();
    await mended.env.execute('mended');

    const codes = causesOf(error);
    assert.ok(
      codes.includes('SNAPSHOT_CORRUPT') || codes.includes('ROCKSDB_FAILED'),
      messagesOf(error),
    );
    assert.match(messagesOf(error), /checksum|corrupt/i);
    assert.ok(isExact(mended), 'nothing of the damage stays in the next run');
  });

  it('fails the job when the footer of a file is wrong', async () => {
    const whole = readFileSync(sstFile);
    const damaged = Buffer.from(whole);
    damaged.fill(0x5a, damaged.length - 60);
    writeFileSync(sstFile, damaged);
    const error = await failureOf(() => again().env.execute('no footer'));
    writeFileSync(sstFile, whole);

    const codes = causesOf(error);
    assert.ok(
      codes.includes('SNAPSHOT_CORRUPT') || codes.includes('ROCKSDB_FAILED'),
      messagesOf(error),
    );
  });
});

/** Of a job that failed midway; it stays. */
async function failedJobsCheckpoint(): Promise<string> {
  const { env } = longValuesProgram({
    configuration: rocksdbIn(folder),
    onRecord: (index) => {
      if (index === STOP_AT) {
        throw new Error('it stops here');
      }
    },
  });
  const job = await env.executeAsync('to be damaged');
  await job.jobExecutionResult().catch(() => undefined);
  const { history } = job.details().checkpoints;
  const pointer = history.find(({ status }) => status === 'COMPLETED')?.externalPointer;
  assert.ok(pointer !== undefined, 'a checkpoint was completed');
  return localPath(pointer);
}

function largestFile(directory: string): string {
  const files = readdirSync(directory).map((name) => join(directory, name));
  const sizeOf = (path: string): number => readFileSync(path).length;
  const largest = files.sort((a, b) => sizeOf(b) - sizeOf(a))[0];
  assert.ok(largest !== undefined, 'the checkpoint has files of RocksDB');
  return largest;
}
