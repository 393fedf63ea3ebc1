import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatAgo, formatDuration, formatTime, formatWatermark, watermarkLag } from './times.ts';

describe('time for a person', () => {
  it('names a span with two units at most', () => {
    const texts = [
      0, 0.25, 340, 1240, 12_530, 59_999, 185_000, 3_599_900, 7_440_000, 273_600_000,
    ].map(formatDuration);

    assert.deepEqual(texts, [
      '0 ms',
      '0.3 ms',
      '340 ms',
      '1.24 s',
      '12.5 s',
      '60 s',
      '3 m 05 s',
      '60 m 00 s',
      '2 h 04 m',
      '3 d 04 h',
    ]);
  });

  it('shows a dash for a span that is not known', () => {
    assert.deepEqual([-1, undefined, 'NaN'].map(formatDuration), ['–', '–', '–']);
  });

  it('leaves out the date of a moment of today', () => {
    const moment = new Date(2026, 10, 21, 9, 5, 7).getTime();
    const evening = new Date(2026, 10, 21, 23, 0, 0).getTime();
    const tomorrow = new Date(2026, 10, 22, 1, 0, 0).getTime();

    assert.equal(formatTime(moment, evening), '09:05:07');
    assert.equal(formatTime(moment, tomorrow), '2026-11-21 09:05:07');
    assert.equal(formatTime(-1), '–');
  });

  it('says in words what the two ends of the watermark mean', () => {
    assert.equal(formatWatermark('-9223372036854775808'), 'none yet');
    assert.equal(formatWatermark('9223372036854775807'), 'end of input');
    assert.equal(watermarkLag('-9223372036854775808', 5), undefined);
    assert.equal(watermarkLag(1000, 4500), 3500);
  });

  it('says how long ago a moment was', () => {
    assert.equal(formatAgo(1000, 13_400), '12 s ago');
    assert.equal(formatAgo(0, 13_400), '–');
  });
});
