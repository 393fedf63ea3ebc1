import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TaskManagerIds } from './task-manager-ids.ts';

describe('ids of task managers', () => {
  it('differ between jobs that run at the same time, and stay with their slots', () => {
    const one = new TaskManagerIds();
    const other = new TaskManagerIds();

    const given = [one.ofSlot(0), other.ofSlot(0), one.ofSlot(1), other.ofSlot(0), one.ofSlot(0)];

    assert.deepEqual(given, [
      'taskmanager-1',
      'taskmanager-2',
      'taskmanager-3',
      'taskmanager-2',
      'taskmanager-1',
    ]);
    one.release();
    other.release();
  });

  it('are given again once their job is over', () => {
    const over = new TaskManagerIds();
    const running = new TaskManagerIds();
    over.ofSlot(0);
    running.ofSlot(0);
    over.release();

    assert.equal(new TaskManagerIds().ofSlot(0), 'taskmanager-1');
    assert.equal(running.ofSlot(0), 'taskmanager-2');
  });
});
