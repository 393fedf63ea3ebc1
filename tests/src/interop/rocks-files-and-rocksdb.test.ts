import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { assertRocksFiles } from '../compatibility/rocks-files.ts';
import { buildFlinkProject, makeRocksFiles, whyNoFlink } from './flink.ts';
import { temporaryFolder } from './retained-checkpoint.ts';

const missing = whyNoFlink();
if (missing !== undefined && process.env.CI === 'true') {
  throw new Error(`the comparison with RocksDB must run in CI, but ${missing}`);
}
const skip = missing ?? false;
const COUNT = Number(process.env.MILLRACE_RUNS ?? 40);
const folder = temporaryFolder('rocks-files');

describe('databases of random histories and options by RocksDB', { skip }, () => {
  const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);

  before(async () => {
    await buildFlinkProject();
    await makeRocksFiles(folder, { seed, count: COUNT });
  });
  after(() => rmSync(folder, { recursive: true }));

  it('hold what RocksDB reads from them, key by key', async (t) => {
    t.diagnostic(`MILLRACE_SEED=${seed}`);
    const names = readdirSync(folder);

    assert.equal(names.length, COUNT);
    for (const name of names) {
      await assertRocksFiles(join(folder, name)).catch((error: unknown) => {
        throw new Error(`database ${name} of MILLRACE_SEED=${seed}`, { cause: error });
      });
    }
  });
});
