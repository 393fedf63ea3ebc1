/** What a process on RocksDB leaves that is killed at any moment, and what the next one makes of it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { SeededRandom } from '@millrace/testing';
import { type ProgramEnd, startProgram } from '../child-program.ts';
import { KEYS } from './rocksdb-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-rocksdb-killed-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const PROGRAM = fileURLToPath(new URL('./rocksdb-killed-program.js', import.meta.url));
const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const KILLS = 3;
const LOOK_MS = 5;

describe('a process on RocksDB that is killed', { skip: whyNoNativeAddon() ?? false }, () => {
  it('is followed by one that loses nothing and removes what was left on the local disk', async (t) => {
    t.diagnostic(`MILLRACE_SEED=${SEED}`);
    const random = new SeededRandom(SEED);
    const local = join(folder, 'local');
    const undisturbed = Date.now();
    const reference = await startProgram(PROGRAM, [join(folder, 'reference')]).ended;
    const tookMs = Date.now() - undisturbed;
    assert.deepEqual(JSON.parse(reference.stdout), { restored: null, keys: KEYS, allExact: true });

    let leftOvers = 0;
    let end: ProgramEnd | undefined;
    for (let kill = 0; kill < KILLS && end?.code !== 0; kill++) {
      // The first one soon, so that it ends on its own on no machine.
      const share = kill === 0 ? 0.05 : 0.5 * random.next();
      end = await killedWithDatabase(local, share * tookMs);
      leftOvers = Math.max(leftOvers, namesIn(local).length);
    }
    if (end?.code !== 0) {
      end = await startProgram(PROGRAM, [folder]).ended;
    }

    assert.equal(end.code, 0, end.stderr);
    assert.ok(leftOvers > 0, 'a killed process left a database');
    assert.equal((JSON.parse(end.stdout) as { allExact: boolean }).allExact, true);
    assert.deepEqual(namesIn(local), []);
  });
});

/** Killed some time after it has made its database. */
async function killedWithDatabase(local: string, afterMs: number): Promise<ProgramEnd> {
  const before = new Set(namesIn(local));
  const { child, ended } = startProgram(PROGRAM, [folder]);
  let kill: NodeJS.Timeout | undefined;
  const look = setInterval(() => {
    if (kill === undefined && namesIn(local).some((name) => !before.has(name))) {
      kill = setTimeout(() => child.kill('SIGKILL'), afterMs);
    }
  }, LOOK_MS);
  const end = await ended;
  clearInterval(look);
  clearTimeout(kill);
  assert.ok(end.signal === 'SIGKILL' || end.code === 0, end.stderr);
  return end;
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // Killed before it was made.
  }
}
