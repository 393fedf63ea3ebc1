import { rmSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../interop/retained-checkpoint.ts';
import { assertSameOperators } from '../interop/same-content.ts';
import { continueUnaligned, unalignedContent } from '../interop/unaligned-continuation.ts';
import { UNALIGNED_UIDS } from '../interop/unaligned-program.ts';

/** From `dist/compatibility` to the sources' fixtures. */
const FIXTURE = fileURLToPath(new URL('../../fixtures/flink-1.20-unaligned/', import.meta.url));
const folder = temporaryFolder('unaligned-edges');

after(() => rmSync(folder, { recursive: true }));

describe('an unaligned checkpoint of Flink with records in flight on every edge', () => {
  for (const parallelism of [1, 2, 3, 4]) {
    it(`goes on at parallelism ${parallelism} to the state that Flink came to`, async () => {
      const ours = await continueUnaligned({
        checkpoint: `${FIXTURE}checkpoint`,
        parallelism,
        events: 2_000,
        more: 1_000,
        folder,
      });

      assertSameOperators(
        await unalignedContent(ours),
        await unalignedContent(`${FIXTURE}continued`),
        UNALIGNED_UIDS,
      );
    });
  }
});
