import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytesFormat, humanBytes, humanSeconds, plural } from './sizes.ts';

describe('sizes', () => {
  it('have at most three digits and a unit for people', () => {
    const shown = [0, 1, 1023, 1024, 1536, 102_400, 1_048_575, 5e9, 2 ** 60].map(humanBytes);

    assert.deepEqual(shown, [
      '0 B',
      '1 B',
      '1023 B',
      '1.0 KiB',
      '1.5 KiB',
      '100 KiB',
      '1024 KiB',
      '4.7 GiB',
      '1024 PiB',
    ]);
  });

  it('are exact where that is asked for', () => {
    assert.equal(bytesFormat(true)(1_234_567), '1234567');
    assert.equal(bytesFormat(false)(1_234_567), '1.2 MiB');
  });
});

describe('durations and counts', () => {
  it('read as people say them', () => {
    assert.deepEqual([humanSeconds(41.6), humanSeconds(185)], ['42 s', '3 min 5 s']);
    assert.deepEqual(
      [plural(1, 'entry', 'entries'), plural(2_000, 'entry', 'entries')],
      ['1 entry', '2,000 entries'],
    );
  });
});
