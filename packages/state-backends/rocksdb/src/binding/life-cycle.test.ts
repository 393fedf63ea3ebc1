import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { whyNoNativeAddon } from './load-native-addon.ts';

const CHILD = fileURLToPath(new URL('./life-cycle.test.child.js', import.meta.url));

const STAGES = [
  'addon loaded',
  'shared memory held',
  'opening running',
  'database open',
  'entries in memory',
  'iterator open',
  'snapshot open',
  'writer open',
  'flush running',
  'compaction running',
  'checkpoint running',
  'everything running',
  'closing running',
  'database closed',
];

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
  /** What it left in its folder. */
  readonly has: (name: string) => boolean;
}

async function run(stage: string, end: string): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-rocksdb-'));
  try {
    const child = spawn(process.execPath, [CHILD, stage, end, folder], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const [code, signal] = await new Promise<[number | null, string | null]>((ended) =>
      child.on('close', (...how) => ended(how)),
    );
    const left = new Set(
      ['written.sst', 'copy.tmp'].filter((name) => existsSync(join(folder, name))),
    );
    return { code, signal, stderr, has: (name) => left.has(name) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function assertEnded(ended: Ended, code: number): void {
  const { stderr } = ended;
  assert.deepEqual(
    { ...ended, stderr: '', has: 0 },
    { code, signal: null, stderr: '', has: 0 },
    stderr,
  );
}

describe('the end of a process', { skip: whyNoNativeAddon() ?? false }, () => {
  for (const stage of STAGES) {
    it(`is clean by itself with: ${stage}`, async () => {
      const ended = await run(stage, 'by itself');

      assertEnded(ended, 0);
      assert.equal(ended.stderr, '');
      assert.equal(ended.has('written.sst'), false, 'a file that nobody finished stayed');
    });

    it(`is clean by process.exit with: ${stage}`, async () => {
      const ended = await run(stage, 'by process.exit');

      assertEnded(ended, 0);
      assert.equal(ended.stderr, '');
    });

    it(`is clean without any listener with: ${stage}`, async () => {
      const ended = await run(stage, 'by process.reallyExit');

      assertEnded(ended, 0);
      assert.equal(ended.stderr, '');
    });

    it(`is clean by an exception with: ${stage}`, async () => {
      const ended = await run(stage, 'by an exception');

      assertEnded(ended, 1);
      assert.match(ended.stderr, /on purpose/);
    });
  }

  it('is clean by process.exit while a worker thread reads', async () => {
    const ended = await run('reads', 'with a worker that reads');

    assertEnded(ended, 0);
    assert.equal(ended.stderr, '');
  });
});

describe('the end of a worker thread', { skip: whyNoNativeAddon() ?? false }, () => {
  for (const stage of STAGES) {
    it(`releases the database with: ${stage}`, async () => {
      const ended = await run(stage, 'of its worker');

      assertEnded(ended, 0);
      assert.equal(ended.stderr, '');
    });
  }
});
