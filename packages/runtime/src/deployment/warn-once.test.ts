import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { warnOnce } from './warn-once.ts';

describe('a warning of the configuration', () => {
  it('is told once for all jobs with one listener, and to each listener', () => {
    const heard: string[] = [];
    const one = (message: string) => heard.push(`one ${message}`);
    const other = (message: string) => heard.push(`other ${message}`);

    for (const listener of [one, one, other]) {
      warnOnce(listener, listener)('key a');
    }
    warnOnce(one, one)('key b');

    assert.deepEqual(heard, ['one key a', 'other key a', 'one key b']);
  });

  it('is written once to the log', () => {
    const logged: string[] = [];
    const log = (job: string) => (message: string) => logged.push(`${job}: ${message}`);

    warnOnce(undefined, log('first'))('a key that only this test has');
    warnOnce(undefined, log('second'))('a key that only this test has');

    assert.deepEqual(logged, ['first: a key that only this test has']);
  });
});
