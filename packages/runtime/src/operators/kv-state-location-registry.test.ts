import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange } from '@millrace/core';
import { KvStateLocationRegistry, mergeKvStateLocations } from './kv-state-location-registry.ts';

function locationsOf(...states: { operatorId: string; subtask: number }[]) {
  const registry = new KvStateLocationRegistry();
  for (const { operatorId, subtask } of states) {
    registry.register({
      queryableStateName: 'counts',
      stateName: 'count',
      operatorId,
      operatorName: `operator ${operatorId}`,
      subtask,
      keyGroupRange: new KeyGroupRange(64 * subtask, 64 * subtask + 63),
    });
  }
  return registry.locations;
}

describe('queryable states of several slots', () => {
  it('are one state, with the parts of all in the order of their subtasks', () => {
    const second = locationsOf({ operatorId: 'a', subtask: 1 });
    const first = locationsOf({ operatorId: 'a', subtask: 0 });

    const merged = mergeKvStateLocations([...second, ...first]);

    assert.deepEqual(merged.length, 1);
    assert.deepEqual(merged[0]?.parts, [
      { subtask: 0, startKeyGroup: 0, endKeyGroup: 63 },
      { subtask: 1, startKeyGroup: 64, endKeyGroup: 127 },
    ]);
  });

  it('are refused where a name stands for two states', () => {
    const one = locationsOf({ operatorId: 'a', subtask: 0 });
    const other = locationsOf({ operatorId: 'b', subtask: 0 });

    assert.throws(() => mergeKvStateLocations([...one, ...other]), {
      code: 'QUERYABLE_STATE_NAME_CONFLICT',
      message: /of operator 'operator a' and of state 'count' of operator 'operator b'; rename one/,
    });
  });
});
