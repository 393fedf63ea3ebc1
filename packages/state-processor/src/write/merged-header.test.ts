import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type TypeInformation, Types } from '@millrace/core';
import type {
  KeyedBackendHeader,
  KeyedStateRowReader,
  StateMetaInfoSnapshot,
} from '@millrace/state';
import { KeyedStateEdits } from './keyed-state-edits.ts';
import { mergeHeaders, unitedStates } from './merged-header.ts';

const snapshotOf = (type: TypeInformation<never>) =>
  type.createSerializer().snapshotConfiguration();
const STRING = snapshotOf(Types.STRING as never);

function state(backendStateType: 'KEY_VALUE' | 'PRIORITY_QUEUE', value: TypeInformation<never>) {
  return {
    name: 'a',
    backendStateType,
    options: new Map(backendStateType === 'KEY_VALUE' ? [['KEYED_STATE_TYPE', 'VALUE']] : []),
    serializers: new Map([['VALUE_SERIALIZER', snapshotOf(value)]]),
  } as unknown as StateMetaInfoSnapshot;
}
const VALUE = state('KEY_VALUE', Types.LONG as never);
const QUEUE = state('PRIORITY_QUEUE', Types.STRING as never);
const header = (states: StateMetaInfoSnapshot[]): KeyedBackendHeader =>
  ({ compressed: false, keySerializer: STRING, states }) as KeyedBackendHeader;
const reader = (source: string, states: StateMetaInfoSnapshot[]): KeyedStateRowReader =>
  ({ source, header: header(states) }) as KeyedStateRowReader;

describe('a queue of the name of a state', () => {
  it('is another state in the header of several subtasks', () => {
    const first = reader('first', [VALUE, QUEUE]);
    const second = reader('second', [QUEUE, VALUE]);

    const merged = mergeHeaders([first, second]);

    assert.deepEqual(merged.header.states, [VALUE, QUEUE]);
    assert.deepEqual(merged.stateIds.get(second), [1, 0]);
    assert.deepEqual(unitedStates([header([QUEUE]), header([VALUE, QUEUE])]), [QUEUE, VALUE]);
  });

  it('stays when an edit deletes the state', () => {
    const edits = new KeyedStateEdits({
      operatorName: 'operator',
      headers: [header([QUEUE, VALUE])],
      maxParallelism: 128,
      keyType: undefined,
    });

    edits.deleteState('a');

    assert.equal(edits.keepsState(QUEUE), true);
    assert.equal(edits.keepsState(VALUE), false);
  });

  it('of the same kind must be of the same type', () => {
    const other = state('KEY_VALUE', Types.STRING as never);

    assert.throws(() => mergeHeaders([reader('first', [VALUE]), reader('second', [other])]), {
      code: 'STATE_INCOMPATIBLE',
      message: /state 'a' was written with different types in first and second/,
    });
  });
});
