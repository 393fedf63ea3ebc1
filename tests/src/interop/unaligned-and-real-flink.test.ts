import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FileSystems } from '@millrace/core';
import { loadCheckpointMetadata } from '@millrace/state';
import { buildFlinkProject, goOnUnalignedInFlink, whyNoFlink } from './flink.ts';
import { temporaryFolder } from './retained-checkpoint.ts';
import { assertSameOperators } from './same-content.ts';
import { continueUnaligned, unalignedContent } from './unaligned-continuation.ts';
import { UNALIGNED_UIDS } from './unaligned-program.ts';

const missing = whyNoFlink();
if (missing !== undefined && process.env.CI === 'true') {
  throw new Error(`the comparison with real Flink must run in CI, but ${missing}`);
}
const skip = missing ?? false;

const EVENTS = 2_000;
const MORE = 1_000;
const folder = temporaryFolder('unaligned-flink');

after(() => rmSync(folder, { recursive: true }));

for (const stateBackend of ['hashmap', 'rocksdb'] as const) {
  describe(`an unaligned checkpoint that real Flink has just taken with ${stateBackend}`, {
    skip,
  }, () => {
    let checkpoint = '';
    let savepoint = '';

    before(async () => {
      await buildFlinkProject();
      const args = { folder: join(folder, stateBackend), events: EVENTS, more: MORE, stateBackend };
      ({ checkpoint, savepoint } = await goOnUnalignedInFlink(args));
    });

    it('has records in flight into every operator with keyed state', async () => {
      const { metadata } = await loadCheckpointMetadata(new FileSystems(), checkpoint);
      const bytes = metadata.operatorStates.map(({ subtaskStates }) =>
        [...subtaskStates.values()]
          .flatMap(({ inputChannelState }) => inputChannelState)
          .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      );

      assert.equal(bytes.filter((each) => each > 0).length, UNALIGNED_UIDS.length);
      const kinds = metadata.operatorStates.flatMap(({ subtaskStates }) =>
        [...subtaskStates.values()].map(({ managedKeyedState }) => managedKeyedState?.kind),
      );
      const kind = stateBackend === 'rocksdb' ? 'incremental-remote' : 'key-groups';
      assert.deepEqual(new Set(kinds), new Set([undefined, kind]));
    });

    for (const parallelism of [2, 1, 3]) {
      it(`goes on here at parallelism ${parallelism} to the state that Flink comes to`, async () => {
        const ours = await continueUnaligned({
          checkpoint,
          parallelism,
          events: EVENTS,
          more: MORE,
          folder,
        });

        assertSameOperators(
          await unalignedContent(ours),
          await unalignedContent(savepoint),
          UNALIGNED_UIDS,
        );
      });
    }
  });
}
