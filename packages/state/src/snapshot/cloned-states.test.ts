import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange } from '@millrace/core';
import { reviveStateHandles } from './cloned-states.ts';
import type { KeyedStateHandle } from './keyed-state-handle.ts';

const stream = { kind: 'byte-stream', handleName: 'h', data: Uint8Array.of(1, 2, 3) } as const;

function keyGroups(start: number, end: number): KeyedStateHandle {
  const keyGroupRange = new KeyGroupRange(start, end);
  return { kind: 'key-groups', keyGroupRange, offsets: [4, 7], stream, stateHandleId: 'id' };
}

describe('state handles after a structured clone', () => {
  it('are what they were, with ranges that can be asked, however deep they lie', () => {
    const states = new Map([
      [
        'operator',
        {
          finished: false,
          managedKeyedState: {
            kind: 'changelog',
            keyGroupRange: new KeyGroupRange(0, 9),
            materialized: [keyGroups(0, 4), keyGroups(5, 9)],
            nonMaterialized: [],
          },
          inputChannelState: [{ delegate: stream, offsets: [4] }],
        },
      ],
    ]);

    const revived = reviveStateHandles(structuredClone(states));

    assert.deepEqual(revived, states);
    assert.equal(
      revived.get('operator')?.managedKeyedState.materialized[1]?.keyGroupRange.contains(7),
      true,
    );
  });
});
