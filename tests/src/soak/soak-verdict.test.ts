import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultsOf, type SoakEvents } from './soak-verdict.ts';

const MB = 1024 * 1024;
const RIGHT = { records: 1_000_000, windows: 4, faults: [] };

function soak(events: Partial<SoakEvents> = {}): SoakEvents {
  return {
    elapsedMs: 600_000,
    restarts: 40,
    checkpoints: 400,
    kills: 40,
    memory: memory(() => 0),
    faults: [],
    ...events,
  };
}

/** @param mainHeapAt - MB above what there is at first, after so many minutes */
function memory(mainHeapAt: (minute: number) => number): SoakEvents['memory'] {
  return Array.from({ length: 600 }, (_, second) => ({
    atMs: second * 1000,
    rss: 400 * MB,
    mainHeap: (25 + mainHeapAt(second / 60)) * MB,
    workerHeaps: 200 * MB,
  }));
}

describe('the verdict on a soak', () => {
  it('is no fault where all came, each kill was followed by a restart and memory is flat', () => {
    assert.deepEqual(faultsOf(soak(), RIGHT, { kills: true }), []);
    const undisturbed = soak({ kills: 0, restarts: 0 });
    assert.deepEqual(faultsOf(undisturbed, RIGHT, { kills: false }), []);
  });

  it('tells what was found on the way and at the end', () => {
    const records = { ...RIGHT, faults: ['lane 0 lacks one'] };

    const faults = faultsOf(soak({ faults: ['key 1 is out of order'] }), records, { kills: true });

    assert.deepEqual(faults, ['key 1 is out of order', 'lane 0 lacks one']);
  });

  const nothing = { records: 0, windows: 0, faults: [] };
  for (const [what, events, records, fault] of [
    ['no record', {}, nothing, /^no record/],
    ['hardly a checkpoint', { checkpoints: 20 }, RIGHT, /^only 20 checkpoints/],
    ['no kill', { kills: 0, restarts: 0 }, RIGHT, /^there were no kills/],
    ['kills that killed nothing', { restarts: 5 }, RIGHT, /killed nothing$/],
    ['one kill that killed nothing', { kills: 1, restarts: 0 }, RIGHT, /killed nothing$/],
    ['restarts that no kill explains', { restarts: 90 }, RIGHT, /fails by itself$/],
    [
      'a main thread that keeps 2 MB more each minute',
      { memory: memory((m) => 2 * m) },
      RIGHT,
      /^mainHeap/,
    ],
  ] as const) {
    it(`is a fault where there was ${what}`, () => {
      const faults = faultsOf(soak(events), records, { kills: true });

      assert.equal(faults.length, 1);
      assert.match(faults[0]!, fault);
    });
  }
});
