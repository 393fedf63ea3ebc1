/** The flights example with its state in RocksDB. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { runFlights, sortedRows } from './flights-runs.ts';

const SETTINGS = ['state.backend.type=rocksdb', 'execution.checkpointing.incremental=true'];
const ARGS = SETTINGS.flatMap((each) => ['-D', each]);

const DIFFERENCES_SHOWN = 10;

describe('the flights example on RocksDB', { skip: whyNoNativeAddon() ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-flights-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('gives the same rows as on the heap, also after it was killed', async () => {
    const cwd = join(folder, 'rocksdb');

    const onHeap = await runFlights(join(folder, 'heap'));
    const killed = await runFlights(cwd, '--kill-at', '40%', ...ARGS);
    const finished = await runFlights(cwd, ...ARGS);

    assert.equal(killed.signal, 'SIGKILL');
    assert.equal(finished.code, 0, finished.stderr);
    assert.match(finished.stdout, /went on from checkpoint \d/);
    for (const kind of ['hours', 'late', 'alerts', 'routes']) {
      assert.deepEqual(
        differences(sortedRows(join(finished.output, kind)), sortedRows(join(onHeap.output, kind))),
        [],
        kind,
      );
    }
  });
});

/** Some of the rows that stand in one and not in the other, as often as they do. */
function differences(rows: readonly string[], expected: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  for (const row of expected) {
    counts.set(row, (counts.get(row) ?? 0) - 1);
  }
  return [...counts]
    .filter(([, count]) => count !== 0)
    .slice(0, DIFFERENCES_SHOWN)
    .map(([row, count]) => `${count > 0 ? 'unexpected' : 'missing'}: ${row}`);
}
