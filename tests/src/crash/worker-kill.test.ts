import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type HappenedKill, unansweredKills } from './worker-kill.ts';

const KILL: HappenedKill = {
  way: 'exit',
  moment: 'record',
  after: 1,
  subtask: 0,
  attempt: 0,
  task: 'aside 0',
};

describe('the kills that no restart followed', () => {
  it('are none where their subtasks were all started again', () => {
    const kills = [KILL, { ...KILL, attempt: 1 }, { ...KILL, task: 'aside 1' }];

    assert.deepEqual(unansweredKills(kills, { 'aside 0': 2, 'aside 1': 1 }), []);
  });

  it('are those of a region that stayed down, however often another one was restarted', () => {
    const lost = { ...KILL, task: 'aside 1' };

    assert.deepEqual(unansweredKills([KILL, lost], { 'aside 0': 7, 'aside 1': 0 }), [lost]);
  });

  it('are those of the last attempt, after others that were answered', () => {
    const last = { ...KILL, attempt: 1 };

    assert.deepEqual(unansweredKills([KILL, last], { 'aside 0': 1 }), [last]);
  });

  it('are those of a subtask that the job does not know', () => {
    assert.deepEqual(unansweredKills([KILL], { 'another 0': 3 }), [KILL]);
  });

  it('are not such as may find the job at its end', () => {
    const { task: _, ...terminated } = { ...KILL, way: 'terminate', moment: 'time' } as const;
    const late = [terminated, { ...KILL, way: 'rejection' }, { ...KILL, moment: 'time' }] as const;

    assert.deepEqual(unansweredKills(late, { 'aside 0': 0 }), []);
  });
});
