import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SplitAssignmentTracker } from './split-assignment-tracker.ts';

describe('the splits that a reader got', () => {
  it('after the checkpoint that it is restored from go back, those before are its own', () => {
    const tracker = new SplitAssignmentTracker<string>();
    tracker.assigned(0, 'before');
    tracker.snapshot(1);
    tracker.completed(1);
    tracker.assigned(0, 'after');
    tracker.assigned(1, 'of another');

    assert.deepEqual(tracker.takeBack(0, 1), ['after']);
    assert.deepEqual(tracker.takeBack(1, 1), ['of another']);
  });

  it('go back with those of checkpoints that did not complete, in their order', () => {
    const tracker = new SplitAssignmentTracker<string>();
    tracker.assigned(0, 'a');
    tracker.snapshot(1);
    tracker.assigned(0, 'b');
    tracker.snapshot(2);
    tracker.assigned(0, 'c');
    tracker.completed(1);

    assert.deepEqual(tracker.takeBack(0, 1), ['b', 'c']);
  });

  it('go back all when it begins with nothing', () => {
    const tracker = new SplitAssignmentTracker<string>();
    tracker.assigned(0, 'a');
    tracker.snapshot(1);
    tracker.assigned(0, 'b');

    assert.deepEqual(tracker.takeBack(0, undefined), ['a', 'b']);
  });

  it('go back once', () => {
    const tracker = new SplitAssignmentTracker<string>();
    tracker.assigned(0, 'a');
    tracker.snapshot(1);
    tracker.assigned(0, 'b');
    tracker.takeBack(0, undefined);

    assert.deepEqual(tracker.takeBack(0, undefined), []);
  });
});
