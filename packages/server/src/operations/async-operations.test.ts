import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '@millrace/core';
import { AsyncOperations } from './async-operations.ts';

function operations() {
  const timers: { readonly delayMs: number; readonly callback: () => void }[] = [];
  const holds: boolean[] = [];
  const clock: Clock = {
    now: () => 0,
    setTimer: (delayMs, callback) => {
      timers.push({ delayMs, callback });
      return { cancel: () => {} };
    },
    yieldTurn: () => Promise.resolve(),
  };
  const store = new AsyncOperations({
    clock,
    storeDurationMs: 300_000,
    onHold: (hold) => holds.push(hold),
  });
  const pass = (ms: number) => {
    for (const { delayMs, callback } of timers) {
      if (delayMs <= ms) {
        callback();
      }
    }
  };
  return { store, holds, pass };
}

const ID = '0123456789abcdef0123456789abcdef';

describe('triggered operations', () => {
  it('begin once for an id that is triggered twice', async () => {
    const { store } = operations();
    let begun = 0;
    const start = async () => ++begun;

    store.trigger('savepoint job', ID, start);
    const again = store.trigger('savepoint job', ID, start);
    await Promise.resolve();

    assert.equal(again, ID);
    assert.deepEqual(store.state('savepoint job', ID), { kind: 'done', result: 1 });
  });

  it('get an id of 32 digits where none is given', () => {
    const { store } = operations();

    assert.match(
      store.trigger('a', undefined, async () => 1),
      /^[0-9a-f]{32}$/,
    );
  });

  it('are known by their kind and job, and until their result is stored no longer', async () => {
    const { store, pass } = operations();
    store.trigger('savepoint job', ID, () => Promise.reject(new Error('disk full')));
    assert.deepEqual(store.state('savepoint job', ID), { kind: 'in-progress' });
    await new Promise(setImmediate);

    assert.equal(store.state('savepoint job', ID)?.kind, 'failed');
    assert.equal(store.state('savepoint other', ID), undefined);
    pass(300_000);
    assert.equal(store.state('savepoint job', ID), undefined);
  });

  it('hold the process until the result was read, or nobody came for it', async () => {
    const { store, holds, pass } = operations();
    store.trigger('a', ID, async () => 1);
    store.trigger('b', ID, async () => 2);
    await new Promise(setImmediate);

    store.wasRead('a', ID);
    store.wasRead('a', ID);
    assert.deepEqual(holds, [true]);
    pass(10_000);

    assert.deepEqual(holds, [true, false]);
  });
});
