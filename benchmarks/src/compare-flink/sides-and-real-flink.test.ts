import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { whyNoFlink } from '@millrace/tests/java-project';
import { compareSection } from './compare-sections.ts';
import { sectionsOf } from './sections.ts';

const missing = whyNoFlink();
if (missing !== undefined && process.env.CI === 'true') {
  throw new Error(`the comparison with Flink must run in CI, but ${missing}`);
}

describe('the sides of the comparison', () => {
  for (const section of sectionsOf('smoke')) {
    const skip = missing ?? (section.backend === 'rocksdb' ? whyNoNativeAddon() : undefined);

    it(`give the same results in ${section.name}, and all are measured`, {
      skip: skip ?? false,
    }, async () => {
      const { accesses, steps } = await compareSection(section, { smoke: true, print: () => {} });

      const measured = [
        ...accesses.flatMap((result) => result.figures),
        ...steps.flatMap((step) => step.figures),
      ];
      const names = new Set(measured.map(({ side }) => side));
      assert.ok(names.has('Flink') && names.has('Millrace'), [...names].join());
      for (const { figures } of accesses) {
        assert.ok(
          figures.every(({ operationsPerMs }) => operationsPerMs.every((rate) => rate > 0)),
        );
      }
    });
  }
});
