import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatBytes, formatCount, formatExact, formatPercent, formatRate } from './numbers.ts';

describe('numbers for a person', () => {
  it('keeps three digits and names the unit', () => {
    const texts = [0, 7, 999, 999.6, 1000, 1234, 12_345, 123_456, 999_499, 999_600, 7.256].map(
      formatCount,
    );

    assert.deepEqual(texts, [
      '0',
      '7',
      '999',
      '1 k',
      '1 k',
      '1.23 k',
      '12.3 k',
      '123 k',
      '999 k',
      '1 M',
      '7.26',
    ]);
  });

  it('counts bytes in steps of 1024', () => {
    const texts = [0, 512, 1024, 12_345_678, 134_217_728].map(formatBytes);

    assert.deepEqual(texts, ['0 B', '512 B', '1 KB', '11.8 MB', '128 MB']);
  });

  it('reads the texts that metrics come as, and shows a dash for what is no number', () => {
    const texts = ['15', 'NaN', '', undefined, null, Number.POSITIVE_INFINITY].map(formatRate);

    assert.deepEqual(texts, ['15/s', '–', '–', '–', '–', '–']);
  });

  it('does not round a small share to nothing', () => {
    const texts = [0, 0.004, 0.256, 1].map(formatPercent);

    assert.deepEqual(texts, ['0 %', '<1 %', '26 %', '100 %']);
  });

  it('groups the digits of an exact number', () => {
    assert.equal(formatExact(1_234_567), '1,234,567');
  });

  it('is never longer than nine characters, and within half a percent of the number', () => {
    const value = fc.double({ min: -1e17, max: 1e17, noNaN: true });

    fc.assert(
      fc.property(value, (number) => {
        const text = formatCount(number);
        const [digits, unit = ''] = text.replace('−', '-').split(' ');
        const factor = 1000 ** ['', 'k', 'M', 'G', 'T', 'P'].indexOf(unit);
        assert.ok(text.length <= 9, text);
        assert.ok(
          Math.abs(Number(digits) * factor - number) <= Math.max(0.0051, Math.abs(number) / 195),
          `${text} for ${number}`,
        );
      }),
    );
  });
});
