import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { durationMs, parseDuration } from './duration.ts';

describe('durations', () => {
  const valid: [string, number][] = [
    ['10', 10],
    ['10ms', 10],
    ['10 millis', 10],
    ['3 s', 3000],
    ['3SECONDS', 3000],
    ['2 min', 120_000],
    ['2m', 120_000],
    ['1 h', 3_600_000],
    ['1 days', 86_400_000],
    ['1500 µs', 1],
    ['999999 ns', 0],
    ['  7 s ', 7000],
  ];
  for (const [text, ms] of valid) {
    it(`reads '${text}' as ${ms} ms`, () => {
      assert.equal(parseDuration(text), ms);
    });
  }

  for (const text of ['', 's', '1.5 s', '-1 s', 'PT10S', '10 fortnights', '1 s 2 ms', '1e3 ms']) {
    it(`refuses '${text}' as Flink does`, () => {
      assert.throws(() => parseDuration(text), {
        code: 'CONFIG_VALUE_INVALID',
        message: /write it as '10 s'/,
      });
    });
  }

  it('takes a number as milliseconds', () => {
    assert.equal(durationMs(250), 250);
  });

  for (const ms of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`refuses the number ${ms}`, () => {
      assert.throws(() => durationMs(ms), {
        code: 'CONFIG_VALUE_INVALID',
        message: new RegExp(`a duration of ${ms} ms`),
      });
    });
  }
});
