/**
 * What every state backend must do. A backend adopts it in one test file and adds only tests of
 * what is its own.
 *
 * Invariant: nothing here knows how a backend keeps or writes its state.
 */
import { describe } from 'node:test';
import type { StateBackendConformanceOptions } from './backend-fixture.ts';
import { keyTests } from './key-tests.ts';
import { kindTests } from './kind-tests.ts';
import { migrationTests } from './migration-tests.ts';
import { restoreTests } from './restore-tests.ts';
import { snapshotTests } from './snapshot-tests.ts';
import { timerTests } from './timer-tests.ts';
import { ttlCleanupTests } from './ttl-cleanup-tests.ts';
import { ttlLawTests } from './ttl-law-tests.ts';
import { ttlTests } from './ttl-tests.ts';
import { viewTests } from './view-tests.ts';

export type { StateBackendCapability, StateBackendConformanceOptions } from './backend-fixture.ts';
export { MemoryCheckpointStreams } from './memory-checkpoint-streams.ts';
export { SlicingClock } from './slicing-clock.ts';

/** Registers the tests with `node:test`. */
export function stateBackendConformance(
  name: string,
  options: StateBackendConformanceOptions,
): void {
  describe(`${name} is a state backend`, () => {
    kindTests(options);
    keyTests(options);
    migrationTests(options);
    restoreTests(options);
    snapshotTests(options);
    timerTests(options);
    ttlTests(options);
    ttlCleanupTests(options);
    ttlLawTests(options);
    viewTests(options);
    describe('with canonical savepoints', () => {
      const canonical = { ...options, keyedStateFormat: 'canonical' } as const;
      kindTests(canonical);
      migrationTests(canonical);
      restoreTests(canonical);
      snapshotTests(canonical);
      timerTests(canonical);
      ttlTests(canonical);
      ttlCleanupTests(canonical);
      ttlLawTests(canonical);
    });
    for (const keyedStateFormat of ['native', 'canonical'] as const) {
      describe(`with compressed ${keyedStateFormat} snapshots`, () => {
        const compressed = { ...options, keyedStateFormat, snapshotCompression: true };
        restoreTests(compressed);
        snapshotTests(compressed);
        timerTests(compressed);
      });
    }
  });
}
