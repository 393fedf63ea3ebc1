import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CheckpointedStateScope } from '../snapshot/stream-state-handle.ts';
import { SharedStateRegistry } from './shared-state-registry.ts';

function files(named: Readonly<Record<string, CheckpointedStateScope>>) {
  return new Map(Object.entries(named));
}

describe('a file that checkpoints share', () => {
  it('stays as long as one of them is retained', () => {
    const registry = new SharedStateRegistry();
    registry.complete(1, files({ sst1: 'shared', sst2: 'shared' }));
    registry.complete(2, files({ sst2: 'shared', sst3: 'shared' }));

    const first = registry.subsume(new Set([2]), [1]);
    registry.complete(3, files({ sst4: 'shared' }));
    const second = registry.subsume(new Set([3]), [2]);

    assert.deepEqual(first.shared, ['sst1']);
    assert.deepEqual(second.shared, ['sst2', 'sst3']);
  });

  it('of a failed checkpoint stays until a newer one completed without it', () => {
    const registry = new SharedStateRegistry();
    registry.acknowledged(1, files({ again: 'shared', unused: 'shared' }));

    const aborted = registry.abort(1, files({ again: 'shared', unused: 'shared' }));
    registry.complete(2, files({ again: 'shared' }));
    const released = registry.subsume(new Set([2]), []);

    assert.deepEqual(aborted, []);
    assert.deepEqual(released.shared, ['unused']);
  });

  it('of a failed checkpoint that was newer than all others goes at the end of the job', () => {
    const registry = new SharedStateRegistry();
    registry.complete(1, files({ kept: 'shared' }));
    registry.abort(2, files({ kept: 'shared', failed: 'shared' }));

    const released = registry.end(new Set([1]), []);

    assert.deepEqual(released.shared, ['failed']);
  });

  it('was exclusive to a checkpoint that is subsumed: it goes with the last that names it', () => {
    const registry = new SharedStateRegistry();
    registry.restore(1, files({ base: 'exclusive', own: 'exclusive' }), 'CLAIM');
    registry.complete(2, files({ base: 'shared' }));

    const first = registry.subsume(new Set([2]), [1]);
    registry.complete(3, files({}));
    const second = registry.subsume(new Set([3]), [2]);

    assert.deepEqual(first.ofCheckpoints.get(1), ['own']);
    assert.deepEqual(first.shared, []);
    assert.deepEqual(second.shared, ['base']);
  });
});

describe('the exclusive files of a checkpoint', () => {
  it('go with it when it is discarded, and stay when it is only no longer retained', () => {
    const registry = new SharedStateRegistry();
    registry.complete(1, files({ a: 'exclusive' }));
    registry.complete(2, files({ b: 'exclusive' }));
    registry.complete(3, files({ c: 'exclusive' }));

    const { ofCheckpoints, shared } = registry.subsume(new Set([3]), [2]);

    assert.deepEqual([...ofCheckpoints], [[2, ['b']]]);
    assert.deepEqual(shared, []);
  });

  it('go when it fails, also those that a task hands in after that', () => {
    const registry = new SharedStateRegistry();

    assert.deepEqual(registry.abort(1, files({ a: 'exclusive' })), ['a']);
    assert.deepEqual(registry.abort(1, files({ late: 'exclusive' })), ['late']);
  });
});

describe('the snapshot that a job starts from', () => {
  it('with CLAIM is deleted like a checkpoint of the job', () => {
    const registry = new SharedStateRegistry();
    registry.restore(7, files({ own: 'exclusive', used: 'shared', unused: 'shared' }), 'CLAIM');
    registry.complete(8, files({ used: 'shared' }));

    const { ofCheckpoints, shared } = registry.subsume(new Set([8]), [7]);

    assert.deepEqual(ofCheckpoints.get(7), ['own']);
    assert.deepEqual(shared, ['unused']);
  });

  for (const mode of ['NO_CLAIM', 'LEGACY'] as const) {
    it(`with ${mode} keeps all its files, also those that checkpoints of the job name`, () => {
      const registry = new SharedStateRegistry();
      registry.restore(7, files({ own: 'exclusive', used: 'shared', unused: 'shared' }), mode);
      registry.complete(8, files({ used: 'shared' }));
      const named = registry.usedButNotOwned();
      registry.complete(9, files({ mine: 'shared' }));

      const subsumed = registry.subsume(new Set([9]), [8]);
      const ended = registry.end(new Set(), [9]);

      assert.deepEqual(named, ['used']);
      assert.deepEqual(subsumed.shared, []);
      assert.deepEqual(ended.shared, ['mine']);
      assert.deepEqual(registry.usedButNotOwned(), []);
    });
  }
});
