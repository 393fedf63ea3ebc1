import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isSameSize, PAGE_PLACES, RUN_MAX, RunPages } from './run-pages.ts';

const LENGTH = fc.integer({ min: 1, max: RUN_MAX });
const STEP = fc.oneof(
  { weight: 3, arbitrary: fc.record({ length: LENGTH }) },
  { weight: 2, arbitrary: fc.record({ goes: fc.nat(999) }) },
);

interface Run {
  readonly start: number;
  readonly length: number;
}

function takeAll(pages: RunPages, lengths: readonly number[]): Run[] {
  return lengths.map((length) => ({ start: pages.take(length), length }));
}

function giveBackAll(pages: RunPages, runs: readonly Run[]): void {
  for (const { start, length } of runs) {
    pages.giveBack(start, length);
  }
}

describe('runs of places', () => {
  it('never share a place, and each lies within a page', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 300, size: 'max' }), (steps) => {
        const pages = new RunPages();
        const runs: Run[] = [];
        for (const step of steps) {
          if ('length' in step) {
            runs.push({ start: pages.take(step.length), length: step.length });
          } else if (runs.length > 0) {
            giveBackAll(pages, runs.splice(step.goes % runs.length, 1));
          }
        }
        const taken = new Set<number>();
        for (const { start, length } of runs) {
          const last = start + length - 1;
          assert.ok(last < pages.places);
          assert.equal(Math.floor(start / PAGE_PLACES), Math.floor(last / PAGE_PLACES));
          for (let place = start; place <= last; place++) {
            assert.ok(!taken.has(place), `place ${place} twice`);
            taken.add(place);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('may be given back with any length that has a run of the same size', () => {
    const pages = new RunPages();
    assert.ok(isSameSize(97, 128));
    const runs = takeAll(pages, new Array(40).fill(97));
    const { places } = pages;

    giveBackAll(
      pages,
      runs.map(({ start }) => ({ start, length: 128 })),
    );
    takeAll(pages, new Array(40).fill(100));

    assert.equal(pages.places, places);
  });

  it('take no more places when all of another length were given back', () => {
    const pages = new RunPages();
    let places = 0;
    for (let length = 1; length <= RUN_MAX; length++) {
      const count = Math.floor((10 * PAGE_PLACES) / RUN_MAX);

      giveBackAll(pages, takeAll(pages, new Array(count).fill(length)));

      places = Math.max(places, pages.places);
    }

    assert.ok(places <= 11 * PAGE_PLACES, `${places} places`);
  });

  it('take three fifths more places than they have at most, where many have one length', () => {
    for (let length = 1; length <= RUN_MAX; length++) {
      const pages = new RunPages();
      const count = 2000;

      takeAll(pages, new Array(count).fill(length));

      assert.ok(pages.places <= 1.6 * count * length + PAGE_PLACES, `${length}: ${pages.places}`);
    }
  });
});
