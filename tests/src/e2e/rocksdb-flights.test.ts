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
      const [rows, expected] = [finished, onHeap].map(({ output }) =>
        sortedRows(join(output, kind)).join('\n'),
      );

      assert.ok(rows === expected, `${kind} differ`);
    }
  });
});
