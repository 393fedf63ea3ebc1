import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatMemorySize, parseMemorySize } from './memory-size.ts';
import { formatMapText, joinQuoted, parseMapText, splitQuoted } from './structured-text.ts';

const TEXT = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...`;:,'" a`) }));

describe('structured text', () => {
  it('reads back every list that it wrote', () => {
    fc.assert(
      fc.property(fc.array(TEXT), (items) => {
        assert.deepEqual(splitQuoted(joinQuoted(items, ';'), ';'), items);
      }),
    );
  });

  it('reads back every map that it wrote', () => {
    fc.assert(
      fc.property(fc.dictionary(TEXT, TEXT, { noNullPrototype: true }), (map) => {
        assert.deepEqual(parseMapText(formatMapText(map)), map);
      }),
    );
  });

  it('reads back every size that it wrote', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 2 }), (size, power) => {
        const bytes = size * 1024 ** power;
        assert.equal(parseMemorySize(formatMemorySize(bytes)), bytes);
      }),
    );
  });
});
