import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  alignmentDeadline,
  asUnaligned,
  barrierOf,
  isTimeoutable,
  withUnalignedSupported,
  withUnalignedUnsupported,
} from './checkpoint-options.ts';
import { CHECKPOINT } from './checkpoint-types.ts';
import { savepointType } from './savepoint-types.ts';

const CHECKPOINT_7 = { checkpointId: 7, timestamp: 100, snapshotType: CHECKPOINT };
const SAVEPOINT_7 = { ...CHECKPOINT_7, snapshotType: savepointType('CANONICAL', 'none') };

describe('the barrier of a checkpoint', () => {
  it('overtakes from the start, after a timeout or never, as it is configured', () => {
    const [never, after, at0] = [undefined, 50, 0].map((ms) => barrierOf(CHECKPOINT_7, ms));

    assert.deepEqual(never, CHECKPOINT_7);
    assert.deepEqual(after, { ...CHECKPOINT_7, alignmentType: 'aligned', alignedTimeoutMs: 50 });
    assert.equal(alignmentDeadline(after!), 150);
    assert.equal(at0?.alignmentType, 'unaligned');
  });

  it('never overtakes for a savepoint', () => {
    assert.deepEqual(barrierOf(SAVEPOINT_7, 0), SAVEPOINT_7);
    assert.deepEqual(withUnalignedSupported(SAVEPOINT_7, 1e9), SAVEPOINT_7);
    assert.equal(isTimeoutable(SAVEPOINT_7), false);
  });

  it('keeps its place on an edge that is never overtaken, and overtakes again behind it', () => {
    const forced = withUnalignedUnsupported(barrierOf(CHECKPOINT_7, 0));

    assert.equal(forced.alignmentType, 'forced-aligned');
    assert.equal(alignmentDeadline(forced), Number.POSITIVE_INFINITY);
    assert.equal(withUnalignedSupported(forced, 100).alignmentType, 'unaligned');
  });

  it('overtakes from a task on that passes it on after its timeout', () => {
    const barrier = barrierOf(CHECKPOINT_7, 50);
    const forced = withUnalignedUnsupported(barrier);

    for (const each of [barrier, forced]) {
      assert.equal(withUnalignedSupported(each, 150).alignmentType, 'aligned');
      assert.equal(withUnalignedSupported(each, 151).alignmentType, 'unaligned');
    }
    assert.deepEqual(withUnalignedSupported(asUnaligned(barrier), 101), asUnaligned(barrier));
  });
});
