import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setsCollections, WorkerCollections } from './worker-collections.ts';

const ALONE = '--no-parallel-scavenge';
const HELPED = '--parallel-scavenge';

describe('collections of new objects', () => {
  it('are done by each worker alone from as many workers as cores on, and until there are fewer', () => {
    const flags: string[] = [];
    const collections = new WorkerCollections(2, (flag) => flags.push(flag));

    collections.workerStarts();
    assert.deepEqual(flags, []);
    collections.workerStarts();
    assert.deepEqual(flags, [ALONE]);
    collections.workerStarts();
    collections.workerEnded();
    assert.deepEqual(flags, [ALONE]);
    collections.workerEnded();
    assert.deepEqual(flags, [ALONE, HELPED]);
    collections.workerEnded();
    collections.workerStarts();
    collections.workerStarts();
    assert.deepEqual(flags, [ALONE, HELPED, ALONE]);
  });

  it('are left to who set an option for them', () => {
    assert.equal(setsCollections(['--no-parallel-scavenge']), true);
    assert.equal(setsCollections(['--enable-source-maps --parallel_scavenge']), true);
    assert.equal(setsCollections(['--no_parallel_scavenge']), true);
    assert.equal(setsCollections(['--single-threaded-gc']), true);
    assert.equal(setsCollections(['--max-semi-space-size=16', '']), false);
  });
});
