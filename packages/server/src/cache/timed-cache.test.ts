import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '@millrace/core';
import { TimedCache } from './timed-cache.ts';

/** A clock that stands until it is moved. */
class StandingClock implements Clock {
  private time = 1000;
  private timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.time;
  }

  setTimer(delayMs: number, callback: () => void) {
    const timer = { at: this.time + delayMs, callback };
    this.timers.push(timer);
    const cancel = (): void => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
    return { cancel };
  }

  yieldTurn(): Promise<void> {
    return Promise.resolve();
  }

  advance(ms: number): void {
    this.time += ms;
    for (const timer of this.timers.filter(({ at }) => at <= this.time)) {
      timer.callback();
    }
  }
}

function cacheWith(clock: Clock): TimedCache<string> {
  return new TimedCache({ clock, maxAgeMs: 100, patienceMs: 10, staleAgeMsMax: 1000, sizeMax: 2 });
}

describe('a timed cache', () => {
  it('asks once for all who ask at the same time, and again only when the answer is old', async () => {
    const clock = new StandingClock();
    const cache = cacheWith(clock);
    let asked = 0;
    const fetch = async () => `answer ${++asked}`;

    const together = await Promise.all([cache.get('a', fetch), cache.get('a', fetch)]);
    clock.advance(99);
    const young = await cache.get('a', fetch);
    clock.advance(1);
    const old = await cache.get('a', fetch);

    assert.deepEqual([...together, young, old], ['answer 1', 'answer 1', 'answer 1', 'answer 2']);
  });

  it('gives the old answer while a new one takes long, but none that is too old', async () => {
    const clock = new StandingClock();
    const cache = cacheWith(clock);
    await cache.get('a', async () => 'old');
    clock.advance(500);

    const meanwhile = cache.get('a', () => new Promise(() => {}));
    clock.advance(10);

    assert.equal(await meanwhile, 'old');
    clock.advance(600);
    const tooOld = cache.get('a', () => Promise.reject(new Error('not asked')));
    assert.equal(await Promise.race([tooOld, Promise.resolve('waits')]), 'waits');
  });

  it('gives what is known from elsewhere while its own first value takes long', async () => {
    const clock = new StandingClock();
    const cache = cacheWith(clock);

    const meanwhile = cache.get('a', () => new Promise(() => {}), 'from elsewhere');
    clock.advance(10);

    assert.equal(await meanwhile, 'from elsewhere');
    assert.equal(await cache.get('b', async () => 'own', 'from elsewhere'), 'own');
  });

  it('keeps its value after an error that says nothing of it, and not after another', async () => {
    const clock = new StandingClock();
    const cache = new TimedCache<string>({
      ...{ clock, maxAgeMs: 100, patienceMs: 10, staleAgeMsMax: Infinity, sizeMax: 2 },
      keepsAfter: (error) => (error as Error).message === 'late',
    });
    await cache.get('a', async () => 'old');
    clock.advance(1e6);

    assert.equal(await cache.get('a', () => Promise.reject(new Error('late'))), 'old');
    assert.equal(await cache.get('a', () => Promise.reject(new Error('late'))), 'old');
    await assert.rejects(cache.get('a', () => Promise.reject(new Error('gone'))));
    await assert.rejects(cache.get('a', () => Promise.reject(new Error('late'))));
  });

  it('keeps no error, and no more keys than allowed', async () => {
    const cache = cacheWith(new StandingClock());

    await assert.rejects(cache.get('a', () => Promise.reject(new Error('gone'))));
    assert.equal(await cache.get('a', async () => 'there'), 'there');
    await cache.get('b', async () => 'b');
    await cache.get('c', async () => 'c');
    assert.equal(await cache.get('a', async () => 'anew'), 'anew');
  });
});
