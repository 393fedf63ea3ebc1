import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyGroupRangeForOperatorIndex } from '@millrace/core';
import fc from 'fast-check';
import { EMPTY_SUBTASK_STATE, type OperatorSubtaskState } from '../snapshot/operator-state.ts';
import type {
  OperatorStateDistributionMode,
  OperatorStateHandle,
} from '../snapshot/operator-state-handle.ts';
import { redistributeOperatorState } from './redistribute-operator-state.ts';
import { assignStates } from './state-assignment.ts';

const parallelism = fc.integer({ min: 1, max: 20 });

/** Item counts by old subtask, for some states; offsets number the items of a stream. */
const handles = fc
  .array(fc.record({ split: fc.nat(9), other: fc.nat(9), union: fc.nat(4), has: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((subtasks) =>
    subtasks.map(({ split, other, union, has }, subtask): OperatorStateHandle | undefined => {
      const state = (mode: OperatorStateDistributionMode, count: number) => ({
        mode,
        offsets: Array.from({ length: count }, (_, i) => i),
      });
      const delegate = {
        kind: 'byte-stream' as const,
        handleName: String(subtask),
        data: new Uint8Array(0),
      };
      return has
        ? {
            delegate,
            stateNameToPartitionOffsets: new Map([
              ['split', state('split-distribute', split)],
              ['other', state('split-distribute', other)],
              ['union', state('union', union)],
              ['rules', state('broadcast', 1)],
            ]),
          }
        : undefined;
    }),
  );

/** `oldSubtask/offset` of every item of a state, in order. */
function items(found: readonly (OperatorStateHandle | undefined)[], name: string): string[] {
  return found.flatMap((handle) =>
    (handle?.stateNameToPartitionOffsets.get(name)?.offsets ?? []).map(
      (offset) =>
        `${handle?.delegate.kind === 'byte-stream' ? handle.delegate.handleName : ''}/${offset}`,
    ),
  );
}

describe('redistribution of operator state', () => {
  it('gives every item of a split list to one subtask, evenly', () => {
    fc.assert(
      fc.property(handles, parallelism, (old, newParallelism) => {
        const dealt = redistributeOperatorState(old, newParallelism);

        for (const name of ['split', 'other']) {
          const perSubtask = dealt.map((subtask) => items(subtask, name));
          const expected = items(old, name);
          assert.deepEqual(perSubtask.flat().sort(), [...expected].sort());
          if (old.length !== newParallelism) {
            const counts = perSubtask.map((subtask) => subtask.length);
            assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
          }
        }
      }),
    );
  });

  it('spreads the odd items of several states over different subtasks', () => {
    fc.assert(
      fc.property(handles, parallelism, (old, newParallelism) => {
        fc.pre(old.length !== newParallelism);

        const dealt = redistributeOperatorState(old, newParallelism);

        const totals = dealt.map((subtask) =>
          items(subtask, 'split').concat(items(subtask, 'other')),
        );
        const counts = totals.map((subtask) => subtask.length);
        assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
      }),
    );
  });

  it('gives every item of a union list to every subtask', () => {
    fc.assert(
      fc.property(handles, parallelism, (old, newParallelism) => {
        for (const subtask of redistributeOperatorState(old, newParallelism)) {
          assert.deepEqual(items(subtask, 'union').sort(), items(old, 'union').sort());
        }
      }),
    );
  });

  it('gives every subtask one copy of a broadcast state', () => {
    fc.assert(
      fc.property(handles, parallelism, (old, newParallelism) => {
        const copies = items(old, 'rules');

        const dealt = redistributeOperatorState(old, newParallelism);

        for (const [subtask, handle] of dealt.entries()) {
          const expected = copies.length === 0 ? [] : [copies[subtask % copies.length]];
          assert.deepEqual(items(handle, 'rules'), expected);
        }
      }),
    );
  });

  it('leaves split lists where they are when the parallelism is unchanged', () => {
    fc.assert(
      fc.property(handles, (old) => {
        const dealt = redistributeOperatorState(old, old.length);

        for (const [subtask, handle] of old.entries()) {
          assert.deepEqual(items(dealt[subtask] ?? [], 'split'), items([handle], 'split'));
        }
      }),
    );
  });
});

describe('assignment of keyed state', () => {
  it('gives every key group of every handle to the subtask that owns it, once', () => {
    const maxParallelism = fc.integer({ min: 20, max: 300 });
    fc.assert(
      fc.property(parallelism, parallelism, maxParallelism, (oldCount, newCount, max) => {
        const subtaskStates = new Map<number, OperatorSubtaskState>();
        for (let i = 0; i < oldCount; i++) {
          const keyGroupRange = keyGroupRangeForOperatorIndex(i, {
            parallelism: oldCount,
            maxParallelism: max,
          });
          const offsets = Array.from(
            { length: keyGroupRange.numberOfKeyGroups },
            (_, k) => keyGroupRange.startKeyGroup + k,
          );
          const managedKeyedState = {
            kind: 'key-groups' as const,
            keyGroupRange,
            offsets,
            stream: { kind: 'byte-stream' as const, handleName: '', data: new Uint8Array(0) },
            stateHandleId: String(i),
          };
          subtaskStates.set(i, { ...EMPTY_SUBTASK_STATE, managedKeyedState });
        }
        const operatorId = '00'.repeat(16);
        const operatorStates = [
          {
            operatorId,
            parallelism: oldCount,
            maxParallelism: max,
            coordinatorState: undefined,
            fullyFinished: false,
            subtaskStates,
          },
        ];

        const assignment = assignStates(
          { checkpointId: 1, operatorStates, masterStates: [], properties: undefined },
          [
            {
              operatorId,
              parallelism: newCount,
              maxParallelism: 128,
              maxParallelismExplicit: false,
            },
          ],
          { allowNonRestoredState: false },
        );

        // The offset of a key group is its number here, so a wrong cut shows.
        const given = assignment.get(operatorId)?.subtasks.flatMap((subtask, index) => {
          const range = keyGroupRangeForOperatorIndex(index, {
            parallelism: newCount,
            maxParallelism: max,
          });
          return subtask.managedKeyedState.flatMap((handle) => {
            assert.ok(handle.kind === 'key-groups');
            assert.ok(handle.offsets.every((offset) => range.contains(offset)));
            return handle.offsets;
          });
        });
        assert.deepEqual(
          given,
          Array.from({ length: max }, (_, k) => k),
        );
      }),
    );
  });
});
