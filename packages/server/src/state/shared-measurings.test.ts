import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemClock } from '@millrace/core';
import { SharedMeasurings } from './shared-measurings.ts';

/** Of a client that stays. */
const stays = new AbortController().signal;

/** A measurement that ends when it is told to, or when nobody waits for it. */
class Measurement {
  begun = 0;
  isAborted = false;
  end: (result: string) => void = () => {};

  readonly measure = (signal: AbortSignal): Promise<string> => {
    this.begun++;
    return new Promise((resolve, reject) => {
      this.end = resolve;
      signal.addEventListener('abort', () => {
        this.isAborted = true;
        reject(signal.reason);
      });
    });
  };
}

describe('measurements of state', () => {
  it('are one for all who ask for the same, and kept for a while', async () => {
    const measurings = new SharedMeasurings<string>(new SystemClock());
    const one = new Measurement();

    const first = measurings.get('a', stays, one.measure);
    const second = measurings.get('a', stays, one.measure);
    one.end('sizes');

    assert.deepEqual(await Promise.all([first, second]), ['sizes', 'sizes']);
    assert.equal(await measurings.get('a', stays, one.measure), 'sizes');
    assert.equal(one.begun, 1);
  });

  it('end when the last who waits is gone, not before, and begin anew for the next', async () => {
    const measurings = new SharedMeasurings<string>(new SystemClock());
    const one = new Measurement();
    const [a, b] = [new AbortController(), new AbortController()];
    const first = measurings.get('a', a.signal, one.measure);
    const second = measurings.get('a', b.signal, one.measure);

    a.abort(new Error('gone'));
    assert.equal(one.isAborted, false);
    b.abort(new Error('gone too'));

    assert.equal(one.isAborted, true);
    await assert.rejects(first, /gone too/);
    await assert.rejects(second, /gone too/);
    const next = new Measurement();
    const third = measurings.get('a', stays, next.measure);
    await new Promise((resolve) => setImmediate(resolve));
    next.end('anew');
    assert.equal(await third, 'anew');
  });

  it('run one at a time, and are refused when as many wait as may', async () => {
    const measurings = new SharedMeasurings<string>(new SystemClock());
    const running = new Measurement();
    const waiting = new Measurement();

    const first = measurings.get('a', stays, running.measure);
    const gone = new AbortController();
    const queued = Array.from({ length: 8 }, (_, index) =>
      measurings.get(`b${index}`, gone.signal, waiting.measure),
    );

    await assert.rejects(measurings.get('c', stays, waiting.measure), {
      code: 'TOO_MANY_MEASUREMENTS',
    });
    assert.equal(waiting.begun, 0);
    gone.abort(new Error('gone'));
    assert.deepEqual(
      (await Promise.allSettled(queued)).map(({ status }) => status),
      queued.map(() => 'rejected'),
    );
    running.end('sizes');
    assert.equal(await first, 'sizes');
    assert.equal(waiting.begun, 0);
  });
});
