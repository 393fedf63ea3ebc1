/** Real Flink goes on from an unaligned checkpoint of ours. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FileSystems } from '@millrace/core';
import { hasRecordsInFlight, loadCheckpointMetadata } from '@millrace/state';
import { buildFlinkProject, goOnUnalignedInFlink, whyNoFlink } from './flink.ts';
import { temporaryFolder } from './retained-checkpoint.ts';
import { assertSameOperators } from './same-content.ts';
import { continueUnaligned, takeUnaligned, unalignedContent } from './unaligned-continuation.ts';
import { UNALIGNED_UIDS } from './unaligned-program.ts';

const missing = whyNoFlink();
if (missing !== undefined && process.env.CI === 'true') {
  throw new Error(`the comparison with real Flink must run in CI, but ${missing}`);
}
const skip = missing ?? false;

const MORE = 1_000;
const folder = temporaryFolder('unaligned-of-ours');

after(() => rmSync(folder, { recursive: true }));

/** Few enough to find room in the channels, all of them. */
const EVENTS_HELD = 800;

for (const { parallelism, stateBackend } of [
  { parallelism: 2, stateBackend: 'hashmap' },
  { parallelism: 3, stateBackend: 'hashmap' },
] as const) {
  describe(`an unaligned checkpoint of ours, taken at parallelism ${parallelism}`, { skip }, () => {
    it('goes on in real Flink at parallelism 2 to the state that it comes to here', async () => {
      await buildFlinkProject();
      const taken = join(folder, `ours-${parallelism}`);
      const checkpoint = await takeUnaligned({ parallelism, events: EVENTS_HELD, folder: taken });
      const { metadata } = await loadCheckpointMetadata(new FileSystems(), checkpoint);
      const inFlight = metadata.operatorStates.filter(hasRecordsInFlight);
      assert.equal(inFlight.length, UNALIGNED_UIDS.length);

      const { savepoint } = await goOnUnalignedInFlink({
        ...{ folder: taken, events: EVENTS_HELD, more: MORE, stateBackend, checkpoint },
      });
      const ours = await continueUnaligned({
        ...{ checkpoint, parallelism: 2, events: EVENTS_HELD, more: MORE, folder: taken },
        isHeld: false,
      });

      const found = await unalignedContent(savepoint);
      assertSameOperators(found, await unalignedContent(ours), UNALIGNED_UIDS);
    });
  });
}
