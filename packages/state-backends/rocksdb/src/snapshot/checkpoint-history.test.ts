import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { KeyedStateHandle } from '@millrace/state';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { createSnapshotStrategy } from './create-snapshot-strategy.ts';
import { SteeredDatabase } from './database-fixture.ts';
import {
  FolderDatabase,
  folderSource,
  incremental,
  JobFolder,
  sharedNames,
  temporaryFolder,
} from './snapshot-fixture.ts';

describe('checkpoints of a real database', { skip: whyNoNativeAddon() ?? false }, () => {
  it('of which the second fails write and delete the files of the documented example', async () => {
    // Checkpoint 1: 1.sst, 2.sst, 3.sst; 2, which fails: 1.sst, 2.sst, 4.sst; 3: 4.sst, 5.sst.
    const folder = await temporaryFolder();
    const steered = await SteeredDatabase.open(join(folder.path, 'db'));
    const { database } = steered;
    const job = new JobFolder(join(folder.path, 'checkpoints'));
    const source = folderSource(new FolderDatabase(), { workingDirectory: folder.path, database });
    const strategy = createSnapshotStrategy(source, { incremental: true, restored: undefined });
    const take = async (checkpointId: number): Promise<KeyedStateHandle | undefined> => {
      const streams = await job.streams(checkpointId);
      const handle = await strategy.snapshot(checkpointId, streams).write();
      job.acknowledge(checkpointId, handle);
      return handle;
    };
    const newIn = async (act: () => Promise<unknown>): Promise<number> => {
      const before = new Set(await job.sharedFiles());
      await act();
      return (await job.sharedFiles()).filter((path) => !before.has(path)).length;
    };
    try {
      steered.put('c', '3');
      const sst3 = await steered.flush();
      steered.put('a', '1');
      const sst1 = await steered.flush();
      steered.put('b', '2');
      const sst2 = await steered.flush();
      let first: KeyedStateHandle | undefined;
      const newIn1 = await newIn(async () => {
        first = await take(1);
      });
      await job.complete(1, first);
      strategy.notifyCheckpointComplete(1);
      assert.equal(newIn1, 3);
      assert.deepEqual(new Set(sharedNames(first).keys()), new Set([sst1, sst2, sst3]));

      const [sst4 = ''] = await steered.compact([sst3], 6);
      let second: KeyedStateHandle | undefined;
      const newIn2 = await newIn(async () => {
        second = await take(2);
      });
      assert.equal(newIn2, 1);
      assert.deepEqual(new Set(sharedNames(second).keys()), new Set([sst1, sst2, sst4]));
      assert.deepEqual(privateNames(second), ['CURRENT', 'MANIFEST', 'OPTIONS']);
      await job.abort(2, second);
      strategy.notifyCheckpointAborted(2);
      // The file of the failed one stays until a newer one has completed, as one of 2 may be named.
      assert.equal((await job.sharedFiles()).length, 4);

      const [sst5 = ''] = await steered.compact([sst1, sst2], 5);
      let third: KeyedStateHandle | undefined;
      const newIn3 = await newIn(async () => {
        third = await take(3);
      });
      assert.equal(newIn3, 2);
      assert.deepEqual(new Set(sharedNames(third).keys()), new Set([sst4, sst5]));
      assert.notEqual(sharedNames(third).get(sst4), sharedNames(second).get(sst4));
      await job.complete(3, third);
      strategy.notifyCheckpointComplete(3);

      assert.equal(job.named.length, 2);
      assert.deepEqual(await job.sharedFiles(), job.named);
      const restored = await SteeredDatabase.restore(
        join(folder.path, 'restored'),
        incremental(third),
      );
      assert.deepEqual(
        ['a', 'b', 'c'].map((key) => restored.get(key)),
        ['1', '2', '3'],
      );
      await restored.database.close();
    } finally {
      await strategy.dispose();
      await database.close();
      await folder.remove();
    }
  });
});

function privateNames(handle: KeyedStateHandle | undefined): string[] {
  return incremental(handle)
    .private.map(({ localPath }) => localPath.replace(/-\d+$/, ''))
    .sort();
}
