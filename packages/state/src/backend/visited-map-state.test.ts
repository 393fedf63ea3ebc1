import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MapState } from '@millrace/core';
import { visitEntries } from './visited-map-state.ts';

describe('a visit of a map state', () => {
  it('goes by the iterator of one that has no way of its own', () => {
    const entries = new Map([
      ['k', 1],
      ['l', 2],
    ]);
    const state = { entries: () => entries.entries() } as unknown as MapState<string, number>;
    const met: [string, number][] = [];

    visitEntries(state, { visit: (key, value) => void met.push([key, value]) });

    assert.deepEqual(met, [
      ['k', 1],
      ['l', 2],
    ]);
  });
});
