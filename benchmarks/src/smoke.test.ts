import assert from 'node:assert/strict';
import { relative } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Bench } from '@millrace/core/bench';
import { findBenchFiles } from './bench-files.ts';
import { BenchHarness } from './harness.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('benches', () => {
  for (const file of findBenchFiles(ROOT)) {
    it(`${relative(ROOT, file)} runs with tiny sizes and measures something`, async () => {
      const { bench } = (await import(pathToFileURL(file).href)) as { bench: Bench };
      const harness = new BenchHarness({ smoke: true, print: () => undefined });

      await bench(harness);

      assert.ok(harness.comparisons.length + harness.figures.length > 0);
    });
  }
});
