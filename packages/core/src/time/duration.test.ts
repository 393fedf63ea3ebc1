import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Duration, durationMs, parseDuration } from './duration.ts';

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
        message: new RegExp(`the duration is ${ms} ms`),
      });
    });
  }
});

describe('a duration that is refused', () => {
  for (const [given, message] of [
    [undefined, /^the gap is undefined; use/],
    [-1, /^the gap is -1 ms; use/],
    ['soon', /^the gap 'soon' is invalid: it is not/],
  ] as const) {
    it(`is named by what it is for: ${given}`, () => {
      assert.throws(() => durationMs(given as Duration, 'the gap'), { message });
    });
  }
});
