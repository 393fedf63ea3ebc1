import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SystemClock } from '@millrace/core';
import { textLineFormat } from '../format/text-line-format.ts';
import { noMetrics, outputTo } from '../testing/source-harness.ts';
import { FileSource } from './file-source.ts';

describe('a split of a file that is paused', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-file-pause-'));
    await writeFile(join(folder, 'a.txt'), 'a1\na2\na3\n');
    await writeFile(join(folder, 'b.txt'), 'b1\n');
  });
  after(() => rm(folder, { recursive: true }));

  /** A reader with both files, after its first record. */
  async function opened() {
    const source = FileSource.forRecordStreamFormat(textLineFormat(), folder);
    const reader = source.createReader({
      indexOfSubtask: 0,
      currentParallelism: 1,
      clock: new SystemClock(),
      metricGroup: noMetrics,
      sendSplitRequest: () => {},
    });
    reader.addSplits(
      ['a', 'b'].map((name) => ({
        splitId: name,
        path: join(folder, `${name}.txt`),
        offset: 0,
        length: name === 'a' ? 9 : 3,
        fileModificationTime: 0,
        fileSize: name === 'a' ? 9 : 3,
        position: undefined,
      })),
    );
    reader.notifyNoMoreSplits();
    reader.start();
    const records: string[] = [];
    const output = outputTo(records);
    const poll = async (atMost: number): Promise<string> => {
      let status = reader.pollNext(output, atMost);
      while (status === 'nothing-available' && records.length === 0) {
        await reader.isAvailable();
        status = reader.pollNext(output, atMost);
      }
      return status;
    };
    await poll(1);
    return { reader, records, output };
  }

  it('gives no record, and the reader none of a later split, until it is resumed', async () => {
    const { reader, records, output } = await opened();

    reader.pauseOrResumeSplits?.(['a'], []);
    const status = reader.pollNext(output, 10);
    let isAvailable = false;
    const available = reader.isAvailable().then(() => {
      isAvailable = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    const whilePaused = { status, isAvailable, records: [...records] };
    reader.pauseOrResumeSplits?.([], ['a']);
    await available;
    while (reader.pollNext(output, 10) !== 'end-of-input') {
      await reader.isAvailable();
    }
    await reader.close();

    assert.deepEqual(whilePaused, {
      status: 'nothing-available',
      isAvailable: false,
      records: ['a1'],
    });
    assert.deepEqual(records, ['a1', 'a2', 'a3', 'b1']);
  });

  it('is in a snapshot at the record after the last one that was emitted', async () => {
    const { reader } = await opened();

    reader.pauseOrResumeSplits?.(['a'], []);
    const [split] = reader.snapshotState(1);
    await reader.close();

    assert.equal(split?.splitId, 'a');
    assert.equal(split?.position?.recordsAfterOffset, 1);
  });
});
