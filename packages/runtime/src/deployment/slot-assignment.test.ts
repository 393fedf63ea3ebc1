import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import type { JobVertex } from '../graph/job-graph.ts';
import { checkSlots, SlotAssignment } from './slot-assignment.ts';

const vertex = (id: string, parallelism: number, slotSharingGroup = 'default') =>
  ({ id, name: id, parallelism, slotSharingGroup }) as JobVertex;

describe('the slots of a job', () => {
  it('are shared by subtasks of one index in a group, and by no two groups', () => {
    const vertices = [vertex('source', 2), vertex('map', 3), vertex('sink', 2, 'own')];
    const assignment = new SlotAssignment({ vertices });

    assert.equal(assignment.slots, 5);
    assert.equal(assignment.slotOf({ vertexId: 'source', subtask: 1 }), 1);
    assert.equal(assignment.slotOf({ vertexId: 'map', subtask: 1 }), 1);
    assert.equal(assignment.slotOf({ vertexId: 'sink', subtask: 1 }), 4);
    assert.equal(assignment.describe(1, vertices), 'source (2/2), map (2/3)');
    assert.equal(assignment.describe(4, vertices), 'sink (2/2)');
  });

  it('are as many as the job takes, unless their number is set and smaller', () => {
    const assignment = new SlotAssignment({ vertices: [vertex('map', 3)] });
    const withSlots = (slots: number) =>
      new Configuration({ 'taskmanager.numberOfTaskSlots': slots });

    checkSlots(assignment, new Configuration());
    checkSlots(assignment, withSlots(3));
    assert.throws(() => checkSlots(assignment, withSlots(2)), {
      code: 'NO_RESOURCE_AVAILABLE',
      message: /needs 3 slots and 2 are available; lower its parallelism/,
    });
  });
});
